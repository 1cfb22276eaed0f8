//! The oracle accepts what is right and finds each of the things that can be wrong.

mod contract;
mod entries;
mod state;

use std::sync::OnceLock;

use prost::Message;

use super::naive_writer::NaiveWriter;
use crate::support::checker::{
    Change, Changed, Channel, Codec, Delta, Envelope, EventChange, Kind, Member, Names, Rules, Violation, World, assert_correct,
    channel_key, check, describe, judge, murmur2_positive,
};
use crate::support::events::{EventOptions, Events, KeyMode, channel, invalid_records, object_name, tag_data};
use crate::support::kafka::{KafkaBroker, KafkaRecord, unique};
use crate::support::redis::{RedisOptions, RedisServer};
use crate::support::redis_cluster::RedisCluster;

const SLICES: u32 = 20;
const PREFIX: &str = "oracle[1]*:";

/// Everything that the tests change for the worse is a copy of this, or is put back.
fn rules() -> Rules {
    Rules { slices: Some(SLICES), committed_to_the_end: true, ..Rules::default() }
}

/// Real records in a real topic, applied by the naive writer to a real Redis.
fn written(server: &RedisServer, key: KeyMode, seed: u64) -> World {
    let kafka = KafkaBroker::shared();
    let (topic, group) = (unique("oracle"), unique("oracle-group"));
    kafka.create_topic(&topic, 4, &[]);
    kafka.create_topic(&format!("{topic}.dlq"), 1, &[]);
    let mut events = Events::new(EventOptions { seed, key, channels: 12, deletes: 0.1, ..EventOptions::default() });
    kafka.produce(&topic, &events.batch(400));
    kafka.produce(&topic, &invalid_records(1));
    kafka.produce(&topic, &events.batch(400));
    let names = Names::new(PREFIX, SLICES);
    let rng = fastrand::Rng::with_seed(seed);
    let mut writer = NaiveWriter { kafka, topic: &topic, group: &group, names, rules: rules(), rng };
    writer.run(&mut server.conn());
    World::read(kafka, &topic, &group, PREFIX, &mut [server.conn()])
}

#[test]
fn what_the_naive_writer_leaves_is_accepted_for_every_kind_of_key() {
    for (seed, key) in [KeyMode::Channel, KeyMode::Object, KeyMode::None, KeyMode::Scattered].into_iter().enumerate() {
        let server = RedisServer::start(RedisOptions::default());
        let world = written(&server, key, seed as u64);
        assert_eq!(world.log.len(), 800 + invalid_records(0).len());
        assert_eq!(world.dead_letters.len(), invalid_records(0).len());
        let entries: usize = world.store.streams.values().map(Vec::len).sum();
        assert_eq!(entries, 800);
        assert_correct(&world, &rules());
        // The events are such that both forms of a change occur, and deletions.
        let kinds: Vec<&str> = deltas(&world).iter().map(|(_, _, delta)| name_of(delta)).collect();
        for kind in ["set", "changed", "deleted"] {
            assert!(kinds.iter().filter(|found| **found == kind).count() > 20, "{kind} in {key:?}");
        }
    }
}

#[test]
fn a_cluster_is_read_whole() {
    let cluster = RedisCluster::start();
    let mut nodes: Vec<_> = cluster.primaries().iter().map(|primary| primary.conn()).collect();
    for slice in 0..SLICES {
        let key = format!("{PREFIX}{{s{slice}}}:pos");
        let _: u32 = cluster.node_of_key(&key).command(&["HSET", &key, "f", "v"]);
    }
    let dump = crate::support::checker::StoreDump::read(&mut nodes, PREFIX);
    assert_eq!(dump.hashes.len(), SLICES as usize);
}

/// The faults of the store itself, made in Redis, so that what reads it is tested too.
#[test]
fn faults_in_redis_are_found() {
    let server = RedisServer::start(RedisOptions::default());
    let good = written(&server, KeyMode::Channel, 9);
    let names = Names::new(PREFIX, SLICES);
    let room = channel(1);
    let (stream, snapshot) = (names.stream(&room), names.snapshot(&room));
    let first = good.store.streams[&stream][0].id.clone();
    let position = names.positions(names.slice(&room));
    let faults: [(&[&str], Kind); 9] = [
        (&["XDEL", &stream, &first], Kind::MissingEntry),
        (&["HSET", &snapshot, "nobody", "x"], Kind::ExtraObject),
        (&["DEL", &snapshot], Kind::MissingObject),
        (&["DEL", &position], Kind::MissingPosition),
        (&["SET", "oracle[1]*:{s1}:snap:a/b/c", "x"], Kind::UnexpectedKey),
        (&["EXPIRE", &position, "1000"], Kind::Expiry),
        (&["EXPIRE", &snapshot, "1000"], Kind::Expiry),
        (&["HSET", "oracle[1]*:layout", "version", "2"], Kind::Layout),
        (&["XADD", &stream, "*", "e", "x"], Kind::Unreadable),
    ];
    for (command, kind) in faults {
        let _: redis::Value = server.command(command);
        let world = World::read(KafkaBroker::shared(), &good.topic, &good.group, PREFIX, &mut [server.conn()]);
        assert_found(kind, &check(&world, &rules()), command[0]);
        let mut connection = server.conn();
        let _: String = crate::support::redis::command(&mut connection, &["FLUSHALL"]);
        rewrite(&mut connection, &good);
    }
    let world = World::read(KafkaBroker::shared(), &good.topic, &good.group, PREFIX, &mut [server.conn()]);
    assert_correct(&world, &rules());
}

