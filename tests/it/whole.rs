//! From Kafka to Redis with nothing in the way.

use crate::support::checker::World;
use crate::support::events::{EventOptions, KeyMode, invalid_records};
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::worker::Worker;

#[test]
fn every_event_is_in_redis_once_and_in_order() {
    let mut scene = Scene::new("whole");
    scene.publish(2_000);
    let mut worker = scene.worker();
    scene.publish(500);
    scene.assert_exact();
    assert!(worker.stop().success(), "{}", worker.log());
    scene.assert_exact();
}

#[test]
fn a_slice_without_new_events_is_brought_to_what_is_committed() {
    let mut scene = Scene::new("idle-slices");
    let _worker = scene.worker();
    scene.publish(600);
    scene.settle();
    // One event and its commit, and the next: all other slices of the partition have none in it.
    for _ in 0..4 {
        scene.publish(1);
        scene.assert_exact();
    }
}

#[test]
fn invalid_records_go_to_the_dead_letters_and_disturb_no_neighbour() {
    let mut scene = Scene::new("invalid");
    scene.publish(100);
    scene.kafka.produce(&scene.topic, &invalid_records(0));
    scene.publish(100);
    let _worker = scene.worker();
    scene.assert_exact();
    let World { dead_letters, .. } = scene.world();
    assert!(!dead_letters.is_empty());
}

#[test]
fn a_topic_keyed_by_object_is_exact_too() {
    let options = EventOptions { key: KeyMode::Object, channels: 400, ..EventOptions::default() };
    let mut scene = Scene::with("objects", options, RedisOptions::default());
    scene.publish(1_500);
    // Some 170 slices of each of four partitions in 100 ms.
    let worker = Worker::start(scene.config().set("redis.slices", 256).set("worker.commit_interval", "100ms"));
    scene.publish(500);
    scene.assert_exact();
    let log = worker.log();
    assert_eq!(log.matches("checkpoints cost redis many calls").count(), 1, "{log}");
}
