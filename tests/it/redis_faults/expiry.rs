//! Channels expire while their values are still in the worker's cache: no delta stands on what is gone.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use super::LIMIT;
use crate::support::checker::{Rules, check, describe};
use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;

const TTL_MS: u64 = 5_000;
/// For every key of a channel.
const KEEP: &str = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('PERSIST', key) end";
const EXPIRE: &str = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('PEXPIRE', key, ARGV[2]) end";

fn scene(label: &str) -> Scene {
    let options = EventOptions { channels: 8, deletes: 0.02, ..EventOptions::default() };
    Scene::with(label, options, RedisOptions::default())
}

fn short_lived(scene: &Scene) -> Worker {
    Worker::start(scene.config().set("fold.ttl", format!("{TTL_MS}ms")).set("redis.call_timeout", "1s"))
}

/// Looks at what was written since, which may not expire meanwhile, and lets it live its whole time again.
#[track_caller]
fn assert_exact_since(scene: &Scene, starts: BTreeMap<i32, i64>) {
    scene.settle();
    let pattern = format!("{}*:s[nt]*:*", scene.prefix);
    let _: Option<i64> = scene.redis.command(&["EVAL", KEEP, "0", &pattern]);
    let violations = check(&scene.world(), &Rules { starts, ..scene.rules() });
    assert!(violations.is_empty(), "{}", describe(&violations));
    let _: Option<i64> = scene.redis.command(&["EVAL", EXPIRE, "0", &pattern, &TTL_MS.to_string()]);
}

/// Nothing but positions and the layout is left.
fn until_all_expired(scene: &Scene) {
    until_ok("the channels to expire", LIMIT, || {
        let left: Vec<String> = scene.redis.command(&["KEYS", &format!("{}*:s[nt]*:*", scene.prefix)]);
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    });
}

#[test]
fn no_delta_stands_on_a_value_that_expired_under_a_warm_cache() {
    let mut scene = scene("expiry");
    let worker = short_lived(&scene);
    for _ in 0..3 {
        let starts = scene.kafka.end_offsets(&scene.topic);
        (0..3).for_each(|_| scene.publish(80));
        assert_exact_since(&scene, starts);
        until_all_expired(&scene);
    }
    assert!(worker.metric("shasta_cache_hits_total", &[]) > 0.0);
}

#[test]
fn a_channel_that_is_written_to_does_not_expire() {
    let mut scene = scene("refreshed");
    let _worker = short_lived(&scene);
    // Each channel all the time, for longer than its keys live.
    for _ in 0..35 {
        scene.publish(30);
        sleep(Duration::from_millis(200));
    }
    assert_exact_since(&scene, BTreeMap::new());
}
