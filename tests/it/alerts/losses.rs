//! Records that nobody will read.

use super::watcher::{Watcher, config};
use super::webhook::Webhook;
use super::{PATIENCE, kinds, produce, until_group};
use crate::support::kafka::{KafkaBroker, unique};
use crate::support::worker::sum_series;

/// A group that committed 10 of 100 records, watched each second.
struct Scene {
    kafka: &'static KafkaBroker,
    topic: String,
    group: String,
    webhook: Webhook,
    watcher: Watcher,
}

impl Scene {
    fn new(label: &str) -> Self {
        let (kafka, topic, webhook) = (KafkaBroker::shared(), unique(label), Webhook::start());
        let group = format!("{topic}-group");
        kafka.create_topic(&topic, 1, &[]);
        produce(kafka, &topic, 100);
        kafka.commit_as(&group, &topic, 0, 10, "");
        let watcher = Watcher::start(&config(kafka, &topic, &group, &webhook, "[lag]\ninterval = \"1s\"\n"));
        until_group(&watcher, "90 records to wait", PATIENCE, |group| group["view"]["lag"] == 90);
        Self { kafka, topic, group, webhook, watcher }
    }
}

#[test]
fn records_that_were_deleted_unread_page_once_with_their_count_also_if_the_watcher_is_killed() {
    let mut scene = Scene::new("deleted");
    scene.kafka.delete_records(&scene.topic, 0, 50);
    let page = scene.webhook.wait_for("the page", PATIENCE, |alert| alert["kind"] == "DATA_LOST");
    assert_eq!((page["severity"].as_str(), page["state"].as_str()), (Some("page"), Some("open")));
    assert!(page["evidence"].as_str().unwrap().contains("40 records"), "{page}");
    let before = until_group(&scene.watcher, "the loss", PATIENCE, |group| group["lost"] == 40);

    scene.watcher.kill_and_restart();
    let looked_again =
        |group: &serde_json::Value| group["view"]["read_at"].as_f64() > before["view"]["read_at"].as_f64().map(|at| at + 4.0);
    let after = until_group(&scene.watcher, "some looks after the restart", PATIENCE, looked_again);
    let incident = |group: &serde_json::Value| {
        let all = group["incidents"].as_array().unwrap().clone();
        all.into_iter()
            .find(|incident| incident["kind"] == "DATA_LOST")
            .map(|incident| (incident["id"].clone(), incident["opened"].clone()))
    };
    assert!(incident(&before).is_some());
    assert_eq!(incident(&after), incident(&before));
    assert_eq!(scene.webhook.of("DATA_LOST").len(), 1, "{:#?}", scene.webhook.alerts());
    let metrics = scene.watcher.get("/metrics").body;
    assert_eq!(sum_series(&metrics, "shasta_records_lost_total", &[&format!("group=\"{}\"", scene.group)]), 40.0);
    scene.watcher.stop();
}

#[test]
fn offsets_that_are_reset_to_the_end_are_records_that_nobody_read() {
    let mut scene = Scene::new("reset");
    scene.kafka.commit_as(&scene.group, &scene.topic, 0, 100, "");
    let page = scene.webhook.wait_for("the page", PATIENCE, |alert| alert["kind"] == "SKIPPED");
    assert_eq!((page["severity"].as_str(), page["lag"].as_i64()), (Some("page"), Some(0)));
    assert!(page["evidence"].as_str().unwrap().contains("90 records"), "{page}");
    let group = until_group(&scene.watcher, "the skip", PATIENCE, |group| group["skipped"] == 90);
    assert_eq!(kinds(&group), ["SKIPPED"]);
    scene.watcher.stop();
}
