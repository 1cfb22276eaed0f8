//! SIGTERM: finish what is in flight, commit, leave; a second one: at once.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::PATIENCE;
use crate::kafka_faults::load::Load;
use crate::kafka_faults::redis_state::positions;
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::{Worker, WorkerConfig};

/// What an end takes beside the drain: the endpoint's second, the group's answer, and a busy machine.
const ALLOWANCE: Duration = Duration::from_secs(5);

fn blocked_by_redis(worker: &Worker) {
    until_ok("the worker to wait for redis", PATIENCE, || {
        let readyz = worker.get("/readyz");
        if readyz.status == 503 && readyz.body.contains("waits for") { Ok(()) } else { Err(readyz.body) }
    });
}

fn stop_within(worker: &mut Worker, limit: Duration) {
    let asked = Instant::now();
    let status = worker.stop();
    assert!(asked.elapsed() < limit + ALLOWANCE, "{:?}\n{}", asked.elapsed(), worker.log());
    assert!(status.success(), "{status}\n{}", worker.log());
}

fn brief(scene: &Scene) -> WorkerConfig {
    scene.config().set("worker.drain_timeout", "3s").set("redis.call_timeout", "500ms")
}

#[test]
fn a_stop_under_load_leaves_nothing_in_flight() {
    let mut scene = Scene::new("drain");
    scene.publish(2_000);
    let load = Load::start(&mut scene);
    let mut worker = scene.worker();
    until_ok("events to be applied", PATIENCE, || match worker.metric("shasta_records_applied_total", &[]) {
        applied if applied > 100.0 => Ok(()),
        applied => Err(format!("{applied} applied")),
    });
    stop_within(&mut worker, Duration::from_secs(10));
    for partition in 0..scene.partitions() {
        let committed = scene.kafka.committed(&scene.group, &scene.topic, partition).unwrap().offset;
        let positions = positions(&scene, partition);
        assert!(positions.values().all(|position| *position == committed), "{committed} is committed, positions are {positions:?}");
    }
    load.stop();
    let worker = scene.worker();
    scene.assert_exact();
    assert!(worker.metric("shasta_records_skipped_total", &[]) < 0.5, "{}", worker.metrics());
}

#[test]
fn a_stop_without_redis_ends_within_the_drain_timeout() {
    let mut scene = Scene::new("noredis");
    let mut paused = Worker::start(brief(&scene));
    scene.redis.freeze();
    scene.publish(200);
    blocked_by_redis(&paused);
    stop_within(&mut paused, Duration::from_secs(3));
    scene.redis.thaw();

    let mut down = Worker::start(brief(&scene));
    scene.assert_exact();
    let state = scene.redis.snapshot_state();
    scene.redis.kill9();
    scene.publish(200);
    blocked_by_redis(&down);
    stop_within(&mut down, Duration::from_secs(3));

    scene.redis.restore_state(&state);
    let _worker = scene.worker();
    scene.assert_exact();
}

#[test]
fn the_second_signal_ends_at_once_and_harms_nothing() {
    let mut scene = Scene::new("twice");
    let mut worker = Worker::start(scene.config().set("worker.drain_timeout", "60s").set("redis.call_timeout", "30s"));
    scene.redis.freeze();
    scene.publish(500);
    std::thread::sleep(Duration::from_millis(500));
    worker.signal(Signal::SIGTERM);
    std::thread::sleep(Duration::from_millis(700));
    assert!(worker.process().is_running(), "it drains\n{}", worker.log());
    let asked = Instant::now();
    worker.signal(Signal::SIGTERM);
    let status = worker.wait_exit();
    assert!(asked.elapsed() < ALLOWANCE, "{:?}\n{}", asked.elapsed(), worker.log());
    assert_eq!(status.code(), Some(0), "{}", worker.log());
    scene.redis.thaw();
    let _worker = scene.worker();
    scene.assert_exact();
}
