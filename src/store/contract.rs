//! The script against the model: the same calls in the same state give the same answers and leave the same state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;
use redis::{Connection, Value};

use super::model::{Entry, Key, Model, ModelChannel, Notice, Positions, Stored};
use super::node::Node;
use super::notice::Publish;
use super::scratch::{ScratchRedis, Subscriber, run};
use super::script::{self, Fold, Read};
use crate::core::call::{Call, CallChannel, CallEvent, Expected, Outcome, StopCause, Write};
use crate::core::entry_id::EntryId;
use crate::core::keys::Keys;
use crate::core::offset::{NextOffset, Offset};
use crate::core::position::{Position, TopicId};
use crate::core::slice::{Slice, SliceCount};

const FIELDS: [&str; 2] = ["tag-data/0", "tag-data/1"];
const PATHS: [&str; 3] = ["app/a/system", "app/b/system", "app/c%20/application"];
const NAMES: [&str; 3] = ["x", "recording/7-050", "line\nbreak\0 and space"];
const STREAM_LENGTH: u32 = 150;
const TTL_MS: u64 = 3_600_000;

pub(super) fn slice() -> Slice {
    SliceCount::new(4).unwrap().slice(1).unwrap()
}

pub(super) fn position(next: i64) -> Position {
    Position::new(TopicId::new("Jj0tGvEZQeO-RpJ8kw8K6Q"), NextOffset::at(next).unwrap())
}

/// One step of a case. Numbers are reduced to what exists when the step is taken.
#[derive(Clone, Debug)]
enum Step {
    Call { partition: usize, base: Base, forward: i64, events: Vec<Event>, refresh: [bool; PATHS.len()] },
    Repeat,
    Read { names: Vec<usize> },
    Break { path: usize, part: Part },
    Mend { path: usize },
    Delete { path: usize, part: Part },
    Expire { path: usize },
    BreakPositions,
    DropPosition { partition: usize },
    DropPositions,
    Flush,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    Right,
    Old,
    Absent,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Snapshot,
    Stream,
    Both,
}

#[derive(Clone, Debug)]
struct Event {
    path: usize,
    name: usize,
    kind: Kind,
    size: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Set,
    Delete,
    /// A set that expects the value's own entry.
    ChangeRight,
    ChangeWrong,
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        6 => Just(Kind::Set), 3 => Just(Kind::Delete), 4 => Just(Kind::ChangeRight), 1 => Just(Kind::ChangeWrong),
    ];
    (0..PATHS.len(), 0..NAMES.len(), kind, 0usize..40).prop_map(|(path, name, kind, size)| Event { path, name, kind, size })
}

fn step() -> impl Strategy<Value = Step> {
    let base = prop_oneof![12 => Just(Base::Right), 1 => Just(Base::Old), 1 => Just(Base::Absent)];
    let part = || prop_oneof![Just(Part::Snapshot), Just(Part::Stream), Just(Part::Both)];
    let path = || 0..PATHS.len();
    let events = prop_oneof![1 => Just(Vec::new()), 8 => prop::collection::vec(event(), 1..9), 1 => prop::collection::vec(event(), 30..60)];
    let partition = || prop_oneof![3 => Just(0usize), 1 => Just(1usize)];
    prop_oneof![
        16 => (partition(), base, -20i64..20, events, any::<[bool; PATHS.len()]>())
            .prop_map(|(partition, base, forward, events, refresh)| Step::Call { partition, base, forward, events, refresh }),
        2 => Just(Step::Repeat),
        2 => prop::collection::vec(0..NAMES.len(), 0..3).prop_map(|names| Step::Read { names }),
        1 => (path(), part()).prop_map(|(path, part)| Step::Break { path, part }),
        1 => path().prop_map(|path| Step::Mend { path }),
        1 => (path(), part()).prop_map(|(path, part)| Step::Delete { path, part }),
        1 => path().prop_map(|path| Step::Expire { path }),
        1 => Just(Step::BreakPositions),
        1 => partition().prop_map(|partition| Step::DropPosition { partition }),
        1 => Just(Step::DropPositions),
        1 => Just(Step::Flush),
    ]
}

