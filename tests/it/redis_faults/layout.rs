//! The layout is lost or becomes another one.

use std::collections::HashMap;

use super::{LIMIT, names, until_not_ready};
use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::wait::until;
use crate::support::worker::Worker;

type Fields = HashMap<String, String>;

fn layout(scene: &Scene) -> Fields {
    scene.redis.command(&["HGETALL", &names(scene).layout()])
}

#[test]
fn a_layout_that_is_lost_whole_or_in_part_is_written_again() {
    let mut scene = Scene::new("layout-lost");
    let mut worker = scene.worker();
    scene.publish(200);
    scene.settle();
    let (key, whole) = (names(&scene).layout(), layout(&scene));
    let group = format!("group:{}", scene.topic);
    for lost in [vec!["DEL", &key], vec!["HDEL", &key, "version", "slices"], vec!["HDEL", &key, &group]] {
        assert!(scene.redis.command::<u64>(&lost) > 0);
        until(format!("the layout again after {lost:?}"), LIMIT, || (layout(&scene) == whole).then_some(()));
    }
    scene.publish(200);
    scene.assert_exact();
    worker.wait_ready();
}

#[test]
fn a_worker_ends_and_says_so_when_the_layout_becomes_another() {
    let mut scene = Scene::new("layout-other");
    scene.publish(100);
    let key = names(&scene).layout();
    let group = format!("group:{}", scene.topic);
    for (field, other, said) in
        [("slices", "512", "512"), (&group, "somebody", "somebody"), ("version", "2", "version"), ("hash", "crc", "hash")]
    {
        let mut worker = scene.worker();
        let before = layout(&scene)[field].clone();
        let _: u64 = scene.redis.command(&["HSET", &key, field, other]);
        let status = worker.wait_exit();
        assert!(!status.success(), "{field}");
        let last = worker.log().lines().last().unwrap_or_default().to_owned();
        assert!(last.contains(&key) && last.contains(said), "{field}: {last}\n{}", worker.log());
        let _: u64 = scene.redis.command(&["HSET", &key, field, &before]);
    }
    let _worker = scene.worker();
    scene.publish(100);
    scene.assert_exact();
}

#[test]
fn a_layout_that_another_worker_has_begun_to_write_is_finished() {
    let mut scene = Scene::new("layout-begun");
    scene.publish(100);
    let _: u64 = scene.redis.command(&["HSET", &names(&scene).layout(), "version", "1"]);
    let _worker = scene.worker();
    scene.assert_exact();
}

/// The default number of slices follows the number of partitions, which may have grown.
#[test]
fn a_layout_that_is_lost_while_nobody_works_is_written_again_as_the_commits_know_it() {
    let options = EventOptions { partitions: 3, ..EventOptions::default() };
    let mut scene = Scene::with("layout-metadata", options, RedisOptions::default());
    scene.publish(600);
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success());
    let whole = layout(&scene);
    assert_eq!(whole["slices"], "1026");
    scene.kafka.add_partitions(&scene.topic, 4);
    let _: u64 = scene.redis.command(&["DEL", &names(&scene).layout()]);

    let mut refused = Worker::spawn(scene.config().set("redis.slices", 1024));
    assert_eq!(refused.wait_exit().code(), Some(78), "{}", refused.log());
    assert!(refused.log().contains("1026"), "{}", refused.log());

    let _worker = scene.worker();
    assert_eq!(layout(&scene), whole);
    scene.publish(200);
    scene.assert_exact();
}

#[test]
fn a_layout_of_a_wrong_type_holds_up_the_start_until_it_is_gone() {
    let mut scene = Scene::new("layout-type");
    scene.publish(100);
    let key = names(&scene).layout();
    let _: String = scene.redis.command(&["SET", &key, "x"]);
    let mut worker = Worker::spawn(scene.config());
    until_not_ready(&worker, &["WRONGTYPE"]);
    let _: u64 = scene.redis.command(&["DEL", &key]);
    worker.wait_ready();
    scene.assert_exact();
}
