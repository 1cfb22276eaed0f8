//! Records that Kafka deleted before they were applied: counted and said, never passed over in silence.

use std::time::Duration;

use super::PATIENCE;
use crate::support::checker::assert_correct;
use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::scratch::Scratch;
use crate::support::wait::until_ok;
use crate::support::worker::{Worker, WorkerConfig};

const LOST: &str = "shasta_offsets_lost_total";

/// A worker whose alerts end up in the file `called`.
fn telling(config: WorkerConfig, dir: &Scratch) -> WorkerConfig {
    let words = ["/bin/sh", "-c", &format!("cat > {}", dir.join("called").display())].map(|word| toml::Value::String(word.to_owned()));
    config
        .set("kafka.instance_id", "w1")
        .set("alerts.directory", dir.join("state").display().to_string())
        .set("alerts.channels.file.type", "exec")
        .set("alerts.channels.file.command", words.to_vec())
}

/// A host without a watcher calls for it too.
fn wait_loss_told(worker: &Worker, records: i64) {
    let evidence = format!("deleted before they were read: {records} records");
    until_ok("the incident", PATIENCE, || {
        let lag = worker.state()["lag"].clone();
        let is_it = |incident: &serde_json::Value| {
            let told = incident["evidence"].as_str().is_some_and(|text| text.starts_with(&evidence));
            (incident["kind"].as_str(), incident["severity"].as_str()) == (Some("DATA_LOST"), Some("page")) && told
        };
        if lag["incidents"].as_array().is_some_and(|open| open.iter().any(is_it)) { Ok(()) } else { Err(lag.to_string()) }
    });
    assert!(worker.metric("shasta_worker_incidents_open", &["kind=\"DATA_LOST\"", "severity=\"page\""]) > 0.5);
    let opened = |line: &str| line.contains("ERROR") && line.contains("incident: page") && line.contains("DATA_LOST");
    assert!(worker.log().lines().any(opened), "{}", worker.log());
}

#[test]
fn what_was_deleted_while_no_worker_ran_is_counted_and_said() {
    const DELETED: i64 = 30;
    let mut scene = Scene::new("overrun");
    scene.publish(400);
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success());
    let applied = scene.kafka.read_topic(&scene.topic);
    scene.publish(400);
    let committed = scene.kafka.committed(&scene.group, &scene.topic, 0).unwrap().offset;
    scene.kafka.delete_records(&scene.topic, 0, committed + DELETED);
    let dir = Scratch::new("alerts");
    let worker = Worker::start(telling(scene.config().set("lag.interval", "1s"), &dir));
    scene.settle();
    assert_correct(&scene.world().with_earlier(&applied), &scene.rules());
    wait_loss_told(&worker, DELETED);
    let called = until_ok("the call", PATIENCE, || {
        std::fs::read_to_string(dir.join("called")).ok().filter(|text| text.ends_with('}')).ok_or("nobody")
    });
    let alert: serde_json::Value = serde_json::from_str(&called).unwrap();
    assert_eq!((alert["kind"].as_str(), alert["severity"].as_str()), (Some("DATA_LOST"), Some("page")), "{called}");
    let key = format!("default/{}/data_lost/{}/w1", scene.group, scene.topic);
    assert_eq!((alert["key"].as_str(), alert["partitions"]["of"].as_u64()), (Some(&*key), Some(4)), "{called}");
    let lost = worker.metric(LOST, &["partition=\"0\""]);
    assert!((lost - DELETED as f64).abs() < 0.5, "{lost} lost");
    assert!((worker.metric(LOST, &[]) - lost).abs() < 0.5);
    let log = worker.log();
    let words = format!("lost={committed} start={} offsets={DELETED}", committed + DELETED);
    assert!(log.lines().any(|line| line.contains("ERROR") && line.contains(&words)), "{words}\n{log}");
}

#[test]
fn what_was_deleted_under_a_blocked_worker_is_counted_and_said() {
    const TOTAL: usize = 4_000;
    const KEPT: i64 = 100;
    let options = EventOptions { partitions: 1, data_bytes: 3_000, deletes: 0.0, ..EventOptions::default() };
    let mut scene = Scene::with("blocked", options, RedisOptions::default());
    // So that the worker can not have fetched all of it.
    let config = scene.config().set("lag.interval", "1s").set("worker.memory.budget", "64MiB").set("worker.batch.max_records", 50);
    let mut worker = Worker::start(config.set("redis.call_timeout", "500ms"));
    scene.publish(200);
    scene.settle();
    scene.redis.freeze();
    scene.publish(TOTAL - 200);
    until_ok("the worker to be blocked", PATIENCE, || {
        let readyz = worker.get("/readyz");
        if readyz.status == 503 { Ok(()) } else { Err(readyz.body) }
    });
    // Its queue is full by then.
    std::thread::sleep(Duration::from_millis(500));
    let log_before = scene.kafka.read_topic(&scene.topic);
    let log_start = TOTAL as i64 - KEPT;
    scene.kafka.delete_records(&scene.topic, 0, log_start);
    scene.redis.thaw();
    scene.settle();
    let lost = worker.metric(LOST, &["partition=\"0\""]).round() as i64;
    assert!(lost > 0, "{}", worker.log());
    wait_loss_told(&worker, lost);
    let applied = log_before.into_iter().filter(|record| record.offset < log_start - lost).collect::<Vec<_>>();
    assert_correct(&scene.world().with_earlier(&applied), &scene.rules());
    let words = format!("expected={} log_start={log_start} offsets={lost}", log_start - lost);
    let log = worker.log();
    assert!(log.lines().any(|line| line.contains("ERROR") && line.contains(&words)), "{words}\n{log}");
    assert!(worker.rewinds("out_of_range") > 0.5, "{}", worker.metrics());
    assert!(worker.stop().success());
}