/// A redis-server and the model beside it.
struct Pair<'a> {
    connection: &'a mut Connection,
    subscriber: &'a mut Subscriber,
    node: &'a Node,
    model: Model,
    fold: Fold,
    last: Option<(usize, Call)>,
    /// Channels whose stream alone was taken away: its expiry is only known again after a refresh.
    unsure: BTreeSet<usize>,
    seen: BTreeMap<&'static str, usize>,
}

impl Pair<'_> {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Call { partition, base, forward, events, refresh } => {
                let call = self.call(*partition, *base, *forward, events, refresh);
                self.make(*partition, call);
            }
            Step::Repeat => {
                if let Some((partition, call)) = self.last.clone() {
                    self.make(partition, call);
                }
            }
            Step::Read { names } => self.read(names),
            Step::Break { path, part } => self.change(*path, *part, true),
            Step::Delete { path, part } => self.change(*path, *part, false),
            Step::Mend { path } => self.mend(*path),
            Step::Expire { path } => self.expire(*path),
            Step::BreakPositions => {
                let key = self.positions_key();
                self.run(&["SET", &key, "x"]);
                self.model.put_positions(slice(), Some(Positions::WrongType));
            }
            Step::DropPosition { partition } => {
                if !matches!(self.model.positions(slice()), Some(Positions::WrongType)) {
                    let key = self.positions_key();
                    self.run(&["HDEL", &key, FIELDS[*partition]]);
                    self.model.set_position(slice(), FIELDS[*partition], None);
                }
            }
            Step::DropPositions => {
                let key = self.positions_key();
                self.run(&["DEL", &key]);
                self.model.put_positions(slice(), None);
            }
            Step::Flush => {
                self.run(&["FLUSHALL"]);
                self.model.flush();
                self.unsure.clear();
            }
        }
        self.compare();
    }

    fn run(&mut self, words: &[&str]) -> Value {
        run(self.connection, words).unwrap()
    }

    fn positions_key(&self) -> String {
        self.fold.keys.positions(slice())
    }

    fn keys(&self, path: usize) -> (String, String) {
        (self.fold.keys.snapshot(slice(), PATHS[path]), self.fold.keys.stream(slice(), PATHS[path]))
    }

    /// A call as the planner makes them: coalesced where it may be, from where the partition stands (or not).
    fn call(&self, partition: usize, base: Base, forward: i64, events: &[Event], refresh: &[bool]) -> Call {
        let held = self.model.position(slice(), FIELDS[partition]).cloned();
        let start = held.as_ref().map_or(100, |held| held.next.get());
        let base = match base {
            Base::Right => held,
            Base::Old => Some(position((start - 7).max(0))),
            Base::Absent => None,
        };
        let mut paths: Vec<usize> = Vec::new();
        for event in events {
            if !paths.contains(&event.path) {
                paths.push(event.path);
            }
        }
        let channels: Vec<CallChannel> =
            paths.iter().map(|path| CallChannel { path: PATHS[*path].to_owned(), refresh: refresh[*path] }).collect();
        // Gaps in the offsets are normal.
        let offset = |index: usize| start + 3 * i64::try_from(index).unwrap();
        let next = if events.is_empty() { (start + forward).max(0) } else { offset(events.len()) + forward.max(0) };
        let events = events
            .iter()
            .enumerate()
            .map(|(index, event)| CallEvent {
                offset: Offset::new(offset(index)).unwrap(),
                channel: paths.iter().position(|path| *path == event.path).unwrap(),
                name: NAMES[event.name].to_owned(),
                delta: format!("delta {} {index} {}", offset(index), "d".repeat(event.size)).into_bytes(),
                write: write(events, index),
                expected: self.expected(events, index),
            })
            .collect();
        Call { slice: slice(), base, next: position(next), channels, events }
    }

    fn expected(&self, events: &[Event], index: usize) -> Expected {
        let event = &events[index];
        if events[..index].iter().any(|earlier| earlier.path == event.path && earlier.name == event.name) {
            return Expected::Anything;
        }
        let channel = self.model.channel(slice(), PATHS[event.path]);
        let held = channel.snapshot.value().and_then(|objects| objects.get(NAMES[event.name])).map(|stored| stored.entry);
        match (event.kind, held) {
            (Kind::Set | Kind::Delete, _) | (Kind::ChangeRight, None) => Expected::Anything,
            (Kind::ChangeRight, Some(id)) => Expected::Entry(id),
            (Kind::ChangeWrong, held) => Expected::Entry(EntryId { ms: held.map_or(1, |id| id.ms + 1), seq: 11 }),
        }
    }

    fn make(&mut self, partition: usize, call: Call) {
        self.fold.field = FIELDS[partition].to_owned();
        let value: Value = script::apply(&self.fold, &call).query(self.connection).unwrap();
        let real = script::outcome(self.node, value).unwrap();
        let (kind, ids) = match &real {
            Outcome::Applied(ids) => ("applied", ids.clone()),
            Outcome::Already => ("already", Vec::new()),
            Outcome::Conflict(_) => ("conflict", Vec::new()),
            Outcome::Stopped { ids, cause: StopCause::Stale, .. } => ("stale", ids.clone()),
            Outcome::Stopped { ids, cause: StopCause::Poison(_), .. } => ("poison", ids.clone()),
            Outcome::Stopped { ids, cause: StopCause::Failed(_), .. } => ("failed", ids.clone()),
        };
        *self.seen.entry(kind).or_default() += 1;
        let applied = ids.len();
        self.model.expect_ids(ids);
        assert_eq!(without_command(real), self.model.apply(&self.fold, &call), "{call:?}");
        let said = self.model.take_notices().into_iter().map(said).collect::<Vec<_>>();
        assert_eq!(self.subscriber.heard(), said, "{call:?}");
        *self.seen.entry(if said.is_empty() { "silent" } else { "said" }).or_default() += 1;
        for event in &call.events[..applied] {
            let channel = &call.channels[event.channel];
            if channel.refresh {
                self.unsure.retain(|path| PATHS[*path] != channel.path);
            }
        }
        self.last = Some((partition, call));
    }

    fn read(&mut self, names: &[usize]) {
        let names: Vec<String> = names.iter().map(|name| NAMES[*name].to_owned()).collect();
        let read = Read { slice: slice(), channels: PATHS.iter().map(|path| ((*path).to_owned(), names.clone())).collect() };
        let value: Value = script::read(&self.fold, &read).query(self.connection).unwrap();
        let real = script::values(self.node, &read, value).unwrap();
        assert_eq!(real, self.model.read(&self.fold, &read));
    }

    /// Takes keys of a channel away, or puts strings in their place.
    fn change(&mut self, path: usize, part: Part, broken: bool) {
        let (snapshot, stream) = self.keys(path);
        let mut channel = self.model.channel(slice(), PATHS[path]);
        if matches!(part, Part::Snapshot | Part::Both) {
            self.run(&["DEL", &snapshot]);
            channel.snapshot = Key::Absent;
            if broken {
                self.run(&["SET", &snapshot, "x"]);
                channel.snapshot = Key::WrongType;
            }
        }
        if matches!(part, Part::Stream | Part::Both) {
            self.run(&["DEL", &stream]);
            channel.stream = Key::Absent;
            if broken {
                self.run(&["SET", &stream, "x"]);
                channel.stream = Key::WrongType;
            }
            self.unsure.insert(path);
        }
        self.model.put_channel(slice(), PATHS[path], channel);
    }

    fn mend(&mut self, path: usize) {
        let channel = self.model.channel(slice(), PATHS[path]);
        match (channel.snapshot == Key::WrongType, channel.stream == Key::WrongType) {
            (true, false) => self.change(path, Part::Snapshot, false),
            (false, true) => self.change(path, Part::Stream, false),
            (true, true) => self.change(path, Part::Both, false),
            (false, false) => {}
        }
    }

    fn expire(&mut self, path: usize) {
        let (snapshot, stream) = self.keys(path);
        for key in [snapshot, stream] {
            self.run(&["PEXPIRE", &key, "-1"]);
        }
        self.model.put_channel(slice(), PATHS[path], ModelChannel::default());
        self.unsure.remove(&path);
    }

    fn compare(&mut self) {
        let mut keys = vec![self.positions_key()];
        for path in 0..PATHS.len() {
            let (snapshot, stream) = self.keys(path);
            keys.extend([snapshot, stream]);
        }
        let dumps = dump(self.connection, &keys);
        assert_eq!(dumps[0].value, positions_dump(self.model.positions(slice())));
        for (path, real) in dumps[1..].chunks(2).enumerate() {
            let channel = self.model.channel(slice(), PATHS[path]);
            assert_eq!(real[0].value, snapshot_dump(&channel.snapshot), "{}", keys[1 + 2 * path]);
            compare_stream(&real[1].value, &channel.stream);
            self.compare_expiry(path, &channel, real[0].expires_at, real[1].expires_at);
        }
    }

    fn compare_expiry(&self, path: usize, channel: &ModelChannel, snapshot: Option<i64>, stream: Option<i64>) {
        // A read may let a key of the wrong type expire: it lies under our prefix, and nothing is lost that we could use.
        if self.unsure.contains(&path) || channel.snapshot == Key::WrongType || channel.stream == Key::WrongType {
            return;
        }
        assert_eq!(snapshot.is_some(), channel.snapshot.expires_at().is_some(), "{}", PATHS[path]);
        assert_eq!(stream.is_some(), channel.stream.expires_at().is_some(), "{}", PATHS[path]);
        if let (Some(snapshot), Some(stream)) = (snapshot, stream) {
            assert_eq!(snapshot, stream, "{}", PATHS[path]);
        }
    }
}

