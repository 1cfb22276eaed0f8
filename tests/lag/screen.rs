//! `shasta lag`, as a check and a person meet it: the figures come from a watcher.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use shasta::core::lag::{Explanation, Group, Header, LagRules, Retention};
use shasta::watch::document::{Document, GroupDocument, SCHEMA, Watcher};

use super::recorder::Recorder;
use super::scenario::{Scenario, sink_down};

const DEADLINE: Duration = Duration::from_secs(20);

/// What a watcher knows of a group at the end of a scenario.
struct Known {
    document: Document,
    explained: Vec<Explanation>,
}

fn known(scenario: &Scenario) -> Known {
    let header = Header {
        cluster: "prod".into(),
        group: "shasta-tags".into(),
        topic: Some("tag-data".into()),
        partitions: scenario.partitions,
        retention: Retention::default(),
        offsets_retention_s: None,
        expected: true,
    };
    let mut group = Group::new(header, LagRules::default());
    let mut last = 0.0;
    for (time, sample) in Recorder::new(scenario, 1) {
        group.observe(Some(&sample), time);
        last = time;
    }
    let watched = GroupDocument::of(group.view(last));
    let watcher = Watcher { host: "w1".into(), version: "1.8.2".into(), started: 0.0, trouble: None };
    let document = Document {
        schema: SCHEMA.into(),
        at: last,
        watcher,
        interval_s: 10.0,
        clusters: Vec::new(),
        groups: vec![watched],
        maintenance: Vec::new(),
    };
    Known { document, explained: group.explain(last) }
}

fn well() -> Known {
    known(&Scenario::new("well", 0.5))
}

fn stands_still() -> Known {
    known(&Scenario { hours: 3.3, ..sink_down() })
}

/// Serves what is known, for as long as the test runs; the group that is asked after by name is left out where it is another.
fn watcher(known: &Known) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let [lag, explained] = [serde_json::to_string(&known.document).unwrap(), serde_json::to_string(&known.explained).unwrap()];
    let none = serde_json::to_string(&Document { groups: Vec::new(), ..known.document.clone() }).unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4_096];
            let read = connection.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let body = match path {
                _ if path.starts_with("/api/v1/explain?cluster=prod&group=shasta-tags&topic=tag-data") => &explained,
                _ if path.starts_with("/api/v1/history") => r#"{"points":[{"t":1.0,"age_s":5.0,"lag":7}]}"#,
                _ if path.contains("group=other") => &none,
                _ if path.starts_with("/api/v1/lag") => &lag,
                _ => "",
            };
            let _gone = write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        }
    });
    format!("http://{address}")
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("TZ", "UTC").env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

