//! The client against a Redis that is written to as the contract says, by hand: what a worker would hardly do can be done too.

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

#[tokio::test]
async fn the_snapshot_comes_first_and_then_each_change_once() {
    let mut world = World::new();
    world.set(&channel(1), "n", r#"{"a":1}"#);
    let client = world.client(NEVER).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, r#"[n:{"a":1}]"#);
    world.until_listened_to(&channel(1)).await;
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    assert_eq!(next(&mut room).await, r#"=n:{"a":2}"#);
    world.set(&channel(1), "m", "1");
    world.write(&channel(1), "n", None, false);
    assert_eq!(tell(&mut room, 2).await, ["=m:1", "-n"]);
    for number in 0..1_000 {
        world.set(&channel(1), "m", &number.to_string());
    }
    let expected: Vec<String> = (0..1_000).map(|number| format!("=m:{number}")).collect();
    assert_eq!(tell(&mut room, 1_000).await, expected);
    assert_quiet(&mut room).await;
}

#[tokio::test]
async fn a_change_carries_its_event_and_its_members() {
    let mut world = World::new();
    world.set(&channel(1), "n", r#"{"a":1}"#);
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    let Some(Ok(Change::Set { object, changed, event, .. })) = timeout(PATIENCE, room.next()).await.unwrap() else { panic!("a set") };
    assert_eq!(changed.unwrap().set[0].json, "2");
    assert_eq!((event.partition, event.offset, event.published_at_ms), (3, 1, Some(7)));
    assert_eq!((object.entry, room.token().position()), (Some(event.entry), Some(event.entry)));
}

#[tokio::test]
async fn a_lost_notice_is_made_up_for_by_looking() {
    let mut world = World::new();
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[]");
    let [_, strm, _] = world.keys(&channel(1));
    let delta = Delta { name: "n".to_owned(), change: Some(tag_data::Change::Deleted(true)), ..Delta::default() };
    redis::cmd("XADD").arg(strm).arg("*").arg("d").arg(delta.encode_to_vec()).exec(&mut world.connection).unwrap();
    assert_eq!(next(&mut room).await, "-n");
}

#[tokio::test]
async fn who_may_not_listen_looks_often() {
    let mut world = World::new();
    world.run(&["ACL", "SETUSER", "reader", "on", ">p", "~shasta:*", "+@read", "+multi", "+exec", "+ping", "+hello", "+info", "+cluster"]);
    let settings =
        config::Redis { username: Some("reader".to_owned()), password: Some(config::Secret::new("p")), ..world.redis.settings() };
    let client = Client::connect_sweeping(&settings, Duration::from_secs(20)).await.unwrap();
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    for number in 0..3 {
        world.set(&channel(1), "n", &number.to_string());
        assert_eq!(next(&mut room).await, format!("=n:{number}"));
    }
}

#[tokio::test]
async fn each_right_of_a_reader_is_needed() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let rights = ["+cluster|slots", "+multi", "+exec", "+hgetall", "+xrange", "+xrevrange", "+xinfo|stream", "+ssubscribe", "+ping"];
    let settings =
        config::Redis { username: Some("reader".to_owned()), password: Some(config::Secret::new("p")), ..world.redis.settings() };
    for missing in std::iter::once(None).chain(rights.iter().map(Some)) {
        let granted: Vec<&str> = rights.iter().copied().filter(|right| Some(right) != missing).collect();
        world.run(&[&["ACL", "SETUSER", "reader", "reset", "on", ">p", "~shasta:*", "&shasta:*"], granted.as_slice()].concat());
        world.run(&["CONFIG", "RESETSTAT"]);
        if let Ok(client) = Client::connect(&settings).await
            && let Ok(mut room) = client.follow(channel(1)).await
        {
            next(&mut room).await;
            let _resumed = timeout(Duration::from_millis(300), client.resume(room.token()).next()).await;
            // One look beyond the first, and one round of those who listen.
            let _quiet = timeout(Duration::from_millis(1_300), room.next()).await;
        }
        let Value::BulkString(errors) = world.run(&["INFO", "errorstats"]) else { panic!("a text") };
        // A transaction that may not be carried out is discarded, and says so.
        let errors = String::from_utf8(errors).unwrap();
        let refused = errors.contains("NOPERM") || errors.contains("EXECABORT");
        assert_eq!(refused, missing.is_some(), "without {missing:?}");
    }
}

#[tokio::test]
async fn a_channel_that_is_not_there_yet_misses_nothing() {
    let mut world = World::new();
    let mut room = world.client(NEVER).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[]");
    world.until_listened_to(&channel(1)).await;
    world.set(&channel(1), "n", "1");
    world.set(&channel(1), "n", "2");
    assert_eq!(tell(&mut room, 2).await, ["=n:1", "=n:2"]);
}

#[tokio::test]
async fn a_stream_that_was_trimmed_beyond_the_reader_is_told() {
    let mut world = World::new();
    let client = world.client(SOON).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.set(&channel(1), "n", "1");
    assert_eq!(next(&mut room).await, "=n:1");
    let [_, strm, _] = world.keys(&channel(1));
    (2..20).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    world.run(&["XTRIM", &strm, "MAXLEN", "3"]);
    assert_eq!(next(&mut room).await, "![n:19]");
    world.set(&channel(1), "n", "20");
    assert_eq!(next(&mut room).await, "=n:20");
}

#[tokio::test]
async fn what_redis_lost_is_told_and_what_it_gets_again_too() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[n:1]");
    world.run(&["FLUSHALL"]);
    assert_eq!(next(&mut room).await, "![]");
    // A replay: the same events, other ids.
    world.write_layout("8");
    world.offsets = 0;
    world.set(&channel(1), "n", "1");
    world.set(&channel(1), "n", "2");
    assert_eq!(tell(&mut room, 2).await, ["=n:1", "=n:2"]);
}

#[tokio::test]
async fn a_replay_between_two_looks_is_told() {
    let mut world = World::new();
    (1..4).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let mut room = world.client(NEVER).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[n:3]");
    let [snap, strm, _] = world.keys(&channel(1));
    world.run(&["DEL", &snap, &strm]);
    world.offsets = 0;
    (1..6).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let told = next(&mut room).await;
    assert!(told.starts_with("![n:"), "{told}");
}

#[tokio::test]
async fn an_expired_channel_is_empty() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    for key in &world.keys(&channel(1))[..2] {
        world.run(&["PEXPIRE", key, "1"]);
    }
    assert_eq!(next(&mut room).await, "![]");
    assert_quiet(&mut room).await;
}