/// A notice as a subscriber hears it.
fn said(notice: Notice) -> (String, String) {
    let way = match notice.publish {
        Publish::Sharded => "smessage",
        Publish::Plain => "message",
    };
    assert_eq!(notice.slice, slice());
    (way.to_owned(), notice.paths.join("\n"))
}

/// The script says at which command an error came; the contract does not.
fn without_command(outcome: Outcome) -> Outcome {
    let stripped = |error: String| error.rsplit_once(" (").map(|(error, _)| error.to_owned()).unwrap();
    match outcome {
        Outcome::Stopped { at, ids, cause: StopCause::Poison(error) } => {
            Outcome::Stopped { at, ids, cause: StopCause::Poison(stripped(error)) }
        }
        Outcome::Stopped { at, ids, cause: StopCause::Failed(error) } => {
            Outcome::Stopped { at, ids, cause: StopCause::Failed(stripped(error)) }
        }
        other => other,
    }
}

/// What a key holds.
#[derive(Debug, PartialEq)]
pub(super) enum Dumped {
    Absent,
    Fields(BTreeMap<Vec<u8>, Vec<u8>>),
    Entries(Vec<Entry>),
    Other,
}

#[derive(Debug, PartialEq)]
pub(super) struct Dump {
    pub value: Dumped,
    pub expires_at: Option<i64>,
}

