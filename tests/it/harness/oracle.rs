//! The oracle accepts what is right and finds each of the things that can be wrong.

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

#[test]
fn a_missing_entry() {
    rejects(Kind::MissingEntry, |world| drop(longest_stream(world).remove(3)));
}

#[test]
fn a_missing_stream() {
    rejects(Kind::MissingEntry, |world| drop(world.store.streams.pop_first()));
}

#[test]
fn a_doubled_entry() {
    rejects(Kind::DoubledEntry, |world| {
        let entries = longest_stream(world);
        entries.push(entries.last().unwrap().clone());
    });
}

#[test]
fn entries_in_the_wrong_order() {
    rejects(Kind::WrongOrder, |world| longest_stream(world).swap(2, 3));
}

#[test]
fn an_entry_of_another_channel() {
    rejects(Kind::ForeignEntry, |world| {
        let (_, entries) = world.store.streams.pop_last().unwrap();
        longest_stream(world).extend(entries);
    });
}

#[test]
fn an_entry_with_more_than_its_field() {
    rejects(Kind::Unreadable, |world| longest_stream(world)[0].fields.push((b"e".to_vec(), b"x".to_vec())));
}

#[test]
fn a_change_that_leads_elsewhere() {
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| {
            changed.set.first_mut()?.json = "\"something else\"".to_owned();
            Some(changed)
        });
    });
}

#[test]
fn a_change_that_leaves_a_member_out() {
    rejects(Kind::WrongDelta, |world| change_changed(world, |mut changed| changed.set.pop().map(|_| changed)));
    rejects(Kind::WrongDelta, |world| change_changed(world, |mut changed| changed.removed.pop().map(|_| changed)));
}

#[test]
fn a_change_that_carries_too_much() {
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| {
            changed.set.push(Member { name: "note \"x\"".to_owned(), json: "{ \"nested\" : [1, 2.50, null] }".to_owned() });
            Some(changed)
        });
    });
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| {
            changed.removed.push("never there".to_owned());
            Some(changed)
        });
    });
}

#[test]
fn a_change_with_the_wrong_lifetime() {
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| changed.lifetime.take().map(|_| Changed { lifetime: Some(7), ..changed }));
    });
}

#[test]
fn a_change_of_an_object_that_is_not_there() {
    rejects(Kind::WrongDelta, |world| {
        let first = longest_stream(world)[0].clone();
        let delta = Delta::decode(first.fields[0].1.as_slice()).unwrap();
        let changed = Change::Changed(Changed { set: Vec::new(), removed: Vec::new(), lifetime: None });
        longest_stream(world)[0].fields[0].1 = Delta { change: Some(changed), ..delta }.encode_to_vec();
    });
}

#[test]
fn a_set_of_other_bytes() {
    rejects(Kind::WrongDelta, |world| {
        change_delta(world, |delta| match &delta.change {
            Some(Change::Set(_)) => {
                let other = tag_data(&channel(0), &delta.name, "{}").encode_to_vec();
                Some(Delta { change: Some(Change::Set(other)), ..delta })
            }
            _ => None,
        });
    });
}

#[test]
fn a_deletion_that_sets_and_a_set_that_deletes() {
    let becomes = |kind: &'static str, change: Change| {
        move |delta: Delta| (name_of(&delta) == kind).then(|| Delta { change: Some(change.clone()), ..delta })
    };
    rejects(Kind::WrongDelta, |world| change_delta(world, becomes("deleted", Change::Set(Vec::new()))));
    rejects(Kind::WrongDelta, |world| change_delta(world, becomes("deleted", Change::Deleted(false))));
    rejects(Kind::WrongDelta, |world| change_delta(world, becomes("set", Change::Deleted(true))));
}

#[test]
fn a_delta_of_another_name_or_time() {
    rejects(Kind::WrongDelta, |world| change_delta(world, |delta| Some(Delta { name: "x".to_owned(), ..delta })));
    rejects(Kind::WrongDelta, |world| change_delta(world, |delta| Some(Delta { timestamp_ms: delta.timestamp_ms + 1, ..delta })));
}

#[test]
fn a_stale_object() {
    rejects(Kind::StaleObject, |world| {
        change_envelope(world, |envelope| envelope.tag_data = Some(tag_data(&channel(0), "x", "{}").encode_to_vec()));
    });
    rejects(Kind::StaleObject, |world| change_envelope(world, |envelope| envelope.timestamp_ms = Some(1)));
}

#[test]
fn a_wrong_sequence_number() {
    rejects(Kind::WrongSequence, |world| change_envelope(world, |envelope| envelope.sequence_number = Some("1-1".to_owned())));
    rejects(Kind::WrongSequence, |world| change_envelope(world, |envelope| envelope.sequence_number = None));
}

