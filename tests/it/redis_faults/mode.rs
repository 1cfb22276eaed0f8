//! Whole values or changes, the crash of a worker leaves nothing half done.

use super::load::Load;
use super::until_applied;
use crate::support::checker::Change;
use crate::support::checker::Delta;
use crate::support::scene::Scene;
use crate::support::worker::Worker;
use prost::Message;

fn crash_under_load(mode: &str) -> Scene {
    let mut scene = Scene::new(mode);
    let mut worker = Worker::start(scene.config().set("fold.delta", mode));
    let load = Load::start(&mut scene, 2_000);
    for _ in 0..2 {
        until_applied(&worker, 400.0);
        worker.kill9();
        worker.restart();
    }
    load.finish();
    scene.assert_exact();
    scene
}

/// How many entries carry a change instead of a whole value.
fn changes(scene: &Scene) -> usize {
    let entries = scene.world().store.streams.into_values().flatten();
    let is_change = |delta: Delta| matches!(delta.change, Some(Change::Changed(_)));
    entries.filter(|entry| Delta::decode(entry.fields[0].1.as_slice()).is_ok_and(is_change)).count()
}

#[test]
fn changes_are_exact_through_crashes() {
    let scene = crash_under_load("changed");
    assert!(changes(&scene) > 500);
}

#[test]
fn whole_values_are_exact_through_crashes() {
    let scene = crash_under_load("full");
    assert_eq!(changes(&scene), 0);
}
