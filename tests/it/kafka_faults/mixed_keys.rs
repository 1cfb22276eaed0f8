//! Keys that do not keep a channel in one partition.

use super::load::Load;
use crate::support::events::{EventOptions, KeyMode};
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;

/// Objects and their deletions arrive over several partitions, read by two workers, one of which is killed.
fn stays_exact(label: &str, key: KeyMode) {
    let options = EventOptions { key, deletes: 0.2, channels: 8, objects: 3, ..EventOptions::default() };
    let mut scene = Scene::with(label, options, RedisOptions::default());
    let config = || scene.config().set("fold.delta", "changed").set("redis.slices", 16);
    let mut first = crate::support::worker::Worker::start(config());
    let _second = crate::support::worker::Worker::start(config());
    let load = Load::start(&mut scene);
    scene.publish(1_000);
    first.kill9();
    scene.publish(500);
    load.stop();
    scene.assert_exact();
}

#[test]
fn any_key_in_any_partition_is_exact() {
    stays_exact("scattered", KeyMode::Scattered);
}

#[test]
fn objects_that_are_deleted_by_another_key_are_exact() {
    stays_exact("byobject", KeyMode::Object);
}
