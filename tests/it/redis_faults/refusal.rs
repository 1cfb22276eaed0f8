//! What no waiting mends is refused at the start: the reason and the remedy on standard error, exit code 78.

use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::worker::{Worker, WorkerConfig};

#[track_caller]
fn assert_refused(config: WorkerConfig, words: &[&str]) {
    let mut worker = Worker::spawn(config);
    let status = worker.wait_exit();
    let log = worker.log();
    assert_eq!(status.code(), Some(78), "{log}");
    let last = log.lines().last().unwrap_or_default();
    words.iter().for_each(|word| assert!(last.contains(word), "no {word:?} in {last:?}\n{log}"));
}

#[test]
fn an_evicting_redis_is_refused() {
    for policy in ["volatile-lru", "allkeys-lru"] {
        let options = RedisOptions { policy: Some(policy.to_owned()), ..RedisOptions::default() };
        let scene = Scene::with("evicting", EventOptions::default(), options);
        assert_refused(scene.config(), &[&scene.redis.address(), policy, "maxmemory-policy noeviction"]);
        assert_eq!(scene.redis.command::<u64>(&["DBSIZE"]), 0);
    }
}

#[test]
fn other_slices_and_another_group_are_refused_and_harm_nothing() {
    let mut scene = Scene::new("other");
    scene.publish(200);
    let mut worker = scene.worker();
    let layout = format!("{}layout", scene.prefix);
    assert_refused(scene.config().set("redis.slices", 512), &[&layout, "512", "1024", "redis.slices", "redis.prefix"]);
    assert_refused(scene.config().set("kafka.group", "others"), &[&layout, "others", &scene.group, "set-group"]);
    scene.publish(200);
    scene.assert_exact();
    worker.wait_ready();
}

#[test]
fn a_prefix_with_a_brace_is_refused() {
    let scene = Scene::new("brace");
    assert_refused(scene.config().set("redis.prefix", "a{b}:"), &["redis.prefix", "brace"]);
}

#[test]
fn a_file_of_tls_that_can_not_be_read_is_refused() {
    let scene = Scene::new("tls-file");
    let config = scene.config().set("redis.tls.enabled", true).set("redis.tls.ca_file", "/nowhere/ca.pem");
    assert_refused(config, &["/nowhere/ca.pem"]);
}
