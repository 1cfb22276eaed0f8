//! The script where Redis refuses: memory, permissions, replicas, types, sizes.

mod any_bytes;
mod notices;

use redis::{Connection, Value};

use super::contract::{Dumped, dump, fold, load, position, slice};
use super::scratch::{ScratchRedis, Subscriber, run};
use super::script::{self, Fold};
use super::server::Unfit;
use super::{NoNotices, Publish, Read, Store};
use crate::core::call::{Call, CallChannel, CallEvent, Expected, Outcome, StopCause, Write};
use crate::core::entry_id::EntryId;
use crate::core::offset::Offset;

const DAY_MS: u64 = 86_400_000;

fn set(offset: i64, channel: usize, name: &str, value: &str) -> CallEvent {
    CallEvent {
        offset: Offset::new(offset).unwrap(),
        channel,
        name: name.to_owned(),
        delta: format!("delta {value}").into_bytes(),
        write: Write::Set { envelope_head: value.as_bytes().to_vec(), now: true },
        expected: Expected::Anything,
    }
}

fn delete(offset: i64, channel: usize, name: &str) -> CallEvent {
    CallEvent { write: Write::Delete, ..set(offset, channel, name, "deleted") }
}

/// From `base` (`-1`: no position) to `next`.
fn call(base: i64, next: i64, channels: &[&str], events: Vec<CallEvent>) -> Call {
    let channels = channels.iter().map(|path| CallChannel { path: (*path).to_owned(), refresh: true }).collect();
    Call { slice: slice(), base: (base >= 0).then(|| position(base)), next: position(next), channels, events }
}

struct World {
    server: ScratchRedis,
    connection: Connection,
    fold: Fold,
}

impl World {
    fn start(arguments: &[&str]) -> Self {
        let server = ScratchRedis::start_with(arguments);
        let mut connection = server.connection();
        load(&mut connection);
        Self { connection, fold: fold(Some(DAY_MS)), server }
    }

    fn run(&mut self, words: &[&str]) -> Value {
        run(&mut self.connection, words).unwrap()
    }

    fn apply(&mut self, call: &Call) -> Result<Outcome, String> {
        apply_over(&mut self.connection, &self.server, &self.fold, call)
    }

    fn text(&mut self, words: &[&str]) -> String {
        redis::from_redis_value(self.run(words)).unwrap()
    }

    fn position(&mut self) -> Option<String> {
        let key = self.fold.keys.positions(slice());
        let field = self.fold.field.clone();
        redis::from_redis_value(self.run(&["HGET", &key, &field])).unwrap()
    }

    /// The objects of a channel and how many entries it has.
    fn channel(&mut self, path: &str) -> (Vec<String>, usize) {
        let keys = [self.fold.keys.snapshot(slice(), path), self.fold.keys.stream(slice(), path)];
        let mut dumps = dump(&mut self.connection, &keys).into_iter().map(|dump| dump.value);
        let names = match dumps.next() {
            Some(Dumped::Fields(fields)) => fields.into_keys().map(|name| String::from_utf8(name).unwrap()).collect(),
            _ => Vec::new(),
        };
        let entries = match dumps.next() {
            Some(Dumped::Entries(entries)) => entries.len(),
            _ => 0,
        };
        (names, entries)
    }

    /// When the keys of a channel expire.
    fn expiries(&mut self, path: &str) -> [Option<i64>; 2] {
        let keys = [self.fold.keys.snapshot(slice(), path), self.fold.keys.stream(slice(), path)];
        let dumps = dump(&mut self.connection, &keys);
        [dumps[0].expires_at, dumps[1].expires_at]
    }
}

fn apply_over(connection: &mut Connection, server: &ScratchRedis, fold: &Fold, call: &Call) -> Result<Outcome, String> {
    let value = connection.req_command_value(&script::apply(fold, call));
    script::outcome(&server.node(), value?).map_err(|error| error.to_string())
}

trait ErrorAsText {
    fn req_command_value(&mut self, command: &redis::Cmd) -> Result<Value, String>;
}

impl ErrorAsText for Connection {
    fn req_command_value(&mut self, command: &redis::Cmd) -> Result<Value, String> {
        redis::ConnectionLike::req_command(self, command).map_err(|error| error.to_string())
    }
}

