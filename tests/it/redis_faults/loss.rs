//! Redis loses all that it had, or goes back to what it was: found, said, counted, and replayed from Kafka.

use std::time::{Duration, Instant};

use super::load::Load;
use super::{LIMIT, LOSS, conflicts, until_applied_more, until_logged};
use crate::support::events::{EventOptions, KeyMode};
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::wait::{until, until_ok};

fn flush(scene: &Scene) {
    let _: String = scene.redis.command(&["FLUSHALL"]);
}

fn fold_and_stop(scene: &Scene) {
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success(), "{}", worker.log());
}

#[test]
fn what_a_flush_under_load_takes_is_replayed_twice_too() {
    let mut scene = Scene::new("flush-busy");
    let worker = scene.worker();
    let load = Load::start(&mut scene, 2_500);
    for _ in 0..2 {
        until_applied_more(&worker, 500.0);
        let (before, said) = (conflicts(&worker), worker.log().matches(LOSS).count());
        flush(&scene);
        until("the loss to be said", LIMIT, || (worker.log().matches(LOSS).count() > said).then_some(()));
        until("the loss to be counted", LIMIT, || (conflicts(&worker) > before).then_some(()));
    }
    load.finish();
    scene.assert_exact_soon();
}

#[test]
fn a_flush_of_slices_that_several_partitions_share_is_replayed() {
    let options = EventOptions { key: KeyMode::Scattered, channels: 6, ..EventOptions::default() };
    let mut scene = Scene::with("flush-shared", options, RedisOptions::default());
    let worker = scene.worker();
    let load = Load::start(&mut scene, 1_500);
    until_applied_more(&worker, 500.0);
    flush(&scene);
    until_logged(&worker, LOSS, LIMIT);
    load.finish();
    scene.assert_exact_soon();
}

#[test]
fn a_replay_commits_the_lower_offset_before_it_applies_anything() {
    let mut scene = Scene::new("lower-first");
    scene.publish(1_000);
    let worker = scene.worker();
    scene.settle();
    // Redis answers, and takes nothing: the replay can not get beyond its first commit.
    let _: String = scene.redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    flush(&scene);
    until_ok("the start of every log to be committed", LIMIT, || {
        let committed = scene.kafka.committed_all(&scene.group, &scene.topic);
        let lowered =
            committed.values().all(|committed| committed.offset == 0 && committed.metadata.trim_end_matches('=').ends_with("AAAA"));
        if lowered { Ok(()) } else { Err(format!("{committed:?}")) }
    });
    assert_eq!(scene.redis.command::<u64>(&["DBSIZE"]), 0);
    scene.publish(300);
    let _: String = scene.redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    scene.assert_exact_soon();
    assert!(worker.log().contains(LOSS), "{}", worker.log());
}

#[test]
fn a_flush_is_found_at_assignment_without_an_event() {
    let mut scene = Scene::new("flush-down");
    scene.publish(1_000);
    fold_and_stop(&scene);
    flush(&scene);
    let worker = scene.worker();
    scene.assert_exact_soon();
    assert!(worker.log().contains(LOSS), "{}", worker.log());
    assert!(worker.rewinds("empty") > 0.5, "{}", worker.metrics());
}

#[test]
fn a_flush_while_nobody_worked_is_found_beside_new_events() {
    let mut scene = Scene::new("flush-down-busy");
    scene.publish(1_000);
    fold_and_stop(&scene);
    flush(&scene);
    scene.publish(3);
    let _worker = scene.worker();
    scene.publish(200);
    scene.assert_exact_soon();
}

#[test]
fn a_flush_of_an_idle_partition_is_found_at_the_pace_of_commits() {
    let mut scene = Scene::new("flush-idle");
    scene.publish(500);
    let worker = scene.worker();
    scene.assert_exact();
    flush(&scene);
    let lost_at = Instant::now();
    // The interval is 200 ms.
    until_logged(&worker, LOSS, Duration::from_secs(10));
    scene.assert_exact_soon();
    assert!(lost_at.elapsed() < LIMIT, "{:?}", lost_at.elapsed());
    assert!(worker.rewinds("idle") > 0.5, "{}", worker.metrics());
}

#[test]
fn a_restore_under_a_running_worker_is_replayed_from_where_it_goes_back_to() {
    let mut scene = Scene::new("restore-up");
    let worker = scene.worker();
    scene.publish(600);
    scene.settle();
    let older = scene.redis.snapshot_state();
    let load = Load::start(&mut scene, 1_200);
    until_applied_more(&worker, 400.0);
    scene.redis.restore_state(&older);
    load.finish();
    scene.assert_exact_soon();
    assert!(worker.log().contains(LOSS), "{}", worker.log());
    assert!(worker.rewinds("conflict") + worker.rewinds("idle") > 0.5, "{}", worker.metrics());
}

#[test]
fn a_restore_under_an_idle_worker_is_found() {
    let mut scene = Scene::new("restore-idle");
    let worker = scene.worker();
    scene.publish(400);
    scene.settle();
    let older = scene.redis.snapshot_state();
    scene.publish(400);
    scene.settle();
    scene.redis.restore_state(&older);
    until_logged(&worker, LOSS, LIMIT);
    scene.assert_exact_soon();
}

#[test]
fn a_restore_while_nobody_worked_is_replayed() {
    let mut scene = Scene::new("restore-down");
    let mut worker = scene.worker();
    scene.publish(400);
    scene.settle();
    let older = scene.redis.snapshot_state();
    scene.publish(400);
    scene.settle();
    assert!(worker.stop().success());
    scene.redis.restore_state(&older);
    let _worker = scene.worker();
    scene.publish(100);
    scene.assert_exact_soon();
}
