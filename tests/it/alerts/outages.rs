//! What cannot be read, and what is gone. It takes minutes, of waiting.

use std::time::{Duration, Instant};

use super::watcher::{Watcher, config};
use super::webhook::Webhook;
use super::{kinds, produce, until_group};
use crate::support::kafka::{KafkaBroker, KafkaOptions};
use crate::support::wait::until;

/// UNKNOWN and NO_OFFSETS page after 120 s.
const PAGES_WITHIN: Duration = Duration::from_secs(180);

#[test]
fn a_broker_that_is_down_makes_the_group_unknown_and_it_is_read_again_afterwards() {
    let (mut kafka, webhook) = (KafkaBroker::start(KafkaOptions::default()), Webhook::start());
    kafka.create_topic("t", 1, &[]);
    produce(&kafka, "t", 10);
    kafka.commit_as("g", "t", 0, 10, "");
    let mut watcher = Watcher::start(&config(&kafka, "t", "g", &webhook, ""));
    until_group(&watcher, "a reading", Duration::from_secs(40), |group| group["view"]["lag"] == 0);
    kafka.kill9();
    let began = Instant::now();
    let page = webhook.wait_for("the page", PAGES_WITHIN, |alert| alert["kind"] == "UNKNOWN" && alert["severity"] == "page");
    assert_eq!((page["state"].as_str(), page["lag"].as_i64()), (Some("open"), None), "unknown is not 0");
    println!("UNKNOWN paged {:.0} s after the broker was killed", began.elapsed().as_secs_f64());
    let group = until_group(&watcher, "nothing known", Duration::from_secs(20), |group| group["view"]["lag"].is_null());
    assert_eq!(kinds(&group), ["UNKNOWN"]);
    let document = watcher.document().unwrap();
    assert!(document["clusters"][0]["error"].as_str().unwrap().contains("refused"), "{}", document["clusters"]);
    let metrics = watcher.get("/metrics").body;
    assert!(metrics.contains("state=\"UNKNOWN\"} 1") && !metrics.contains("shasta_group_lag_records{"), "{metrics}");
    assert_eq!(watcher.get("/livez").status, 200, "the watcher itself is well");

    kafka.restart();
    until_group(&watcher, "a reading again", Duration::from_secs(90), |group| group["view"]["lag"] == 0);
    watcher.stop();
}

/// With records that wait nobody reads them, which is worse than that nobody knows the group.
#[test]
fn a_group_that_is_deleted_pages_whether_records_wait_or_not() {
    let (kafka, webhook) = (KafkaBroker::start(KafkaOptions::default()), Webhook::start());
    for topic in ["full", "empty"] {
        kafka.create_topic(topic, 1, &[]);
        kafka.commit_as(topic, topic, 0, 0, "");
    }
    produce(&kafka, "full", 10);
    let groups = "[watch.groups.full]\n[watch.groups.empty]\n";
    let mut watcher = Watcher::start(&config(&kafka, "full", "full", &webhook, groups));
    let both = |document: &serde_json::Value| {
        let groups = document["groups"].as_array().unwrap();
        groups.iter().filter(|group| group["view"]["topic"] == group["view"]["group"] && group["view"]["lag"].is_i64()).count() == 2
    };
    until("a reading", Duration::from_secs(40), || watcher.document().ok().filter(both));
    for group in ["full", "empty"] {
        kafka.delete_group(group);
    }
    let began = Instant::now();
    for (group, kind) in [("full", "STOPPED"), ("empty", "NO_OFFSETS")] {
        let page = webhook.wait_for("the page", PAGES_WITHIN, |alert| alert["group"] == group && alert["severity"] == "page");
        println!("{kind} paged {:.0} s after the group was deleted", began.elapsed().as_secs_f64());
        assert_eq!((page["kind"].as_str(), page["topic"].as_str()), (Some(kind), Some(group)), "it is known which topic it was");
    }
    watcher.stop();
}