#[test]
fn an_object_too_many_and_one_too_few() {
    rejects(Kind::ExtraObject, |world| {
        let (key, name) = some_object(world);
        let hash = world.store.hashes.get_mut(&key).unwrap();
        hash.insert(b"another".to_vec(), hash[&name].clone());
    });
    rejects(Kind::MissingObject, |world| {
        let (key, name) = some_object(world);
        world.store.hashes.get_mut(&key).unwrap().remove(&name);
    });
}

#[test]
fn a_key_that_no_event_explains() {
    rejects(Kind::UnexpectedKey, |world| {
        let (key, _) = some_object(world);
        let hash = world.store.hashes[&key].clone();
        world.store.hashes.insert(format!("{PREFIX}{{s1}}:snap:other/room/system"), hash);
    });
}

#[test]
fn positions_that_are_missing_or_wrong() {
    rejects(Kind::MissingPosition, |world| {
        let key = world.store.hashes.keys().find(|key| key.ends_with(":pos")).unwrap().clone();
        world.store.hashes.remove(&key);
    });
    rejects(Kind::WrongPosition, |world| change_position(world, |id, _| format!("{id}:1")));
    rejects(Kind::WrongPosition, |world| change_position(world, |id, next| format!("{id}:{}", next + 1)));
    rejects(Kind::WrongPosition, |world| change_position(world, |_, next| format!("another:{next}")));
    rejects(Kind::WrongPosition, |world| change_position(world, |_, next| next.to_string()));
}

#[test]
fn a_commit_ahead_of_a_position_or_of_the_log() {
    rejects(Kind::CommittedAhead, |world| change_position(world, |id, next| format!("{id}:{}", next - 1)));
    rejects(Kind::CommittedAhead, |world| world.committed.get_mut(&1).unwrap().offset += 1);
    rejects(Kind::CommittedBehind, |world| world.committed.get_mut(&1).unwrap().offset -= 1);
}

#[test]
fn metadata_that_are_missing_or_wrong() {
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |_| String::new()));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;21;{};{};{}", parts[2], parts[3], parts[4])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};-;{}", parts[2], parts[4])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};0;{}", parts[2], parts[4])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};{};AAAA", parts[2], parts[3])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};{};AAA=", parts[2], parts[3])));
    rejects(Kind::CommittedAhead, |world| change_metadata(world, |parts| format!("1;20;{};{};//8P", parts[2], parts[3])));
}

#[test]
fn dead_letters_that_are_missing_wrong_or_too_many() {
    rejects(Kind::MissingDeadLetter, |world| drop(world.dead_letters.pop()));
    rejects(Kind::WrongDeadLetter, |world| world.dead_letters[0].value = None);
    rejects(Kind::WrongDeadLetter, |world| world.dead_letters[0].key = Some(Vec::new()));
    rejects(Kind::WrongDeadLetter, |world| drop(world.dead_letters[0].headers.remove(0)));
    rejects(Kind::WrongDeadLetter, |world| world.dead_letters[0].headers.retain(|(name, _)| name != "shasta-reason"));
    // An absent value and an empty one are not the same.
    rejects(Kind::WrongDeadLetter, |world| {
        let letter = world.dead_letters.iter_mut().find(|letter| letter.value.as_ref().is_some_and(Vec::is_empty)).unwrap();
        letter.value = None;
    });
    rejects(Kind::ExtraDeadLetter, |world| {
        let mut letter = world.dead_letters[0].clone();
        letter.headers.iter_mut().for_each(|(name, value)| {
            if name == "shasta-offset" {
                *value = Some(b"0".to_vec());
            }
        });
        world.dead_letters.push(letter);
    });
}

#[test]
fn a_wrong_layout() {
    for (field, value) in [("version", "2"), ("slices", "21"), ("slices", "x"), ("hash", "crc16")] {
        rejects(Kind::Layout, |world| {
            let layout = world.store.hashes.get_mut(&format!("{PREFIX}layout")).unwrap();
            layout.insert(field.as_bytes().to_vec(), value.as_bytes().to_vec());
        });
    }
    rejects(Kind::Layout, |world| drop(world.store.hashes.remove(&format!("{PREFIX}layout"))));
    rejects(Kind::Layout, |world| world.group = "another".to_owned());
}

