//! The server ends, stands still, is not there yet, or forgets its scripts.

use std::thread::sleep;
use std::time::Duration;

use super::load::Load;
use super::{LOSS, until_applied_more, until_not_ready};
use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::worker::Worker;

#[test]
fn a_killed_redis_that_keeps_what_it_acknowledged_costs_nothing() {
    let mut scene = Scene::with("aof", EventOptions::default(), RedisOptions { aof: true, ..RedisOptions::default() });
    let worker = scene.worker();
    let load = Load::start(&mut scene, 2_000);
    for down in [0, 300, 1_000] {
        until_applied_more(&worker, 300.0);
        scene.redis.kill9();
        sleep(Duration::from_millis(down));
        scene.redis.restart();
    }
    load.finish();
    scene.assert_exact();
    assert!(!worker.log().contains(LOSS), "{}", worker.log());
}

#[test]
fn a_redis_that_stands_still_is_waited_for_and_no_stall() {
    let mut scene = Scene::new("paused");
    let config = scene.config().set("kafka.dead_letter.timeout", "2s").set("worker.stall_limit", "8s");
    let mut worker = Worker::start(config.set("redis.connect_timeout", "2s").set("redis.call_timeout", "1s"));
    let load = Load::start(&mut scene, 2_000);
    until_applied_more(&worker, 500.0);
    scene.redis.freeze();
    until_not_ready(&worker, &["waits for timeout", "no answer within 1s"]);
    sleep(Duration::from_secs(10));
    assert!(worker.process().is_running(), "{}", worker.log());
    assert_eq!(worker.get("/livez").status, 200, "{}", worker.get("/livez").body);
    scene.redis.thaw();
    load.finish();
    scene.assert_exact();
    worker.wait_ready();
    assert!(!worker.log().contains(LOSS), "{}", worker.log());
}

#[test]
fn a_worker_waits_for_a_redis_that_is_not_there_yet() {
    let mut scene = Scene::new("absent");
    scene.publish(300);
    scene.redis.kill9();
    let mut worker = Worker::spawn(scene.config());
    until_not_ready(&worker, &["redis", &scene.redis.address(), "can not connect"]);
    scene.redis.restart();
    worker.wait_ready();
    scene.assert_exact();
}

#[test]
fn an_idle_worker_says_that_redis_is_gone_and_that_it_is_back() {
    let mut scene = Scene::with("idle-gone", EventOptions::default(), RedisOptions { aof: true, ..RedisOptions::default() });
    scene.publish(300);
    let mut worker = scene.worker();
    scene.settle();
    scene.redis.kill9();
    until_not_ready(&worker, &["can not connect"]);
    sleep(Duration::from_secs(2));
    let said = worker.log().lines().filter(|line| line.contains("WARN")).count();
    assert!(said <= 12, "{said} lines\n{}", worker.log());
    scene.redis.restart();
    worker.wait_ready();
    scene.assert_exact();
}

#[test]
fn scripts_that_are_flushed_are_loaded_again() {
    let mut scene = Scene::new("script-flush");
    let worker = scene.worker();
    let load = Load::start(&mut scene, 1_500);
    for _ in 0..20 {
        until_applied_more(&worker, 40.0);
        let _: String = scene.redis.command(&["SCRIPT", "FLUSH"]);
    }
    load.finish();
    scene.assert_exact();
    assert!(worker.metric("shasta_redis_retries_total", &["reason=\"script_missing\""]) > 0.0);
}
