//! A topic that is deleted and made again.

use std::time::Duration;

use super::redis_state::names;
use crate::support::checker::{Channel, Kind, Violation, World, assert_correct, check, describe};
use crate::support::events::event;
use crate::support::kafka::NewRecord;
use crate::support::scene::Scene;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;

fn channels(generation: &str) -> Vec<Channel> {
    (0..12).map(|room| Channel::new("conference", &format!("{generation}-{room}"), "system")).collect()
}

/// `rounds` events of each channel of a generation.
fn records(generation: &str, rounds: usize) -> Vec<NewRecord> {
    let data = |round: usize| format!("{{\"round\":{round},\"kept\":\"0123456789\"}}");
    (0..rounds).flat_map(|round| channels(generation).into_iter().map(move |channel| event(&channel, "object", &data(round)))).collect()
}

fn make_again(scene: &Scene) {
    scene.kafka.delete_topic(&scene.topic);
    scene.kafka.create_topic(&scene.topic, scene.partitions(), &[]);
}

/// The world without what the deleted topic left behind, which no record explains any more.
fn world_without(scene: &Scene, generation: &str) -> World {
    let mut world = scene.world();
    for channel in channels(generation) {
        world.store.hashes.remove(&names(scene).snapshot(&channel)).unwrap();
        world.store.streams.remove(&names(scene).stream(&channel)).unwrap();
    }
    world
}

/// A worker at work, with the pace of commits that a deployment has, until it ends for what happens `meanwhile`.
fn stopped(label: &str, old_rounds: usize, meanwhile: impl FnOnce(&Scene)) -> Scene {
    let scene = Scene::new(label);
    scene.kafka.produce(&scene.topic, &records("old", old_rounds));
    let mut worker = Worker::start(scene.config().set("worker.commit_interval", "5s"));
    scene.assert_exact();
    meanwhile(&scene);
    let status = worker.wait_exit();
    assert_eq!(status.code(), Some(1), "{}", worker.log());
    assert!(worker.log().contains("was deleted and made again"), "{}", worker.log());
    scene
}

#[test]
fn a_topic_made_again_under_a_worker_stops_it_and_the_next_folds_the_new_log() {
    let scene = stopped("remade", 20, make_again);
    scene.kafka.produce(&scene.topic, &records("new", 3));
    let _worker = scene.worker();
    scene.settle();
    assert_correct(&world_without(&scene, "old"), &scene.rules());
}

#[test]
fn a_topic_that_is_missing_for_a_while_is_another_one_when_it_is_back() {
    let scene = stopped("missing", 3, |scene| {
        scene.kafka.delete_topic(&scene.topic);
        std::thread::sleep(Duration::from_secs(4));
        scene.kafka.create_topic(&scene.topic, scene.partitions(), &[]);
    });
    scene.kafka.produce(&scene.topic, &records("new", 30));
    let _worker = scene.worker();
    scene.settle();
    assert_correct(&world_without(&scene, "old"), &scene.rules());
}

/// The client library reads on at the old offset in the new log, and the id is looked at before commits: what was read until then is
/// applied again with the rest. That is the one way to a doubled event, and nothing else comes of it.
#[test]
fn a_topic_made_again_that_soon_holds_more_than_before_loses_nothing() {
    let scene = stopped("refilled", 3, |scene| {
        make_again(scene);
        scene.kafka.produce(&scene.topic, &records("new", 30));
    });
    let _worker = scene.worker();
    scene.settle();
    let violations = check(&world_without(&scene, "old"), &scene.rules());
    let others: Vec<Violation> =
        violations.into_iter().filter(|violation| !matches!(violation.kind, Kind::DoubledEntry | Kind::WrongOrder)).collect();
    assert!(others.is_empty(), "{}", describe(&others));
}

#[test]
fn a_topic_made_again_while_nobody_looks_is_folded_from_its_start() {
    let scene = Scene::new("remade2");
    scene.kafka.produce(&scene.topic, &records("old", 5));
    let mut worker = scene.worker();
    scene.settle();
    assert!(worker.stop().success());
    make_again(&scene);
    // More than before: the committed offsets lie within the new log.
    scene.kafka.produce(&scene.topic, &records("new", 20));
    let worker = scene.worker();
    until_ok("the new log to be folded", Duration::from_secs(60), || {
        let applied = worker.metric("shasta_records_applied_total", &[]);
        if applied >= 240.0 { Ok(()) } else { Err(format!("{applied} applied")) }
    });
    scene.settle();
    assert_correct(&world_without(&scene, "old"), &scene.rules());
    assert!(worker.log().contains("the position of a deleted topic of this name: before the start of the log"), "{}", worker.log());
    assert!(worker.rewinds("topic_made_again") > 0.5, "{}", worker.metrics());
}
