//! `shasta lag` where no watcher answers: what it reads of a real Kafka by itself.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::kafka::{KafkaBroker, NewRecord, unique};

const EACH: Duration = Duration::from_millis(100);

fn shasta(settings: &[String], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
    command.arg("lag").args(args).env_remove("SHASTA_CONFIG").stdin(Stdio::null());
    command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    command.output().unwrap()
}

fn record(partition: i32) -> NewRecord {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    NewRecord { partition: Some(partition), value: Some(b"{}".to_vec()), timestamp_ms: Some(now as i64), ..NewRecord::default() }
}

#[test]
fn without_a_watcher_it_samples_for_half_a_minute_and_tells_what_that_shows() {
    let (kafka, topic, group) = (KafkaBroker::shared(), unique("lag"), unique("lag"));
    kafka.create_topic(&topic, 2, &[("retention.ms", "86400000")]);
    kafka.produce(&topic, &[record(0), record(0), record(1)]);
    kafka.commit_as(&group, &topic, 0, 1, "");
    kafka.commit_as(&group, &topic, 1, 1, "");
    let settings = [
        format!("kafka.brokers={}", kafka.address()),
        format!("kafka.group={group}"),
        format!("kafka.topic={topic}"),
        "watch.watchers=http://127.0.0.1:1".to_owned(),
    ];
    let is_over = AtomicBool::new(false);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                kafka.produce(&topic, &[record(0)]);
                std::thread::sleep(EACH);
            }
        });
        let output = shasta(&settings, &["--json"]);
        is_over.store(true, Ordering::Relaxed);
        output
    });
    let [told, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(said.contains("http://127.0.0.1:1: Connection refused") && said.contains("looking at the brokers for 30 s .."), "{said}");
    let document: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}\n{said}"));
    let view = &document["groups"][0]["view"];
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("no number in {view:#}"));
    assert_eq!((&view["group"], &view["topic"], &view["cluster"]), (&group.into(), &topic.into(), &"default".into()));
    assert!(number(&document["sampled_s"]) >= 30.0 && number(&view["window_s"]) >= 20.0, "{document:#}");
    assert_eq!((&view["state"], &view["members"], &view["retention_s"]), (&Value::Null, &0.into(), &86_400.0.into()));
    // A busy machine sends fewer; it never sends more.
    assert!((1.0..=10.5).contains(&number(&view["ingest"])) && number(&view["consume"]) == 0.0, "{view:#}");
    assert!((30.0..120.0).contains(&number(&view["age_s"])) && number(&view["lag"]) > 20.0, "{view:#}");
    assert_eq!((&view["partitions"][0]["committed"], &view["partitions"][1]["lag"]), (&1.into(), &0.into()));
    assert_eq!(output.status.code(), Some(0), "nothing is late yet: {told}");
}

#[test]
fn where_no_broker_answers_either_it_is_not_known() {
    let settings = ["kafka.brokers=127.0.0.1:1".to_owned(), "watch.listen=127.0.0.1:1".to_owned()];
    let output = shasta(&settings, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("no broker answers either: default: "), "{said}");
}
