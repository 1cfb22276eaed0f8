//! One slice out of many is lost or goes back, whether its channels are busy or idle.

use std::collections::BTreeMap;

use super::load::Load;
use super::{LIMIT, LOSS, SLICES, names, until_applied_more, until_logged};
use crate::support::checker::{Channel, channel_key};
use crate::support::events::{channel, event, partition_of};
use crate::support::scene::Scene;

/// Every key of the slice.
fn keys(scene: &Scene, slice: u32) -> Vec<String> {
    scene.redis.command(&["KEYS", &format!("{}{{s{slice}}}:*", scene.prefix)])
}

fn delete(scene: &Scene, slice: u32) {
    let keys = keys(scene, slice);
    let words: Vec<&str> = std::iter::once("DEL").chain(keys.iter().map(String::as_str)).collect();
    assert!(scene.redis.command::<u64>(&words) >= 2, "{keys:?}");
}

/// The slice as it is now, to be put back later.
struct Slice(BTreeMap<String, Vec<u8>>);

impl Slice {
    fn dump(scene: &Scene, slice: u32) -> Self {
        Self(keys(scene, slice).into_iter().map(|key| (key.clone(), scene.redis.command(&["DUMP", &key]))).collect())
    }

    fn restore(&self, scene: &Scene) {
        let mut pipe = redis::pipe();
        pipe.atomic();
        for (key, bytes) in &self.0 {
            pipe.cmd("RESTORE").arg(key).arg(0).arg(bytes).arg("REPLACE");
        }
        pipe.exec(&mut scene.redis.conn()).unwrap();
    }
}

#[test]
fn a_slice_that_is_lost_under_load_is_replayed() {
    let mut scene = Scene::new("slice-busy");
    let worker = scene.worker();
    let load = Load::start(&mut scene, 1_500);
    until_applied_more(&worker, 600.0);
    delete(&scene, names(&scene).slice(&channel(0)));
    until_logged(&worker, LOSS, LIMIT);
    load.finish();
    scene.assert_exact_soon();
}

#[test]
fn a_slice_that_is_lost_while_all_is_idle_is_replayed() {
    let mut scene = Scene::new("slice-idle");
    let worker = scene.worker();
    scene.publish(600);
    scene.assert_exact();
    delete(&scene, names(&scene).slice(&channel(0)));
    until_logged(&worker, LOSS, LIMIT);
    scene.assert_exact_soon();
}

#[test]
fn a_slice_that_goes_back_is_replayed_from_there() {
    let mut scene = Scene::new("slice-back");
    let mut worker = scene.worker();
    scene.publish(600);
    scene.settle();
    let slice = names(&scene).slice(&channel(1));
    let older = Slice::dump(&scene, slice);
    let load = Load::start(&mut scene, 1_000);
    until_applied_more(&worker, 500.0);
    older.restore(&scene);
    until_logged(&worker, LOSS, LIMIT);
    load.finish();
    scene.assert_exact_soon();

    assert!(worker.stop().success());
    older.restore(&scene);
    let _worker = scene.worker();
    scene.assert_exact_soon();
}

/// Two channels of one partition.
fn neighbours() -> (Channel, Channel) {
    let of_partition = |room: &u32| partition_of(&channel_key(&channel(*room)), 4) == 1;
    let mut rooms = (0..).filter(of_partition).map(channel);
    (rooms.next().unwrap(), rooms.next().unwrap())
}

#[test]
fn a_position_that_goes_back_in_an_idle_slice_is_found_busy_and_idle() {
    let scene = Scene::new("position-back");
    let worker = scene.worker();
    let (idle, busy) = neighbours();
    let send = |channel: &Channel, from: usize, to: usize| {
        let records: Vec<_> = (from..to).map(|n| event(channel, &format!("o{}", n % 5), &format!("{{\"n\":{n}}}"))).collect();
        scene.kafka.produce(&scene.topic, &records);
    };
    send(&idle, 0, 50);
    send(&busy, 0, 200);
    scene.assert_exact();
    let (key, field) = (names(&scene).positions(names(&scene).slice(&idle)), format!("{}/1", scene.topic));
    let id = scene.kafka.topic_id(&scene.topic).unwrap();
    let set_back = || {
        let found: String = scene.redis.command(&["HGET", &key, &field]);
        assert_ne!(found, format!("{id}:50"), "of {SLICES} slices");
        let _: u64 = scene.redis.command(&["HSET", &key, &field, &format!("{id}:50")]);
    };
    set_back();
    until_logged(&worker, LOSS, LIMIT);
    scene.assert_exact_soon();

    set_back();
    send(&busy, 200, 600);
    scene.assert_exact_soon();
    assert!(worker.log().matches(LOSS).count() >= 2, "{}", worker.log());
}
