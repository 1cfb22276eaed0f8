//! `shasta lag replay`, as a user meets it.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A consumer that stops at 1,210 s: one sample each 10 s, then a failed one.
fn trace() -> String {
    let header = r#"{"trace":"shasta.lag/1","cluster":"prod","group":"g","topic":"t","partitions":2,"interval_s":10,"retention_ms":86400000,"retention_bytes":-1,"offsets_retention_minutes":10080,"expected":true}"#;
    let line = |step: i64| {
        let time = step * 10;
        let [end, committed] = [step * 100, step.min(120) * 100 - 50];
        let members = if step <= 120 { 4 } else { 0 };
        let stamp = committed as f64 / 10.0;
        format!(
            r#"{{"t":{time}.0,"state":"Stable","members":{members},"c":[{committed},{committed}],"e":[{end},{end}],"s":[0,0],"tau":[{stamp},{stamp}],"owned":[1,1]}}"#
        )
    };
    let samples: Vec<String> = (1..=140).map(line).collect();
    format!("{header}\n{}\n\n{{\"t\":1410,\"error\":\"timed out\"}}\n", samples.join("\n"))
}

fn replay(arguments: &[&str], trace: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
    command.args(["lag", "replay"]).args(arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who has a wrong command line does not read.
    let _ = child.stdin.take().unwrap().write_all(trace.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_line_of_json_is_printed_for_each_change() {
    let (code, stdout, stderr) = replay(&["--json", "-"], &trace());
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{stdout}");
    let keys: Vec<&str> = lines[0].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "t",
        "incident",
        "event",
        "kind",
        "severity",
        "partitions",
        "of",
        "age_s",
        "lag",
        "ingest",
        "consume",
        "speed",
        "eta_now_s",
        "eta_forecast_s",
        "ttl_s",
        "evidence",
    ];
    expected.sort_unstable();
    let mut found = keys.clone();
    found.sort_unstable();
    assert_eq!(found, expected);
    let of = |key: &str| lines[0][key].to_string();
    assert_eq!((of("t"), of("incident"), of("event")), ("1270.0".to_owned(), "\"prod/g/progress/t\"".to_owned(), "\"open\"".to_owned()));
    assert_eq!(
        (of("kind"), of("severity"), of("partitions"), of("of")),
        ("\"STOPPED\"".to_owned(), "\"page\"".to_owned(), "[0,1]".to_owned(), "2".to_owned())
    );
    assert!(of("evidence").contains("no member"), "{stdout}");
}

#[test]
fn without_json_the_incidents_are_told_for_people() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("trace.jsonl");
    std::fs::write(&file, trace()).unwrap();
    let (code, stdout, stderr) = replay(&[file.to_str().unwrap()], "");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        stdout.starts_with("prod/g/progress/t  21m 10s still open\n  21m 10s               open     STOPPED             page  all 2"),
        "{stdout}"
    );
    assert!(
        stdout.contains("\n1 incident, 1 that page, 1 still open\nat the end of the trace: to have nothing waiting in 1 h takes "),
        "{stdout}"
    );
}

#[test]
fn a_trace_that_cannot_be_read_is_named_with_line_and_member() {
    let broken = trace().replacen("\"e\":[200,200]", "\"e\":[200]", 1);
    let (code, stdout, stderr) = replay(&["-"], &broken);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (1, "", "standard input: line 3: e: has 1 members for 2 partitions\n"));
    let (code, _, stderr) = replay(&["no-such.jsonl"], "");
    assert_eq!((code, stderr.as_str()), (1, "no-such.jsonl: No such file or directory (os error 2)\n"));
    let (code, _, stderr) = replay(&["-"], "");
    assert_eq!((code, stderr.as_str()), (1, "standard input: line 1: is missing\n"));
    assert_eq!(replay(&[], "").0, 2);
}