#[test]
fn a_wrong_typed_channel_may_be_among_the_dead_letters() {
    let mut world = good_world();
    let room = world.store.streams.iter().max_by_key(|(_, entries)| entries.len()).unwrap().0.clone();
    let entry = world.store.streams.get_mut(&room).unwrap().remove(0);
    let delta = Delta::decode(entry.fields[0].1.as_slice()).unwrap();
    let place = (i32::try_from(delta.partition).unwrap(), i64::try_from(delta.offset).unwrap());
    let record = world.log.iter().find(|record| (record.partition, record.offset) == place).unwrap().clone();
    let event = judge(&record, &rules()).unwrap();
    let mut letter = world.dead_letters[0].clone();
    letter.headers.retain(|(name, _)| name.starts_with("shasta-"));
    letter.headers.splice(0..0, record.headers.clone());
    for (name, value) in &mut letter.headers {
        match name.as_str() {
            "shasta-partition" => *value = Some(place.0.to_string().into_bytes()),
            "shasta-offset" => *value = Some(place.1.to_string().into_bytes()),
            "shasta-timestamp" => *value = Some(record.timestamp_ms.to_string().into_bytes()),
            _ => {}
        }
    }
    world.dead_letters.push(KafkaRecord { key: record.key, value: record.value, ..letter });
    assert_found(Kind::MissingEntry, &check(&world, &rules()), "not wrong-typed");
    assert_found(Kind::ExtraDeadLetter, &check(&world, &rules()), "not wrong-typed");
    let lenient = Rules { wrong_typed: [event.channel].into(), ..rules() };
    let left = check(&world, &lenient);
    let about_the_letter = [Kind::MissingEntry, Kind::ExtraDeadLetter, Kind::AppliedDeadLetter];
    assert!(!left.iter().any(|found| about_the_letter.contains(&found.kind)), "{}", describe(&left));
    world.store.streams.get_mut(&room).unwrap().insert(0, entry);
    let [found] = check(&world, &lenient).try_into().unwrap();
    assert_eq!(found.kind, Kind::AppliedDeadLetter);
}

/// Fixed by hand: where the oracle's own arithmetic must agree with the world.
#[test]
fn names_are_those_of_the_contract() {
    assert_eq!(murmur2_positive(b"21"), (-973_932_308_i32 as u32) & 0x7fff_ffff);
    assert_eq!(murmur2_positive(b"foobar"), (-790_332_482_i32 as u32) & 0x7fff_ffff);
    assert_eq!(murmur2_positive(b"abc"), 479_470_107);
    assert_eq!(murmur2_positive(b"a-little-bit-long-string"), (-985_981_536_i32 as u32) & 0x7fff_ffff);
    let room = Channel::new("a/b", "{x} ü", "system");
    assert_eq!(room.escaped(), "a%2Fb/%7Bx%7D%20%C3%BC/system");
    assert_eq!(channel_key(&Channel::new("app", "t", "s")), b"\x0a\x03app\x12\x01t\x1a\x01s");
    let long = Channel::new(&"a".repeat(200), "t", "s");
    assert_eq!(channel_key(&long)[..3], [0x0a, 0xc8, 0x01]);
    let names = Names::new("p:", 1024);
    let slice = names.slice(&room);
    assert_eq!(names.snapshot(&room), format!("p:{{s{slice}}}:snap:a%2Fb/%7Bx%7D%20%C3%BC/system"));
}

#[test]
fn records_are_judged_as_the_specification_says() {
    let room = channel(2);
    let good = tag_data(&room, &object_name(0), "{}");
    let record = |key: Option<Vec<u8>>, value: Option<Vec<u8>>| KafkaRecord {
        partition: 0,
        offset: 0,
        timestamp_ms: 1,
        key,
        value,
        headers: Vec::new(),
    };
    let is_valid = |record: &KafkaRecord| judge(record, &Rules::default()).is_ok();
    for key in [None, Some(Vec::new()), Some(b"no key".to_vec()), Some(b"\x0a\x03app".to_vec()), Some(channel_key(&room))] {
        assert!(is_valid(&record(key.clone(), Some(good.encode_to_vec()))), "{key:?}");
    }
    assert!(!is_valid(&record(Some(channel_key(&channel(1))), Some(good.encode_to_vec()))));
    let by_key = record(good.identifier.as_ref().map(Message::encode_to_vec), None);
    assert_eq!(judge(&by_key, &Rules::default()).unwrap().change, EventChange::Delete);
    for (index, invalid) in invalid_records(0).into_iter().enumerate() {
        let record = KafkaRecord { headers: invalid.headers, ..record(invalid.key, invalid.value) };
        assert!(!is_valid(&record), "case {index}: {record:?}");
    }
    let big = tag_data(&room, "x", &"d".repeat(1 << 20));
    assert!(!is_valid(&record(None, Some(big.encode_to_vec()))));
    let json = br#"{"identifier":{"appId":"a","tag":"t","scope":"s","name":"n"},"data":"d","lifetime":null,"x":{}}"#.to_vec();
    let mut as_json = record(None, Some(json));
    assert!(!is_valid(&as_json));
    assert!(judge(&as_json, &Rules { codec: Codec::Json, ..Rules::default() }).is_ok());
    for (values, valid) in [(vec!["APPLICATION/json;charset=x"], true), (vec!["application/json", "application/x-protobuf"], false)] {
        as_json.headers = values.iter().map(|value| ("content-type".to_owned(), Some(value.as_bytes().to_vec()))).collect();
        assert_eq!(is_valid(&as_json), valid, "{values:?}");
    }
}
