//! Followers of what a worker writes, while everything that can happen happens.

pub mod crowd;

use std::thread;
use std::time::Duration;

use self::crowd::{Crowd, channels_of};
use crate::support::cluster_scene::ClusterScene;
use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::redis_cluster::SHARDS;
use crate::support::scene::Scene;
use crate::support::worker::Worker;

const LIMIT: Duration = Duration::from_secs(60);

fn settings(nodes: &[String], prefix: &str) -> shasta::config::Redis {
    shasta::config::Redis { nodes: nodes.to_vec(), prefix: prefix.to_owned(), ..shasta::config::Redis::default() }
}

#[test]
fn two_hundred_followers_come_through_failovers_a_killed_worker_and_lost_data() {
    let mut scene = ClusterScene::with_elections("follow-cluster");
    let mut worker = scene.worker();
    scene.publish(400);
    scene.assert_exact();
    let channels = channels_of(&scene.kafka.read_topic(&scene.topic));
    let crowd = Crowd::gather(&settings(&scene.cluster.addresses(), &scene.prefix), &channels, 10, 4, Duration::ZERO);
    assert_eq!(crowd.len(), 200);
    scene.under_load(|cluster| {
        (0..SHARDS).for_each(|shard| cluster.failover(shard));
        worker.kill9();
        worker.restart();
        thread::sleep(Duration::from_millis(500));
        let killed = cluster.kill_primary(1);
        cluster.restart_server(killed);
    });
    scene.assert_exact();
    let told_before = crowd.restarts();
    scene.under_load(|cluster| (0..SHARDS).for_each(|shard| cluster.empty_node(shard)));
    scene.assert_exact();
    crowd.assert_right(scene.kafka, &scene.topic, LIMIT);
    assert!(crowd.restarts() >= told_before + crowd.len(), "{} of {} were told", crowd.restarts() - told_before, crowd.len());
}

#[test]
fn slow_followers_of_short_streams_are_told_what_they_missed() {
    let options = EventOptions { channels: 4, ..EventOptions::default() };
    let mut scene = Scene::with("follow-slow", options, RedisOptions::default());
    let _worker = Worker::start(scene.config().set("fold.stream_length", 10));
    scene.publish(100);
    scene.settle();
    let channels = channels_of(&scene.kafka.read_topic(&scene.topic));
    let crowd = Crowd::gather(&settings(&[scene.redis.address()], &scene.prefix), &channels, 10, 2, Duration::from_millis(4));
    for _ in 0..10 {
        scene.publish(800);
        thread::sleep(Duration::from_millis(100));
    }
    scene.settle();
    crowd.assert_right(scene.kafka, &scene.topic, LIMIT);
    assert!(crowd.restarts() > 0);
}

#[test]
fn followers_that_keep_up_are_told_every_event() {
    let mut scene = Scene::new("follow-all-events");
    let _worker = scene.worker();
    scene.publish(100);
    scene.settle();
    let channels = channels_of(&scene.kafka.read_topic(&scene.topic));
    let crowd = Crowd::gather(&settings(&[scene.redis.address()], &scene.prefix), &channels, 3, 1, Duration::ZERO);
    scene.publish(3_000);
    scene.settle();
    crowd.assert_right(scene.kafka, &scene.topic, LIMIT);
    assert_eq!(crowd.restarts(), 0);
}