fn failed_at_start(outcome: &Result<Outcome, String>, code: &str) -> bool {
    matches!(outcome, Ok(Outcome::Stopped { at: 0, ids, cause: StopCause::Failed(error) }) if ids.is_empty() && error.starts_with(code))
}

#[test]
fn out_of_memory_fails_before_anything_is_written() {
    let mut world = World::start(&["--maxmemory-policy", "noeviction"]);
    let first = call(-1, 10, &["a"], vec![set(3, 0, "x", "1")]);
    world.run(&["CONFIG", "SET", "maxmemory", "1"]);
    let outcome = world.apply(&first);
    assert!(failed_at_start(&outcome, "OOM "), "{outcome:?}");
    assert_eq!(world.text(&["DBSIZE"]), "0");

    world.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(matches!(world.apply(&first), Ok(Outcome::Applied(_))));
    world.run(&["CONFIG", "SET", "maxmemory", "1"]);
    let second = call(10, 20, &["a", "b"], vec![set(11, 1, "y", "2"), delete(12, 0, "x")]);
    for call in [&second, &call(10, 30, &[], vec![])] {
        let outcome = world.apply(call);
        assert!(failed_at_start(&outcome, "OOM "), "{outcome:?}");
    }
    assert_eq!(world.position(), Some(position(10).to_string()));
    assert_eq!((world.channel("a"), world.channel("b")), ((vec!["x".to_owned()], 1), (vec![], 0)));

    world.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(matches!(world.apply(&second), Ok(Outcome::Applied(ids)) if ids.len() == 2));
    assert_eq!((world.channel("a"), world.channel("b")), ((vec![], 2), (vec!["y".to_owned()], 1)));
}

