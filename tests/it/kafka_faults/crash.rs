//! Workers that are killed.

use super::PATIENCE;
use super::load::Load;
use crate::support::scene::Scene;
use crate::support::wait::until;

#[test]
fn two_kills_in_mid_batch_leave_nothing_out_and_nothing_doubled() {
    let mut scene = Scene::new("kills");
    scene.publish(3_000);
    let load = Load::start(&mut scene);
    let mut worker = scene.worker();
    for _ in 0..2 {
        until("events to be applied", PATIENCE, || (worker.metric("shasta_records_applied_total", &[]) > 100.0).then_some(()));
        worker.restart();
    }
    load.stop();
    scene.assert_exact();
}

#[test]
fn a_crash_before_the_first_commit_is_exact() {
    let mut scene = Scene::new("uncommitted");
    scene.publish(1_000);
    let mut worker = crate::support::worker::Worker::start(scene.config().set("worker.commit_interval", "1m"));
    let applied = || worker.metric("shasta_records_applied_total", &[]);
    until("all to be applied", PATIENCE, || (applied() >= 1_000.0).then_some(()));
    worker.kill9();
    let committed = scene.kafka.committed_all(&scene.group, &scene.topic);
    assert!(committed.values().all(|committed| committed.offset == 0), "{committed:?}");
    scene.publish(100);
    let worker = scene.worker();
    scene.assert_exact();
    let skipped = worker.metric("shasta_records_skipped_total", &[]).round();
    assert!((skipped - 1_000.0).abs() < 0.5, "{skipped} of the 1000 that were applied before");
}