#[tokio::test]
async fn a_token_goes_on_where_the_reader_was() {
    let mut world = World::new();
    world.set(&channel(1), "n", r#"{"a":1}"#);
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    next(&mut room).await;
    let token: Token = room.token().to_string().parse().unwrap();
    drop(room);
    world.write(&channel(1), "n", Some(r#"{"a":3}"#), true);
    world.set(&channel(1), "m", "1");
    let client = world.client(SOON).await;
    let mut resumed = client.resume(token.clone());
    assert_eq!(resumed.token(), token);
    assert_eq!(tell(&mut resumed, 2).await, [r#"=n:{"a":3}"#, "=m:1"]);
    world.set(&channel(1), "m", "2");
    assert_eq!(next(&mut resumed).await, "=m:2");
    let [_, strm, _] = world.keys(&channel(1));
    world.run(&["XTRIM", &strm, "MAXLEN", "1"]);
    assert_eq!(next(&mut client.resume(token)).await, r#"![m:2 n:{"a":3}]"#);
}

#[tokio::test]
async fn a_snapshot_goes_on_where_a_token_alone_can_not() {
    let mut world = World::new();
    let client = world.client(SOON).await;
    world.set(&channel(1), "n", r#"{"a":0}"#);
    let [_, strm, _] = world.keys(&channel(1));
    world.write(&channel(1), "n", Some(r#"{"a":1}"#), true);
    world.run(&["XTRIM", &strm, "MAXLEN", "1"]);
    let snapshot = client.snapshot(&channel(1)).await.unwrap();
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    world.write(&channel(1), "n", Some(r#"{"a":3}"#), true);
    assert_eq!(next(&mut client.resume(snapshot.token.clone())).await, r#"![n:{"a":3}]"#);
    assert_eq!(tell(&mut client.resume(snapshot), 2).await, [r#"=n:{"a":2}"#, r#"=n:{"a":3}"#]);
}

#[tokio::test]
async fn a_call_that_is_dropped_loses_nothing() {
    let mut world = World::new();
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    (0..500).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let mut told = Vec::new();
    let give_up = Instant::now() + PATIENCE;
    while told.len() < 500 && Instant::now() < give_up {
        if let Ok(change) = timeout(Duration::from_micros(200), room.next()).await {
            told.push(short(change.unwrap().unwrap()));
        }
    }
    let expected: Vec<String> = (0..500).map(|number| format!("=n:{number}")).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_broken_connection_is_made_anew_and_nothing_missed() {
    let mut world = World::new();
    let mut room = world.client(NEVER).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    for number in 0..5 {
        world.until_listened_to(&channel(1)).await;
        world.run(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        world.run(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        world.set(&channel(1), "n", &number.to_string());
        assert_eq!(next(&mut room).await, format!("=n:{number}"));
    }
}

#[tokio::test]
async fn a_server_that_stands_still_is_waited_for() {
    let mut world = World::new();
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.redis.freeze();
    let waited = timeout(Duration::from_secs(4), room.next()).await;
    world.redis.thaw();
    assert!(waited.is_err(), "{waited:?}");
    world.set(&channel(1), "n", "1");
    assert_eq!(next(&mut room).await, "=n:1");
}

#[tokio::test]
async fn a_slow_caller_holds_no_more_than_a_page() {
    let mut world = World::new();
    world.set(&channel(1), "n", "-1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    (0..1_000).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let ready = |room: &Subscription| {
        let text = format!("{room:?}");
        text.split_once("ready: ").unwrap().1.split_once(|c: char| !c.is_ascii_digit()).unwrap().0.parse::<usize>().unwrap()
    };
    for number in 0..1_000 {
        assert_eq!(next(&mut room).await, format!("=n:{number}"));
        assert!(ready(&room) < 128, "{room:?}");
    }
    // While nobody asks, nobody reads.
    let mut reads = || {
        let Value::BulkString(stats) = world.run(&["INFO", "commandstats"]) else { panic!("statistics") };
        let stats = String::from_utf8(stats).unwrap();
        stats.split_once("cmdstat_xrange:calls=").unwrap().1.split_once(',').unwrap().0.parse::<u64>().unwrap()
    };
    let before = reads();
    sleep(10 * SOON).await;
    assert_eq!(reads(), before);
}

#[tokio::test]
async fn many_channels_are_followed_over_two_connections() {
    let mut world = World::new();
    (0..300).for_each(|number| world.set(&channel(number), "n", "0"));
    let mut rooms = world.client(NEVER).await.follow_many((0..300).map(channel));
    assert!(!rooms.add(channel(7)));
    let mut state: BTreeMap<Channel, String> = BTreeMap::new();
    let mut take = async |rooms: &mut Subscriptions, count| {
        for _ in 0..count {
            let (channel, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
            state.insert(channel, short(change.unwrap()));
        }
        state.values().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(take(&mut rooms, 300).await.len(), 1);
    for number in 0..8 {
        world.until_listened_to(&channel(number)).await;
    }
    let Value::BulkString(clients) = world.run(&["CLIENT", "LIST"]) else { panic!("a list") };
    // Reading, listening, and the test's own.
    assert_eq!(String::from_utf8(clients).unwrap().lines().count(), 3);
    (0..300).for_each(|number| world.set(&channel(number), "n", "1"));
    for _ in 0..300 {
        let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert_eq!(short(change.unwrap()), "=n:1");
    }
    assert!(rooms.remove(&channel(3)) && !rooms.remove(&channel(3)));
    world.set(&channel(3), "n", "2");
    world.set(&channel(4), "n", "2");
    let (told, _) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!((told, rooms.len()), (channel(4), 299));
}

#[tokio::test]
async fn everything_is_followed_what_is_there_and_what_comes() {
    let mut world = World::new();
    (0..50).for_each(|number| world.set(&channel(number), "n", "0"));
    let mut rooms = world.client(NEVER).await.follow_all();
    for _ in 0..50 {
        let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert_eq!(short(change.unwrap()), "[n:0]");
    }
    world.until_listened_to(&channel(99)).await;
    world.set(&channel(99), "n", "0");
    let (told, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!((told, short(change.unwrap()), rooms.len()), (channel(99), "[n:0]".to_owned(), 51));
    // Gone and told: not followed any more, until it is there again.
    let [snap, strm, note] = world.keys(&channel(99));
    world.run(&["DEL", &snap, &strm]);
    world.run(&["SPUBLISH", &note, &channel(99).to_string()]);
    let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!((short(change.unwrap()), rooms.len()), ("![]".to_owned(), 50));
    world.set(&channel(99), "n", "1");
    let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!(short(change.unwrap()), "[n:1]");
}

#[tokio::test]
async fn a_channel_that_comes_while_nobody_listens_is_found_at_once() {
    let mut world = World::new();
    let mut rooms = world.client(NEVER).await.follow_all();
    world.set(&channel(0), "n", "0");
    for number in 0..5 {
        let (told, _) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert_eq!(told, channel(number));
        world.until_listened_to(&channel(number + 1)).await;
        world.run(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        world.set(&channel(number + 1), "n", "0");
    }
}

#[tokio::test]
async fn a_replica_can_be_asked_at_any_time() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let client = Client::connect(world.url().as_str()).await.unwrap();
    let mut replica = client.replica(channel(1)).await.unwrap();
    assert_eq!(replica.get("n").unwrap().data(), "1");
    world.set(&channel(1), "n", "2");
    timeout(PATIENCE, async {
        while replica.get("n").unwrap().data() != "2" {
            replica.changed().await;
        }
    })
    .await
    .unwrap();
    assert_eq!((replica.channel(), replica.error().is_none()), (channel(1), true));
    assert_eq!(replica.snapshot(), client.snapshot(&channel(1)).await.unwrap());
}

#[tokio::test]
async fn no_task_is_left_behind() {
    let world = World::new();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let client = world.client(SOON).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    let (replica, all) = (client.replica(channel(2)).await.unwrap(), client.follow_all());
    assert!(tasks() > before);
    drop((client, room, replica, all));
    let give_up = Instant::now() + PATIENCE;
    while tasks() > before {
        assert!(Instant::now() < give_up, "{} tasks are left", tasks() - before);
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_does_not_pass_by_itself_is_an_error_and_tried_again() {
    let mut world = World::new();
    let client = world.client(SOON).await;
    let [snap, strm, _] = world.keys(&channel(1));
    world.run(&["SET", &snap, "x"]);
    world.run(&["SET", &strm, "x"]);
    let error = client.follow(channel(1)).await.unwrap_err();
    assert!(error.to_string().contains("WRONGTYPE") && !error.is_retryable(), "{error}");
    let mut room = client.resume("app/room-1/application@-".parse::<Token>().unwrap());
    assert!(timeout(PATIENCE, room.next()).await.unwrap().unwrap().is_err());
    world.run(&["DEL", &snap, &strm]);
    world.set(&channel(1), "n", "1");
    let told = loop {
        if let Ok(change) = timeout(PATIENCE, room.next()).await.unwrap().unwrap() {
            break short(change);
        }
    };
    assert_eq!(told, "=n:1");
}

#[tokio::test]
async fn channels_that_are_elsewhere_since_are_not_taken_for_empty() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let client = world.client(SOON).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.run(&["FLUSHALL"]);
    // Without a layout it may be empty indeed; with another one it is not.
    assert_eq!(next(&mut room).await, "![]");
    world.write_layout("16");
    let error = timeout(PATIENCE, room.next()).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, ClientError::LayoutChanged { before: 8, now: 16, .. }), "{error}");
}

#[tokio::test]
async fn none_of_many_channels_that_are_elsewhere_since_is_taken_for_empty() {
    let mut world = World::new();
    (0..200).for_each(|number| world.set(&channel(number), "n", "1"));
    let mut rooms = world.client(SOON).await.follow_many((0..200).map(channel));
    for _ in 0..200 {
        timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap().1.unwrap();
    }
    // At once: where there is no layout for a moment, the channels may be empty indeed.
    let layout = ["shasta:layout", "version", "1", "slices", "16", "hash", "murmur2", "group:t", "g"];
    redis::pipe().atomic().cmd("FLUSHALL").cmd("HSET").arg(&layout).exec(&mut world.connection).unwrap();
    // Each more than once: with every try.
    for _ in 0..600 {
        let (channel, told) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert!(matches!(told, Err(ClientError::LayoutChanged { before: 8, now: 16, .. })), "{channel}: {told:?}");
    }
}

#[tokio::test]
async fn a_rebuild_is_an_error_while_nothing_is_there_and_then_told() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[n:1]");
    let layout = ["shasta:layout", "version", "rebuilding", "slices", "8", "hash", "murmur2", "group:t", "g"];
    redis::pipe().atomic().cmd("FLUSHALL").cmd("HSET").arg(&layout).exec(&mut world.connection).unwrap();
    for _ in 0..2 {
        let error = timeout(PATIENCE, room.next()).await.unwrap().unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Layout(_)), "{error}");
    }
    world.offsets = 0;
    world.set(&channel(1), "n", "1");
    world.write_layout("8");
    let told = loop {
        if let Ok(change) = timeout(PATIENCE, room.next()).await.unwrap().unwrap() {
            break short(change);
        }
    };
    assert_eq!(told, "![n:1]");
    world.set(&channel(1), "n", "2");
    assert_eq!(next(&mut room).await, "=n:2");
}