/// Puts a world's keys back as they were.
fn rewrite(redis: &mut redis::Connection, world: &World) {
    for (key, hash) in &world.store.hashes {
        redis::cmd("HSET").arg(key).arg(hash.clone().into_iter().collect::<Vec<_>>()).query::<()>(redis).unwrap();
    }
    for (key, entries) in &world.store.streams {
        for entry in entries {
            redis::cmd("XADD").arg(key).arg(&entry.id).arg(&entry.fields).query::<()>(redis).unwrap();
        }
    }
}

fn good_world() -> World {
    static GOOD: OnceLock<World> = OnceLock::new();
    let good = GOOD.get_or_init(|| {
        let world = written(&RedisServer::start(RedisOptions::default()), KeyMode::Channel, 5);
        assert_correct(&world, &rules());
        world
    });
    good.clone()
}

fn assert_found(kind: Kind, violations: &[Violation], what: &str) {
    assert!(violations.iter().any(|violation| violation.kind == kind), "{what}: no {kind:?} in\n{}", describe(violations));
}

/// Makes one thing wrong in a good world and wants it found.
#[track_caller]
fn rejects(kind: Kind, corrupt: impl FnOnce(&mut World)) {
    let mut world = good_world();
    corrupt(&mut world);
    assert_found(kind, &check(&world, &rules()), "corrupted");
}

fn deltas(world: &World) -> Vec<(String, usize, Delta)> {
    let decode = |(key, entries): (&String, &Vec<_>)| {
        let delta = |(index, entry): (usize, &crate::support::checker::StreamEntry)| {
            (key.clone(), index, Delta::decode(entry.fields[0].1.as_slice()).unwrap())
        };
        entries.iter().enumerate().map(delta).collect::<Vec<_>>()
    };
    world.store.streams.iter().flat_map(decode).collect()
}

fn name_of(delta: &Delta) -> &'static str {
    match delta.change {
        Some(Change::Set(_)) => "set",
        Some(Change::Changed(_)) => "changed",
        Some(Change::Deleted(_)) => "deleted",
        None => "nothing",
    }
}

/// Replaces the first delta that `change` has another form for.
fn change_delta(world: &mut World, change: impl Fn(Delta) -> Option<Delta>) {
    let (key, index, delta) = deltas(world).into_iter().find_map(|(key, index, delta)| Some((key, index, change(delta)?))).unwrap();
    world.store.streams.get_mut(&key).unwrap()[index].fields[0].1 = delta.encode_to_vec();
}

fn change_changed(world: &mut World, change: impl Fn(Changed) -> Option<Changed>) {
    change_delta(world, |delta| match delta.change.clone() {
        Some(Change::Changed(changed)) => Some(Delta { change: Some(Change::Changed(change(changed)?)), ..delta }),
        _ => None,
    });
}

fn longest_stream(world: &mut World) -> &mut Vec<crate::support::checker::StreamEntry> {
    world.store.streams.values_mut().max_by_key(|entries| entries.len()).unwrap()
}

/// Some snapshot with at least one object: (key, name).
fn some_object(world: &World) -> (String, Vec<u8>) {
    let (key, hash) = world.store.hashes.iter().find(|(key, _)| key.contains(":snap:")).unwrap();
    (key.clone(), hash.keys().next().unwrap().clone())
}

fn change_envelope(world: &mut World, change: impl FnOnce(&mut Envelope)) {
    let (key, name) = some_object(world);
    let bytes = world.store.hashes.get_mut(&key).unwrap().get_mut(&name).unwrap();
    let mut envelope = Envelope::decode(bytes.as_slice()).unwrap();
    change(&mut envelope);
    *bytes = envelope.encode_to_vec();
}

fn change_position(world: &mut World, change: impl Fn(&str, i64) -> String) {
    let hash = world.store.hashes.iter_mut().find(|(key, _)| key.ends_with(":pos")).unwrap().1;
    let text = hash.values_mut().next().unwrap();
    let (id, next) = std::str::from_utf8(text).unwrap().split_once(':').unwrap();
    *text = change(id, next.parse().unwrap()).into_bytes();
}

fn change_metadata(world: &mut World, change: impl Fn(Vec<&str>) -> String) {
    let committed = world.committed.get_mut(&1).unwrap();
    committed.metadata = change(committed.metadata.split(';').collect());
}
