//! Keys of another type: one of a channel refuses that channel's events and no others, one of a position is nobody's poison.

use std::collections::BTreeSet;

use redis::Pipeline;

use super::load::Load;
use super::{LIMIT, LOSS, SLICES, names, until_applied_more, until_not_ready};
use crate::support::checker::{Rules, World, assert_correct, check, describe};
use crate::support::events::{EventOptions, channel};
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::wait::until;
use crate::support::worker::Worker;

fn run(scene: &Scene, change: impl FnOnce(&mut Pipeline)) {
    let mut pipe = redis::pipe();
    pipe.atomic();
    change(&mut pipe);
    pipe.exec(&mut scene.redis.conn()).unwrap();
}

/// Puts a string where the key was, and the key aside.
fn hide(scene: &Scene, key: &str) {
    run(scene, |pipe| {
        pipe.cmd("RENAME").arg(key).arg(format!("aside {key}")).cmd("SET").arg(key).arg("no hash, no stream");
    });
}

fn unhide(scene: &Scene, key: &str) {
    run(scene, |pipe| {
        pipe.cmd("DEL").arg(key).cmd("RENAME").arg(format!("aside {key}")).arg(key);
    });
}

fn dead_lettered(worker: &Worker) -> f64 {
    worker.metric("shasta_records_dead_lettered_total", &["reason=\"wrong_type\""])
}

fn assert_all_refused_by_type(world: &World) {
    let reasons = world.dead_letters.iter().flat_map(|letter| letter.headers.iter().filter(|(name, _)| name == "shasta-reason"));
    let reasons: BTreeSet<&[u8]> = reasons.filter_map(|(_, value)| value.as_deref()).collect();
    assert_eq!(reasons, BTreeSet::from([b"wrong_type".as_slice()]));
}

#[test]
fn what_a_wrong_type_refuses_from_the_start_goes_to_the_dead_letters_until_it_is_gone() {
    let mut scene = Scene::new("wrong-first");
    let (by_hash, by_stream) = (channel(0), channel(1));
    let keys = [names(&scene).snapshot(&by_hash), names(&scene).stream(&by_stream)];
    keys.iter().for_each(|key| drop(scene.redis.command::<String>(&["SET", key, "x"])));
    let worker = scene.worker();
    scene.publish(1_200);
    scene.settle();
    let refused = dead_lettered(&worker);
    assert!(refused > 20.0, "{refused}");
    keys.iter().for_each(|key| assert_eq!(scene.redis.command::<u64>(&["DEL", key]), 1));
    scene.publish(600);
    scene.settle();
    assert_eq!(dead_lettered(&worker), refused);
    let world = scene.world();
    assert_correct(&world, &Rules { wrong_typed: [by_hash, by_stream].into(), ..scene.rules() });
    assert_all_refused_by_type(&world);
}

#[test]
fn what_a_wrong_type_refuses_for_a_while_is_missing_and_nothing_else() {
    let mut scene = Scene::new("wrong-while");
    let worker = scene.worker();
    scene.publish(800);
    scene.settle();
    let (by_hash, by_stream) = (channel(2), channel(3));
    let keys = [names(&scene).snapshot(&by_hash), names(&scene).stream(&by_stream)];
    let load = Load::start(&mut scene, 1_200);
    for key in &keys {
        let before = dead_lettered(&worker);
        hide(&scene, key);
        until("a dead letter", LIMIT, || (dead_lettered(&worker) > before).then_some(()));
        unhide(&scene, key);
    }
    load.finish();
    scene.settle();
    let world = scene.world();
    assert_correct(&world, &Rules { wrong_typed: [by_hash, by_stream].into(), ..scene.rules() });
    assert_all_refused_by_type(&world);
}

#[test]
fn nothing_stands_on_what_was_there_before_a_wrong_type() {
    let options = EventOptions { channels: 1, deletes: 0.0, plain: 0.0, ..EventOptions::default() };
    let mut scene = Scene::with("wrong-after", options, RedisOptions::default());
    let worker = scene.worker();
    scene.publish(200);
    scene.settle();
    let key = names(&scene).snapshot(&channel(0));
    run(&scene, |pipe| {
        pipe.cmd("DEL").arg(names(&scene).stream(&channel(0))).cmd("SET").arg(&key).arg("x");
    });
    // Fewer than there are objects: some are still in the cache as they were.
    scene.publish(2);
    scene.settle();
    assert!(dead_lettered(&worker) > 0.0);
    let starts = scene.kafka.end_offsets(&scene.topic);
    let _: u64 = scene.redis.command(&["DEL", &key]);
    scene.publish(200);
    scene.settle();
    let violations = check(&scene.world(), &Rules { starts, ..scene.rules() });
    assert!(violations.is_empty(), "{}", describe(&violations));
}

#[test]
fn a_position_of_a_wrong_type_is_waited_for_and_poisons_nothing() {
    let mut scene = Scene::new("wrong-position");
    let mut worker = scene.worker();
    scene.publish(500);
    scene.settle();
    let key = names(&scene).positions(names(&scene).slice(&channel(4)));
    hide(&scene, &key);
    let load = Load::start(&mut scene, 800);
    until_not_ready(&worker, &["partition", "WRONGTYPE"]);
    until_applied_more(&worker, 50.0);
    unhide(&scene, &key);
    load.finish();
    scene.assert_exact();
    worker.wait_ready();
    assert_eq!(worker.metric("shasta_records_dead_lettered_total", &[]), 0.0);
    assert!(!worker.log().contains(LOSS), "{}", worker.log());
}

#[test]
fn a_position_of_a_wrong_type_holds_up_the_start_until_it_is_gone() {
    let mut scene = Scene::new("wrong-unused");
    scene.publish(300);
    let used: BTreeSet<u32> = (0..20).map(|room| names(&scene).slice(&channel(room))).collect();
    let unused = (0..SLICES).find(|slice| !used.contains(slice)).unwrap();
    let key = names(&scene).positions(unused);
    let _: String = scene.redis.command(&["SET", &key, "x"]);
    let mut worker = Worker::spawn(scene.config());
    until_not_ready(&worker, &["partition", "WRONGTYPE"]);
    let _: u64 = scene.redis.command(&["DEL", &key]);
    worker.wait_ready();
    scene.assert_exact();
}