fn shasta(url: &str, arguments: &[&str]) -> (i32, String, String) {
    let watchers = format!("watch.watchers={url}");
    let arguments = [arguments, &["--set", &watchers]].concat();
    let Output { status, stdout, stderr } = command(env!("CARGO_BIN_EXE_shasta"), &arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_exit_code_of_a_check_says_how_bad_it_is() {
    let (code, stdout, stderr) = shasta(&watcher(&well()), &["lag"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("\nGROUP  shasta-tags on tag-data (prod)   OK   members 4   "), "{stdout}");
    let bad = watcher(&stands_still());
    let (code, stdout, _) = shasta(&bad, &["lag", "--group", "shasta-tags"]);
    assert_eq!(code, 2);
    assert!(stdout.contains("   STOPPED (page) since ") && stdout.contains("8 of 8 unmoved for "), "{stdout}");
    assert!(!stdout.contains('\x1b'), "no colours where it is no terminal");
    assert_eq!(shasta(&bad, &["lag", "--group", "other"]).0, 3, "of what is not there nobody knows that it is well");
    let mut warns = stands_still();
    warns.document.groups[0].view.severity = shasta::core::lag::Severity::Warn;
    warns.document.groups[0].view.incidents[0].severity = shasta::core::lag::Severity::Warn;
    assert_eq!(shasta(&watcher(&warns), &["lag"]).0, 1);
}

#[test]
fn a_check_that_does_not_get_to_know_says_so_with_3_and_never_1_or_2() {
    let (code, stdout, _) = shasta("http://127.0.0.1:1", &["lag", "--no-such-option"]);
    assert_eq!((code, stdout.as_str()), (3, ""));
    let (code, _, stderr) = shasta("http://127.0.0.1:1", &["lag", "--set", "no.such=1"]);
    assert_eq!(code, 78, "{stderr}");
    assert_eq!(shasta("http://127.0.0.1:1", &["lag", "explain", "--no-such-option"]).0, 2);
}

#[test]
fn json_is_the_answer_of_the_watcher_and_has_a_schema() {
    let known = stands_still();
    let (code, stdout, _) = shasta(&watcher(&known), &["lag", "--json"]);
    assert_eq!((code, stdout), (2, serde_json::to_string(&known.document).unwrap() + "\n"));
    let (code, stdout, _) = shasta("http://127.0.0.1:1", &["lag", "schema"]);
    let schema: Value = serde_json::from_str(&stdout).unwrap();
    let document = serde_json::to_value(&known.document).unwrap();
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(code, 0);
    assert!(members(&document).iter().all(|member| schema["properties"].get(member).is_some()), "{stdout}");
    let view = &schema["$defs"]["GroupView"]["properties"];
    assert_eq!(members(&document["groups"][0]["view"]), members(view));
}

#[test]
fn explain_prints_each_rule_with_its_numbers() {
    let url = watcher(&stands_still());
    let (code, stdout, stderr) = shasta(&url, &["lag", "explain", "--group", "shasta-tags"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("shasta-tags on tag-data (prod)  read "), "{stdout}");
    assert!(
        stdout.contains("\nSTOPPED               YES since ") && stdout.contains("\n    partitions that stand still with work 8 over "),
        "{stdout}"
    );
    assert!(stdout.contains("\nHUNG_TRANSACTION p") && stdout.contains("\n    records above the last stable offset 0 > "), "{stdout}");
    let (_, one, _) = shasta(&url, &["lag", "explain", "--kind", "stopped"]);
    assert_eq!(one.lines().filter(|line| !line.starts_with(' ')).count(), 2, "{one}");
    let (_, json, _) = shasta(&url, &["lag", "explain", "--kind", "STOPPED", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json[0]["rules"][0]["kind"], &json[0]["rules"][0]["holds"]), (&"STOPPED".into(), &true.into()));
}

/// What a command prints until it has printed this; then it is told to stop.
fn until(mut command: Command, end: &str, stop: impl FnOnce(&mut std::process::Child)) -> (i32, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4_096];
        while let Ok(read @ 1..) = stdout.read(&mut bytes) {
            let _gone = send.send(bytes[..read].to_vec());
        }
    });
    let (begun, mut text) = (Instant::now(), Vec::new());
    while !String::from_utf8_lossy(&text).contains(end) {
        let left = DEADLINE.saturating_sub(begun.elapsed());
        text.extend(receive.recv_timeout(left).unwrap_or_else(|_| panic!("no {end:?} in {}", String::from_utf8_lossy(&text))));
    }
    stop(&mut child);
    let code = child.wait().unwrap().code().unwrap();
    text.extend(receive.iter().flatten());
    (code, String::from_utf8_lossy(&text).into_owned())
}

fn terminate(child: &mut std::process::Child) {
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
}

#[test]
fn watched_without_a_terminal_each_sample_is_a_line() {
    let url = watcher(&stands_still());
    let watchers = format!("watch.watchers={url}");
    let command = command(env!("CARGO_BIN_EXE_shasta"), &["lag", "--watch", "--set", &watchers]);
    let (code, stdout) = until(command, "\n", |child| {
        std::thread::sleep(Duration::from_millis(4_500));
        terminate(child);
    });
    assert_eq!(code, 0);
    assert_eq!(stdout.lines().count(), 1, "the same sample is no news: {stdout}");
    assert!(stdout.starts_with("03:18:00  prod/shasta-tags/tag-data  STOPPED (page) since ") && stdout.contains("  eta never"), "{stdout}");
}

/// In a terminal that `script` makes, without colours.
fn on_a_terminal(url: &str, keys: &str, end: &str) -> (i32, String) {
    let line = format!("{} lag --watch --set watch.watchers={url}", env!("CARGO_BIN_EXE_shasta"));
    let mut command = command("script", &["--quiet", "--return", "--command", &line, "/dev/null"]);
    command.env("NO_COLOR", "1").env("TERM", "xterm").stdin(Stdio::piped());
    until(command, end, |child| {
        child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    })
}

#[test]
fn watched_on_a_terminal_it_has_a_screen_of_its_own_and_gives_it_back() {
    let url = watcher(&stands_still());
    let (code, screen) = on_a_terminal(&url, "psq", "STOPPED (page)");
    assert_eq!(code, 0, "{screen}");
    assert!(screen.starts_with("\x1b[?1049h\x1b[?25l") && screen.trim_end().ends_with("\x1b[?25h\x1b[?1049l"), "{screen:?}");
    assert!(screen.contains("q quit") && screen.contains("by age, bad") && screen.contains("GROUP  shasta-tags"), "{screen}");
    assert!(!screen.contains("\x1b[1;31m"), "NO_COLOR");
    let (code, screen) = on_a_terminal(&url, "\x03", "STOPPED (page)");
    assert!(code == 0 && screen.trim_end().ends_with("\x1b[?1049l"), "Ctrl-C: {screen:?}");
}
