//! `shasta watch` against a real Kafka, with a webhook that keeps what it is told.

mod commands;
mod drain;
mod losses;
mod outages;
mod paced_link;
mod watcher;
mod webhook;

use std::time::Duration;

use serde_json::Value;

use crate::support::kafka::{KafkaBroker, NewRecord};
use crate::support::wait::until_ok;
use watcher::Watcher;

const PATIENCE: Duration = Duration::from_secs(40);

/// So many records in the first partition.
fn produce(kafka: &KafkaBroker, topic: &str, count: usize) {
    let record = NewRecord { partition: Some(0), value: Some(b"value".to_vec()), ..NewRecord::default() };
    kafka.produce(topic, &vec![record; count]);
}

/// The document's only group, once it fits.
#[track_caller]
fn until_group(watcher: &Watcher, what: &str, limit: Duration, fits: impl Fn(&Value) -> bool) -> Value {
    until_ok(what, limit, || {
        let document = watcher.document()?;
        let group = document["groups"][0].clone();
        if fits(&group) { Ok(group) } else { Err(brief(&group)) }
    })
}

/// Without its partitions.
fn brief(group: &Value) -> String {
    let mut group = group.clone();
    group["view"]["partitions"] = Value::Null;
    group.to_string()
}

fn kinds(group: &Value) -> Vec<&str> {
    group["incidents"].as_array().map_or(Vec::new(), |all| all.iter().filter_map(|incident| incident["kind"].as_str()).collect())
}
