//! `shasta read` beside a worker that folds: as an application's developer and somebody on call meet it.

mod cluster;
mod errors;
mod follow;
mod once;
mod resume;
mod rights;
mod terminal;

use std::time::Duration;

use serde_json::Value;

use crate::support::checker::{Channel, Names, TagData, channel_key};
use crate::support::events::{EventOptions, event, tag_data};
use crate::support::kafka::NewRecord;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::wait::until;
use crate::support::worker::Worker;

use prost::Message;
use terminal::{Ended, Terminal};

const LIMIT: Duration = Duration::from_secs(30);

/// A topic, a Redis and a worker between them; the rooms of one application are its channels.
struct House {
    scene: Scene,
    _worker: Worker,
}

impl House {
    fn new(label: &str) -> Self {
        Self::with(label, RedisOptions::default())
    }

    fn with(label: &str, redis: RedisOptions) -> Self {
        let scene = Scene::with(label, EventOptions::default(), redis);
        Self { _worker: scene.worker(), scene }
    }

    /// Sets an object, and waits until the worker has stored it.
    fn set(&self, room: &str, name: &str, data: &str) {
        self.publish(&[event(&channel(room), name, data)]);
    }

    fn delete(&self, room: &str, name: &str) {
        let value = TagData { deleted: Some(true), data: None, ..tag_data(&channel(room), name, "") }.encode_to_vec();
        self.publish(&[NewRecord { key: Some(channel_key(&channel(room))), value: Some(value), ..NewRecord::default() }]);
    }

    fn publish(&self, records: &[NewRecord]) {
        self.scene.kafka.produce(&self.scene.topic, records);
        self.scene.settle();
    }

    /// `shasta read` with these arguments, and where this house's Redis is.
    fn read(&self, arguments: &[&str]) -> Terminal {
        let redis = [format!("redis.nodes={}", self.scene.redis.address()), format!("redis.prefix={}", self.scene.prefix)];
        Terminal::read(arguments.iter().copied().chain(redis.iter().flat_map(|set| ["--set", set])))
    }

    /// What it prints until it ends by itself.
    fn printed(&self, arguments: &[&str]) -> Ended {
        self.read(arguments).ended()
    }

    /// Waits until notices of a room are listened to.
    fn until_listened_to(&self, room: &str) {
        let note = self.note(room);
        until("notices to be listened to", LIMIT, || {
            let listeners: (String, i64) = self.scene.redis.command(&["PUBSUB", "SHARDNUMSUB", &note]);
            (listeners.1 > 0).then_some(())
        });
    }

    fn note(&self, room: &str) -> String {
        let names = Names::new(&self.scene.prefix, 1024);
        names.note(names.slice(&channel(room)))
    }

    /// The snapshot hash and the stream of a room.
    fn keys(&self, room: &str) -> [String; 2] {
        let names = Names::new(&self.scene.prefix, 1024);
        [names.snapshot(&channel(room)), names.stream(&channel(room))]
    }
}

fn channel(room: &str) -> Channel {
    Channel::new("house", room, "application")
}

fn path(room: &str) -> String {
    channel(room).escaped()
}

/// A followed line in few words: what, of which object, with which data.
fn short(line: &Value) -> String {
    let kind = line["type"].as_str().unwrap();
    match (&line["name"], &line["objects"]) {
        (Value::String(name), _) => format!("{kind} {name} {}", line["data"]),
        (_, Value::Object(objects)) => {
            let objects: Vec<String> = objects.iter().map(|(name, object)| format!("{name}={}", object["data"])).collect();
            format!("{kind} {}", objects.join(" "))
        }
        _ => panic!("a line of another kind: {line}"),
    }
}
