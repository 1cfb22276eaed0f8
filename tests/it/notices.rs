//! Notices to readers, from a real worker.

use std::collections::BTreeSet;

use crate::support::checker::Names;
use crate::support::events::channel;
use crate::support::scene::Scene;
use crate::support::subscriber::{Subscriber, notes};
use crate::support::worker::Worker;

const SLICES: u32 = 16;

/// The notes that have to name the channels of these rooms.
fn expected(prefix: &str, rooms: u32) -> BTreeSet<(String, String)> {
    let names = Names::new(prefix, SLICES);
    let named = |room| {
        let channel = channel(room);
        (names.note(names.slice(&channel)), channel.escaped())
    };
    (0..rooms).map(named).collect()
}

#[test]
fn every_channel_that_changed_is_named_by_its_slice() {
    let mut scene = Scene::new("notices");
    let mut subscriber = Subscriber::new(&scene.redis, &notes(&scene.prefix, SLICES));
    let mut worker = Worker::start(scene.config().set("redis.slices", SLICES));
    scene.publish(1_000);
    scene.assert_exact();
    let rooms = scene.events.options().channels;
    assert_eq!(subscriber.named(), expected(&scene.prefix, rooms));
    // Commits bring idle slices along: calls without an event.
    scene.publish(1);
    scene.assert_exact();
    assert_eq!(subscriber.heard().len(), 1);
    assert!(worker.stop().success(), "{}", worker.log());

    let _worker = Worker::start(scene.config().set("redis.slices", SLICES).set("fold.notices", false));
    scene.publish(100);
    scene.assert_exact();
    assert_eq!(subscriber.heard(), []);
}
