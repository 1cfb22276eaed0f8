//! The script against the model: the same calls in the same state give the same answers and leave the same state.

mod dump;
mod pair;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;
use redis::{Connection, Value};

use self::dump::positions_dump;
pub(super) use self::dump::{Dumped, compare_stream, dump, snapshot_dump};
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
