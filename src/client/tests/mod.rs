//! The client against a Redis that is written to as the contract says, by hand: what a worker would hardly do can be done too.

mod following;
mod life;
mod losses;
mod many;
mod resuming;
mod rights;

use std::collections::BTreeMap;
use std::time::Duration;

use prost::Message;
use redis::Value;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::config;
use crate::core::tag_data::{self, Delta, Member, TagDataEnvelope};
use crate::store::scratch::{ScratchRedis, run};

const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than any test: only notices tell.
const NEVER: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_millis(50);

struct World {
    redis: ScratchRedis,
    connection: redis::Connection,
    offsets: u64,
}

impl World {
    fn new() -> Self {
        let redis = ScratchRedis::start();
        let mut world = Self { connection: redis.connection(), redis, offsets: 0 };
        world.write_layout("8");
        world
    }

    fn run(&mut self, words: &[&str]) -> Value {
        run(&mut self.connection, words).unwrap()
    }

    fn write_layout(&mut self, slices: &str) {
        self.run(&["HSET", "shasta:layout", "version", "1", "slices", slices, "hash", "murmur2", "group:t", "g"]);
    }

    fn keys(&self, channel: &Channel) -> [String; 3] {
        let slice = channel.key().hash() % 8;
        ["snap", "strm"]
            .map(|kind| format!("shasta:{{s{slice}}}:{kind}:{channel}"))
            .into_iter()
            .chain([format!("shasta:{{s{slice}}}:note")])
            .collect::<Vec<_>>()
            .try_into()
            .unwrap()
    }

    /// Sets an object as a worker does, in one go.
    fn set(&mut self, channel: &Channel, name: &str, data: &str) {
        self.write(channel, name, Some(data), false);
    }

    fn write(&mut self, channel: &Channel, name: &str, data: Option<&str>, as_member: bool) {
        let [snap, strm, note] = self.keys(channel);
        let tag_data = data.map(|data| TagData { identifier: None, deleted: None, lifetime: None, data: Some(data.to_owned()) });
        let change = match (&tag_data, as_member) {
            (Some(tag_data), true) => {
                let text = tag_data.data().trim_start_matches(r#"{"a":"#).trim_end_matches('}');
                let member = Member { name: "a".to_owned(), json: text.to_owned() };
                tag_data::Change::Changed(Changed { set: vec![member], removed: vec![], lifetime: None })
            }
            (Some(tag_data), false) => tag_data::Change::Set(tag_data.clone()),
            (None, _) => tag_data::Change::Deleted(true),
        };
        let delta = Delta { partition: 3, offset: self.offsets, timestamp_ms: 7, name: name.to_owned(), change: Some(change) };
        self.offsets += 1;
        let id: String = redis::cmd("XADD").arg(&strm).arg("*").arg("d").arg(delta.encode_to_vec()).query(&mut self.connection).unwrap();
        let mut pipe = redis::pipe();
        match tag_data {
            Some(tag_data) => {
                let envelope = TagDataEnvelope { tag_data: Some(tag_data), sequence_number: Some(id), timestamp_ms: Some(7) };
                pipe.cmd("HSET").arg(&snap).arg(name).arg(envelope.encode_to_vec());
            }
            None => drop(pipe.cmd("HDEL").arg(&snap).arg(name)),
        }
        pipe.cmd("SPUBLISH").arg(note).arg(channel.to_string()).exec(&mut self.connection).unwrap();
    }

    async fn client(&self, sweep_every: Duration) -> Client {
        Client::connect_sweeping(&self.redis.settings(), sweep_every).await.unwrap()
    }

    fn url(&self) -> String {
        format!("redis://{}", self.redis.address())
    }

    /// Waits until that many connections listen to notices.
    async fn until_listened_to(&mut self, channel: &Channel) {
        let note = self.keys(channel)[2].clone();
        let give_up = Instant::now() + PATIENCE;
        while self.run(&["PUBSUB", "SHARDNUMSUB", &note]) != Value::Array(vec![Value::BulkString(note.clone().into_bytes()), Value::Int(1)])
        {
            assert!(Instant::now() < give_up, "nobody listens");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

fn channel(number: u32) -> Channel {
    Channel::new("app", format!("room-{number}"), Scope::Application).unwrap()
}

/// A change in few words: `=n:1` set, `-n` deleted, `[n:1]` a snapshot, `![n:1]` a fresh one.
fn short(change: Change) -> String {
    let objects = |snapshot: Snapshot| {
        let objects: Vec<String> = snapshot.objects.iter().map(|(name, object)| format!("{name}:{}", object.data())).collect();
        objects.join(" ")
    };
    match change {
        Change::Snapshot(snapshot) => format!("[{}]", objects(snapshot)),
        Change::Restarted(snapshot) => format!("![{}]", objects(snapshot)),
        Change::Set { name, object, .. } => format!("={name}:{}", object.data()),
        Change::Deleted { name, .. } => format!("-{name}"),
    }
}

async fn next(subscription: &mut Subscription) -> String {
    let change = timeout(PATIENCE, subscription.next()).await.expect("a change comes in time");
    short(change.unwrap().unwrap())
}

async fn tell(subscription: &mut Subscription, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..count {
        told.push(next(subscription).await);
    }
    told
}

async fn assert_quiet(subscription: &mut Subscription) {
    let change = timeout(Duration::from_millis(300), subscription.next()).await;
    assert!(change.is_err(), "{change:?}");
}
