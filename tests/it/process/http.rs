//! What a worker tells over HTTP.

use std::collections::BTreeSet;

use serde_json::Value;
use shasta::core::lag::GroupView;
use shasta::telemetry::names;

use crate::support::scene::Scene;

/// Every key of `/state`, with the form of its value.
const STATE: &[(&str, Form)] = &[
    ("version", Form::Text),
    ("git_sha", Form::Text),
    ("topic", Form::Text),
    ("group", Form::Text),
    ("uptime_s", Form::Number),
    ("lag", Form::Group),
    ("partitions", Form::List),
];

/// Every key of one of its partitions.
const PARTITION: &[(&str, Form)] = &[
    ("partition", Form::Number),
    ("phase", Form::Text),
    ("began", Form::Number),
    ("position", Form::Number),
    ("committed", Form::Number),
    ("lost", Form::Number),
    ("end", Form::Number),
    ("lag", Form::Number),
    ("age_s", Form::NumberOrNull),
    ("ingest_per_s", Form::NumberOrNull),
    ("consume_per_s", Form::NumberOrNull),
    ("state", Form::TextOrNull),
    ("batch", Form::Keys(&["records", "bytes"])),
    ("redis", Form::Keys(&["node", "call_us"])),
    ("cache", Form::Keys(&["hits", "misses", "evictions", "entries", "bytes"])),
    ("waits_for", Form::TextOrNull),
    ("last_error", Form::TextOrNull),
];

#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    TextOrNull,
    Number,
    NumberOrNull,
    /// As `shasta lag` shows one.
    Group,
    List,
    Keys(&'static [&'static str]),
}

impl Form {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::TextOrNull => value.is_string() || value.is_null(),
            Self::Number => value.is_number(),
            Self::NumberOrNull => value.is_number() || value.is_null(),
            Self::Group => serde_json::from_value::<GroupView>(value.clone()).is_ok(),
            Self::List => value.is_array(),
            Self::Keys(keys) => keys_of(value) == keys.iter().copied().collect(),
        }
    }
}

fn keys_of(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str)).collect()
}

fn assert_form(value: &Value, expected: &[(&str, Form)]) {
    assert_eq!(keys_of(value), expected.iter().map(|(key, _)| *key).collect());
    for (key, form) in expected {
        assert!(form.fits(&value[key]), "{key} is {}, not {form:?}", value[key]);
    }
}

#[test]
fn a_worker_tells_its_state_its_health_and_its_metrics() {
    let mut scene = Scene::new("told");
    scene.publish(500);
    let worker = scene.worker();
    scene.assert_exact();
    super::wait_caught_up(&worker);

    let state = worker.state();
    assert_form(&state, STATE);
    assert_eq!((state["topic"].as_str(), state["group"].as_str()), (Some(&*scene.topic), Some(&*scene.group)));
    let ends = scene.kafka.end_offsets(&scene.topic);
    assert_eq!(state["partitions"].as_array().unwrap().len(), ends.len());
    for partition in state["partitions"].as_array().unwrap() {
        assert_form(partition, PARTITION);
        let end = ends[&i32::try_from(partition["partition"].as_i64().unwrap()).unwrap()];
        for key in ["position", "committed", "end"] {
            assert_eq!(partition[key].as_i64(), Some(end), "{key}");
        }
        assert_eq!((partition["lag"].as_u64(), partition["phase"].as_str()), (Some(0), Some("folding")));
    }

    let lag: GroupView = serde_json::from_value(state["lag"].clone()).unwrap();
    assert_eq!((lag.of, lag.state, lag.incidents.len(), lag.partitions.len()), (ends.len(), None, 0, ends.len()));

    for path in ["/livez", "/readyz"] {
        let answer = worker.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"ok":true,"reasons":[]}"#), "{path}");
    }

    let metrics = worker.metrics();
    let told: BTreeSet<&str> = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let known: BTreeSet<&str> = names::ALL.iter().map(|metric| metric.name).collect();
    let foreign: Vec<_> = told.difference(&known).filter(|name| name.starts_with("shasta_")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    // Nothing was skipped, retried, refused, evicted or lost, nothing is wrong, and nobody would be told.
    let quiet = ["skipped", "dead_lettered", "retries", "evictions", "offsets_lost", "partition_state", "incidents_open", "notification"];
    let missing: Vec<_> = known.difference(&told).filter(|name| !quiet.iter().any(|word| name.contains(word))).collect();
    assert!(missing.is_empty(), "{missing:?}\n{metrics}");
    let applied = worker.metric("shasta_records_applied_total", &[]);
    assert!((applied - 500.0).abs() < 0.5, "{applied}");
}

#[test]
fn a_worker_is_not_ready_before_redis_answers_and_says_so() {
    let mut scene = Scene::new("notready");
    scene.publish(100);
    scene.redis.kill9();
    let mut worker = crate::support::worker::Worker::spawn(scene.config());
    crate::support::wait::until_ok("a reason", super::PATIENCE, || {
        let answer = worker.try_get("/readyz").map_err(|error| error.to_string())?;
        let told = answer.status == 503 && answer.body.contains(&scene.redis.address());
        if told { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) }
    });
    assert_eq!(worker.get("/livez").status, 200);
    scene.redis.restart();
    worker.wait_ready();
    scene.assert_exact();
}
