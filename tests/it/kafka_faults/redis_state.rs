//! Positions in Redis as a test looks at them, and takes them away.

use std::collections::BTreeMap;

use crate::support::checker::{Channel, Names};
use crate::support::scene::Scene;

pub fn names(scene: &Scene) -> Names {
    let slices: u32 = scene.redis.command(&["HGET", &format!("{}layout", scene.prefix), "slices"]);
    Names::new(&scene.prefix, slices)
}

/// The offset of a partition in each slice that has one.
pub fn positions(scene: &Scene, partition: i32) -> BTreeMap<u32, i64> {
    let world = scene.world();
    let positions = names(scene).positions_of(&world.store, &scene.topic, partition);
    positions.into_iter().map(|(slice, position)| (slice, position.unwrap().1)).collect()
}

/// All that the slice of a channel holds is lost.
pub fn lose_slice_of(scene: &Scene, channel: &Channel) {
    let slice = names(scene).slice(channel);
    let keys: Vec<String> = scene.redis.command(&["KEYS", &format!("{}{{s{slice}}}:*", scene.prefix)]);
    assert!(!keys.is_empty());
    let words: Vec<&str> = ["DEL"].into_iter().chain(keys.iter().map(String::as_str)).collect();
    let _: u64 = scene.redis.command(&words);
}
