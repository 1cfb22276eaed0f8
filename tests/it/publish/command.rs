//! `shasta publish`

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::kafka::{KafkaBroker, unique};

fn shasta(kafka: &KafkaBroker, topic: &str, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
    command.args(["publish", "--set", &format!("kafka.brokers={}", kafka.address()), "--set", &format!("kafka.topic={topic}")]);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may end before it has read all.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn line(name: &str, data: &str) -> String {
    let identifier = serde_json::json!({"appId": "app", "tag": "t", "scope": "system", "name": name});
    format!("{}\n", serde_json::json!({"identifier": identifier, "data": data}))
}

fn lines(output: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(output).lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn lines_are_published_in_order_and_what_fails_is_a_line_with_the_record() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("command"));
    kafka.create_topic(&topic, 4, &[("max.message.bytes", "5000")]);
    let input = [line("a", "1"), "no json\n".to_owned(), line("", "2"), line("b", &"x".repeat(20_000)), line("c", "3")].concat();
    let output = shasta(kafka, &topic, &["-v"], &input);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told: Vec<i64> = lines(&output.stdout).iter().map(|line| line["offset"].as_i64().unwrap()).collect();
    assert_eq!(told, [0, 1]);
    let failed = lines(&output.stderr);
    let found: Vec<(&str, u64)> = failed.iter().map(|line| (line["reason"].as_str().unwrap(), line["line"].as_u64().unwrap())).collect();
    let expected = [("undecodable_json", 2), ("empty_field", 3), ("too_large", 4)];
    assert_eq!(
        {
            let mut found = found;
            found.sort_by_key(|(_, line)| *line);
            found
        },
        expected
    );
    let large = failed.iter().find(|line| line["reason"] == "too_large").unwrap();
    assert_eq!(large["record"]["data"].as_str().unwrap().len(), 20_000);
    assert_eq!((&large["retryable"], &large["may_have_been_stored"]), (&Value::Bool(false), &Value::Bool(false)));
    assert_eq!(kafka.read_topic(&topic).len(), 2);
}

#[test]
fn a_topic_of_json_gets_records_that_say_what_they_are() {
    let (kafka, topic) = (KafkaBroker::shared(), unique("command-json"));
    kafka.create_topic(&topic, 1, &[]);
    let output = shasta(kafka, &topic, &["--set", "kafka.codec=json", "--set", "publish.key=object"], &line("a", "1"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let record = kafka.read_topic(&topic).remove(0);
    assert_eq!(record.headers, [("content-type".to_owned(), Some(b"application/protobuf".to_vec()))]);
    assert_eq!(record.key.unwrap(), b"\x0a\x03app\x12\x01t\x1a\x06system\x22\x01a");
}

#[test]
fn what_cannot_begin_says_so_with_its_exit_code() {
    let kafka = KafkaBroker::shared();
    assert_eq!(shasta(kafka, &unique("no-such-topic"), &[], &line("a", "1")).status.code(), Some(1));
    assert_eq!(shasta(kafka, "t", &["--set", "kafka.brokers=127.0.0.1:1"], "").status.code(), Some(69));
    assert_eq!(shasta(kafka, "t", &["--set", "publish.queue_records=0"], "").status.code(), Some(78));
}