const DUMP: &str = "
local dumps = {}
for k = 1, #KEYS do
  local kind = redis.call('TYPE', KEYS[k]).ok
  local value = {}
  if kind == 'hash' then value = redis.call('HGETALL', KEYS[k]) end
  if kind == 'stream' then
    for _, entry in ipairs(redis.call('XRANGE', KEYS[k], '-', '+')) do
      if #entry[2] ~= 2 or entry[2][1] ~= 'd' then return redis.error_reply('an entry has other fields') end
      value[#value + 1] = entry[1]
      value[#value + 1] = entry[2][2]
    end
  end
  dumps[k] = { kind, redis.call('PEXPIRETIME', KEYS[k]), value }
end
return dumps";

/// Everything in these keys at one instant.
pub(super) fn dump(connection: &mut Connection, keys: &[String]) -> Vec<Dump> {
    let raw: Vec<(String, i64, Vec<Vec<u8>>)> = redis::cmd("EVAL").arg(DUMP).arg(keys.len()).arg(keys).query(connection).unwrap();
    raw.into_iter()
        .map(|(kind, expires_at, value)| {
            let pairs = value.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            let entry = |(id, delta): (Vec<u8>, Vec<u8>)| Entry { id: std::str::from_utf8(&id).unwrap().parse().unwrap(), delta };
            let value = match kind.as_str() {
                "none" => Dumped::Absent,
                "hash" => Dumped::Fields(pairs.collect()),
                "stream" => Dumped::Entries(pairs.map(entry).collect()),
                _ => Dumped::Other,
            };
            Dump { value, expires_at: (expires_at > 0).then_some(expires_at) }
        })
        .collect()
}

fn positions_dump(positions: Option<&Positions>) -> Dumped {
    match positions {
        None => Dumped::Absent,
        Some(Positions::WrongType) => Dumped::Other,
        Some(Positions::Fields(fields)) => {
            Dumped::Fields(fields.iter().map(|(field, position)| (field.clone().into_bytes(), position.to_string().into_bytes())).collect())
        }
    }
}

pub(super) fn snapshot_dump(snapshot: &Key<BTreeMap<String, Stored>>) -> Dumped {
    match snapshot {
        Key::Absent => Dumped::Absent,
        Key::WrongType => Dumped::Other,
        Key::Held { value, .. } => Dumped::Fields(value.iter().map(|(name, stored)| (name.clone().into_bytes(), stored.bytes())).collect()),
    }
}

/// Of a stream that is over its bound the oldest entries may be gone.
pub(super) fn compare_stream(real: &Dumped, model: &Key<Vec<Entry>>) {
    match (real, model) {
        (Dumped::Absent, Key::Absent) | (Dumped::Other, Key::WrongType) => {}
        (Dumped::Entries(real), Key::Held { value, .. }) => {
            assert!(real.len() >= value.len().min(STREAM_LENGTH as usize) && value.ends_with(real), "{real:?} {value:?}");
        }
        _ => panic!("{real:?} {model:?}"),
    }
}

/// A set is put off where a later event of the call has the object, and an earlier one set the channel's hash already.
fn write(events: &[Event], index: usize) -> Write {
    let event = &events[index];
    if matches!(event.kind, Kind::Delete) {
        return Write::Delete;
    }
    let earlier_set = events[..index].iter().any(|earlier| earlier.path == event.path && !matches!(earlier.kind, Kind::Delete));
    let later = events[index + 1..].iter().any(|later| later.path == event.path && later.name == event.name);
    let envelope_head = format!("head {index} {}", "h".repeat(event.size)).into_bytes();
    Write::Set { envelope_head, now: !(earlier_set && later) }
}

pub(super) fn fold(ttl_ms: Option<u64>) -> Fold {
    Fold {
        keys: Keys::new("t:").unwrap(),
        field: FIELDS[0].to_owned(),
        stream_length: STREAM_LENGTH,
        ttl_ms,
        notices: Some(Publish::Sharded),
    }
}

pub(super) fn load(connection: &mut Connection) {
    for source in script::SOURCES {
        run(connection, &["SCRIPT", "LOAD", source]).unwrap();
    }
}

/// The law of the whole store: whatever happens to calls and keys, Redis is what the contract says.
#[test]
fn the_script_keeps_its_contract() {
    let server = ScratchRedis::start();
    let node = server.node();
    let subscriber = Subscriber::new(&server, &fold(None).keys.note(slice()));
    let connection = Mutex::new((server.connection(), subscriber));
    load(&mut connection.lock().unwrap().0);
    let seen = Mutex::new(BTreeMap::<&str, usize>::new());
    let notices = prop::sample::select(vec![None, Some(Publish::Sharded), Some(Publish::Plain)]);
    let case = (prop::bool::weighted(0.7), notices, prop::collection::vec(step(), 1..14));
    let mut runner = proptest::test_runner::TestRunner::new(crate::core::properties::at_least(2_000));
    let outcome = runner.run(&case, |(expiring, notices, steps)| {
        let (connection, subscriber) = &mut *connection.lock().unwrap_or_else(PoisonError::into_inner);
        run(connection, &["FLUSHALL"]).unwrap();
        let fold = Fold { notices, ..fold(expiring.then_some(TTL_MS)) };
        let (model, seen_here) = (Model::new(), BTreeMap::new());
        let mut pair = Pair { connection, subscriber, node: &node, model, fold, last: None, unsure: BTreeSet::new(), seen: seen_here };
        steps.iter().for_each(|step| pair.take(step));
        let mut seen = seen.lock().unwrap();
        pair.seen.iter().for_each(|(kind, count)| *seen.entry(kind).or_default() += count);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    // The generator reaches every answer often enough to mean something.
    let seen = seen.into_inner().unwrap();
    for kind in ["applied", "already", "conflict", "stale", "poison", "failed", "silent", "said"] {
        assert!(seen.get(kind).is_some_and(|count| *count >= 50), "{seen:?}");
    }
}
