//! Redis has no memory left: nobody's fault but Redis'.

use super::load::Load;
use super::{LIMIT, LOSS, applied, until_applied_more, until_not_ready};
use crate::support::scene::Scene;
use crate::support::wait::until;
use crate::support::worker::Worker;

fn limit(scene: &Scene, bytes: u64) {
    let _: String = scene.redis.command(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]);
}

#[test]
fn a_partition_waits_for_memory_and_no_record_is_blamed() {
    let mut scene = Scene::new("memory");
    let mut worker = scene.worker();
    let load = Load::start(&mut scene, 2_000);
    for room in [200 << 10, 0] {
        until_applied_more(&worker, 300.0);
        let used: u64 = scene.redis.info("memory")["used_memory"].parse().unwrap();
        limit(&scene, used + room);
        until_not_ready(&worker, &["waits for out_of_memory", "redis"]);
        assert_eq!(worker.get("/livez").status, 200);
        limit(&scene, 0);
    }
    let waits = || worker.metric("shasta_redis_retries_total", &["reason=\"out_of_memory\""]);
    until("the waits to be counted", LIMIT, || (waits() > 0.0).then_some(()));
    load.finish();
    scene.assert_exact();
    assert_eq!(worker.metric("shasta_records_dead_lettered_total", &[]), 0.0);
    assert!(!worker.log().contains(LOSS), "{}", worker.log());
    worker.wait_ready();
}

#[test]
fn a_checkpoint_that_found_no_memory_leaves_no_trace_in_readyz() {
    let mut scene = Scene::new("memory-idle");
    // Time between the last event and its checkpoint.
    let mut worker = Worker::start(scene.config().set("worker.commit_interval", "3s"));
    scene.publish(300);
    scene.settle();
    scene.publish(8);
    until("the events to be applied", LIMIT, || (applied(&worker) >= 308.0).then_some(()));
    limit(&scene, 1);
    until_not_ready(&worker, &["waits for out_of_memory"]);
    limit(&scene, 0);
    worker.wait_ready();
    scene.assert_exact();
}

#[test]
fn a_worker_that_finds_no_memory_at_its_start_waits() {
    let mut scene = Scene::new("memory-start");
    scene.publish(300);
    limit(&scene, 1);
    let mut worker = Worker::spawn(scene.config());
    until_not_ready(&worker, &["out of memory"]);
    limit(&scene, 0);
    worker.wait_ready();
    scene.assert_exact();
}