#[test]
fn a_replica_fails_before_anything_is_written() {
    let mut world = World::start(&[]);
    world.run(&["REPLICAOF", "127.0.0.1", "1"]);
    let outcome = world.apply(&call(-1, 10, &["a"], vec![set(3, 0, "x", "1")]));
    assert!(failed_at_start(&outcome, "READONLY "), "{outcome:?}");
    world.run(&["REPLICAOF", "NO", "ONE"]);
    world.run(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let outcome = world.apply(&call(-1, 10, &["a"], vec![set(3, 0, "x", "1")]));
    assert!(failed_at_start(&outcome, "NOREPLICAS "), "{outcome:?}");
    assert_eq!(world.text(&["DBSIZE"]), "0");
}

/// Every command that the script calls, taken from the user one at a time.
#[test]
fn a_missing_permission_loses_no_event() {
    let commands = ["hget", "hset", "hlen", "hdel", "xadd", "xdel", "xlen", "del", "time", "pexpireat", "persist", "spublish"];
    let mut world = World::start(&[]);
    for command in commands {
        for ttl_ms in [Some(DAY_MS), None] {
            for (kind, situation) in situations().into_iter().enumerate() {
                refuse(&mut world, command, ttl_ms, kind, situation);
            }
        }
    }
}

/// Calls that between them take every way through the script; the slice stands at 10 unless the first call starts from nothing.
fn situations() -> Vec<Call> {
    let unknown = EntryId { ms: 1, seq: 1 };
    let expecting = CallEvent { expected: Expected::Entry(unknown), ..set(12, 0, "x", "2") };
    vec![
        call(-1, 20, &["new"], vec![set(11, 0, "x", "1"), set(12, 0, "y", "2")]),
        call(-1, 20, &["new"], vec![delete(11, 0, "x"), set(12, 0, "y", "2")]),
        call(10, 20, &["old"], vec![set(11, 0, "y", "1"), delete(12, 0, "x"), set(13, 0, "z", "3")]),
        call(10, 20, &["old"], vec![set(11, 0, "y", "1"), expecting]),
        call(-1, 20, &["broken"], vec![set(11, 0, "y", "1")]),
        call(10, 20, &["new", "broken"], vec![set(11, 0, "y", "1"), delete(12, 1, "x")]),
    ]
}

fn refuse(world: &mut World, command: &str, ttl_ms: Option<u64>, kind: usize, call: Call) {
    world.run(&["FLUSHALL"]);
    world.fold.ttl_ms = ttl_ms;
    let positions = world.fold.keys.positions(slice());
    world.run(&["HSET", &positions, "tag-data/1", "-:7"]);
    if call.base.is_some() {
        let before = self::call(-1, 10, &["old"], vec![set(5, 0, "x", "1")]);
        assert!(matches!(world.apply(&before), Ok(Outcome::Applied(_))));
    }
    let broken = world.fold.keys.snapshot(slice(), "broken");
    world.run(&["SET", &broken, "x"]);
    let entries_before = world.channel("old").1;

    world.run(&["ACL", "SETUSER", "u", "reset", "on", ">p", "~*", "&*", "+@all", &format!("-{command}")]);
    let mut connection = world.server.connection();
    run(&mut connection, &["AUTH", "u", "p"]).unwrap();
    let outcome = apply_over(&mut connection, &world.server, &world.fold, &call);
    let applied = match &outcome {
        Ok(Outcome::Applied(ids) | Outcome::Stopped { ids, .. }) => ids.len(),
        other => panic!("without {command}, situation {kind}: {other:?}"),
    };
    let reached = match &outcome {
        Ok(Outcome::Applied(_)) => Some(20),
        _ if applied > 0 => Some(call.events[applied].offset.get()),
        _ => call.base.as_ref().map(|base| base.next.get()),
    };
    // Only an entry that can not be taken back is too many: XDEL itself is refused, or DEL of the empty stream.
    let entries: usize = ["new", "old", "broken"].iter().map(|path| world.channel(path).1).sum();
    let left_over = usize::from(command == "xdel" && matches!(&outcome, Ok(Outcome::Stopped { at, .. }) if undoes(&call, *at)));
    assert_eq!(entries - entries_before, applied + left_over, "without {command}, situation {kind}: {outcome:?}");
    // Where not even HDEL works, the slice stands at the event that was not applied: as good.
    let fallback = (command == "hdel").then(|| call.events[0].offset.get());
    let reached = reached.or(fallback.filter(|_| applied == 0)).map(|next| position(next).to_string());
    assert_eq!(world.position(), reached, "without {command}, situation {kind}: {outcome:?}");
    // Given the permission, the rest goes through.
    if !matches!(&outcome, Ok(Outcome::Applied(_))) {
        world.run(&["DEL", &broken]);
        let rest = Call {
            base: world.position().map(|held| held.parse().unwrap()),
            events: call.events[applied..].iter().map(|event| CallEvent { expected: Expected::Anything, ..event.clone() }).collect(),
            ..call.clone()
        };
        assert!(matches!(world.apply(&rest), Ok(Outcome::Applied(_))), "without {command}, situation {kind}");
    }
}

/// Whether event `at` stopped after its entry was written.
fn undoes(call: &Call, at: usize) -> bool {
    call.events[at].expected == Expected::Anything
}

#[tokio::test]
async fn the_probe_names_every_command_that_is_refused_and_leaves_nothing() {
    let mut world = World::start(&[]);
    let settings =
        crate::config::Redis { username: Some("u".to_owned()), password: Some(crate::config::Secret::new("p")), ..world.server.settings() };
    world.run(&["ACL", "SETUSER", "u", "on", ">p", "~shasta:*", "&*", "+@all"]);
    let store = Store::connect(&settings).await.unwrap();
    store.probe().await.unwrap();
    for command in ["HGET", "HMGET", "HSET", "HLEN", "HDEL", "XADD", "XDEL", "XLEN", "DEL", "TIME", "PEXPIREAT", "PERSIST"] {
        let lower = command.to_lowercase();
        world.run(&["ACL", "SETUSER", "u", "+@all", &format!("-{lower}")]);
        match store.probe().await {
            Err(Unfit::Forbidden { user, commands, .. }) => {
                assert_eq!((user.as_str(), commands.as_str()), ("u", format!("+{lower}").as_str()))
            }
            other => panic!("without {command}: {other:?}"),
        }
    }
    world.run(&["ACL", "SETUSER", "u", "+@all", "-evalsha"]);
    assert!(matches!(store.probe().await, Err(Unfit::Store(super::StoreError::Denied { .. }))));
    world.run(&["ACL", "SETUSER", "u", "+@all", "resetkeys", "~other:*"]);
    assert!(matches!(store.probe().await, Err(Unfit::Store(super::StoreError::Denied { .. }))));
    // Out of memory or read-only is for later: the probe is about permissions.
    world.run(&["ACL", "SETUSER", "u", "allkeys"]);
    world.run(&["CONFIG", "SET", "maxmemory", "1"]);
    store.probe().await.unwrap();
    assert_eq!(world.text(&["DBSIZE"]), "0");
}

#[test]
fn what_was_applied_is_told_once_and_nothing_else_is() {
    let mut world = World::start(&[]);
    let mut subscriber = Subscriber::new(&world.server, &world.fold.keys.note(slice()));
    let broken = world.fold.keys.snapshot(slice(), "broken");
    world.run(&["SET", &broken, "x"]);
    let said = |message: &str| vec![("smessage".to_owned(), message.to_owned())];

    // Three events of two channels: each is named once.
    let first = call(-1, 10, &["a/b/c", "d"], vec![set(1, 0, "x", "1"), set(2, 1, "x", "1"), delete(3, 0, "x")]);
    assert!(matches!(world.apply(&first), Ok(Outcome::Applied(_))));
    assert_eq!(subscriber.heard(), said("a/b/c\nd"));
    // When it is heard of, it is there to be read: the notice comes after the writes.
    assert!(matches!(world.apply(&first), Ok(Outcome::Already)));
    assert!(matches!(world.apply(&call(5, 20, &["d"], vec![set(11, 0, "x", "1")])), Ok(Outcome::Conflict(_))));
    assert!(matches!(world.apply(&call(10, 20, &[], vec![])), Ok(Outcome::Applied(_))));
    assert_eq!(subscriber.heard(), []);
    // Stopped at the first event, and at the second.
    let poisoned = world.apply(&call(20, 30, &["broken"], vec![set(21, 0, "x", "1")]));
    assert!(matches!(poisoned, Ok(Outcome::Stopped { at: 0, .. })), "{poisoned:?}");
    assert_eq!(subscriber.heard(), []);
    let stopped = world.apply(&call(20, 30, &["d", "broken"], vec![set(21, 0, "x", "1"), set(22, 1, "x", "1")]));
    assert!(matches!(stopped, Ok(Outcome::Stopped { at: 1, .. })), "{stopped:?}");
    assert_eq!(subscriber.heard(), said("d\nbroken"));
    world.fold.notices = None;
    assert!(matches!(world.apply(&call(22, 40, &["d"], vec![set(31, 0, "x", "1")])), Ok(Outcome::Applied(_))));
    assert_eq!(subscriber.heard(), []);
}

#[tokio::test]
async fn a_script_that_was_flushed_is_loaded_again_and_then_the_call_goes_through() {
    let mut world = World::start(&[]);
    let store = Store::connect(&world.server.settings()).await.unwrap();
    let fold = Fold { keys: store.keys().clone(), ..world.fold.clone() };
    let call = call(-1, 10, &["a"], vec![set(3, 0, "x", "1")]);
    let read = Read { slice: slice(), channels: vec![("a".to_owned(), vec!["x".to_owned()])] };
    world.run(&["SCRIPT", "FLUSH"]);
    assert_eq!(
        store.read(&fold, 0, std::slice::from_ref(&read)).await.results,
        [Ok(vec![None])],
        "the first call to a node brings the scripts"
    );
    world.run(&["SCRIPT", "FLUSH"]);
    let answers = store.apply(&fold, 0, std::iter::once(&call)).await;
    assert!(matches!(answers.results[..], [Err(super::StoreError::ScriptMissing { .. })]), "{answers:?}");
    let answers = store.apply(&fold, 0, std::iter::once(&call)).await;
    assert!(matches!(&answers.results[..], [Ok(Outcome::Applied(_))]), "{answers:?}");
    assert!(store.read(&fold, 0, &[read]).await.results[0].as_ref().unwrap()[0].is_some());
}

#[test]
fn both_keys_of_a_channel_expire_at_the_same_millisecond() {
    let mut world = World::start(&[]);
    let quiet = |base, next, events| {
        let mut call = call(base, next, &["a"], events);
        call.channels[0].refresh = false;
        call
    };
    let same = |world: &mut World| match world.expiries("a") {
        [Some(snapshot), Some(stream)] if snapshot == stream => snapshot,
        other => panic!("{other:?}"),
    };
    // Made by a call that asks for no refresh.
    world.apply(&quiet(-1, 10, vec![set(1, 0, "x", "1"), set(2, 0, "y", "1")])).unwrap();
    let first = same(&mut world);
    std::thread::sleep(std::time::Duration::from_millis(5));
    world.apply(&quiet(10, 20, vec![set(11, 0, "x", "2")])).unwrap();
    assert_eq!(same(&mut world), first);
    // Emptied: the hash is gone; made again: both anew.
    world.apply(&quiet(20, 30, vec![delete(21, 0, "x"), delete(22, 0, "y")])).unwrap();
    assert_eq!(world.expiries("a"), [None, Some(first)]);
    world.apply(&quiet(30, 40, vec![set(31, 0, "x", "3")])).unwrap();
    let second = same(&mut world);
    assert!(second > first);
    // A refresh, by a call and by a read.
    std::thread::sleep(std::time::Duration::from_millis(5));
    world.apply(&call(40, 50, &["a"], vec![delete(41, 0, "none")])).unwrap();
    let third = same(&mut world);
    assert!(third > second);
    std::thread::sleep(std::time::Duration::from_millis(5));
    let read = Read { slice: slice(), channels: vec![("a".to_owned(), vec![])] };
    script::read(&world.fold, &read).exec(&mut world.connection).unwrap();
    assert!(same(&mut world) > third);
    // Switched off: what is refreshed never expires any more.
    world.fold.ttl_ms = None;
    world.apply(&call(50, 60, &["a"], vec![set(51, 0, "x", "4")])).unwrap();
    assert_eq!(world.expiries("a"), [None, None]);
    assert_eq!(world.channel("a"), (vec!["x".to_owned()], 8));
}

#[test]
fn a_stream_keeps_about_as_many_entries_as_it_may() {
    let mut world = World::start(&[]);
    world.fold.stream_length = 300;
    let mut at = -1;
    for round in 1..=20 {
        let events = (0..100).map(|index| set(round * 100 + index, 0, "x", "1")).collect();
        world.apply(&call(at, (round + 1) * 100, &["a"], events)).unwrap();
        at = (round + 1) * 100;
    }
    let entries = world.channel("a").1;
    assert!((300..=400).contains(&entries), "{entries}");
}

#[test]
fn a_read_of_more_names_than_lua_can_unpack_is_answered() {
    let mut world = World::start(&[]);
    world.apply(&call(-1, 10, &["a"], vec![set(1, 0, "n9999", "1"), set(2, 0, "n1000", "2"), set(3, 0, "n999", "3")])).unwrap();
    let names: Vec<String> = (0..20_000).map(|name| format!("n{name}")).collect();
    let read = Read { slice: slice(), channels: vec![("a".to_owned(), names)] };
    let value = world.connection.req_command_value(&script::read(&world.fold, &read)).unwrap();
    let values = script::values(&world.server.node(), &read, value).unwrap();
    let there: Vec<usize> = values.iter().enumerate().filter(|(_, value)| value.is_some()).map(|(index, _)| index).collect();
    assert_eq!(there, [999, 1000, 9999]);
}

#[test]
fn an_event_of_a_channel_that_can_not_be_numbered_is_refused() {
    let mut world = World::start(&[]);
    let paths: Vec<String> = (0..65_540).map(|path| format!("c{path}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let outcome = world.apply(&call(-1, 10, &paths, vec![set(1, 65_534, "x", "1"), set(2, 65_536, "x", "2")]));
    assert!(matches!(outcome, Ok(Outcome::Stopped { at: 1, cause: StopCause::Failed(_), .. })), "{outcome:?}");
    assert_eq!((world.channel("c65534"), world.channel("c0")), ((vec!["x".to_owned()], 1), (vec![], 0)));
}
