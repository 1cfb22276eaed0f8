//! A model of the script, for tests of what stands on it: the same answers and the same state in memory, without a server.
//!
//! It is written from the contract, event by event and key by key, and knows nothing of how the script saves work.

use std::collections::{BTreeMap, VecDeque};

use super::notice::Publish;
use super::script::{Fold, Read};
use crate::core::call::{Call, CallEvent, Expected, Outcome, StopCause, Write};
use crate::core::entry_id::EntryId;
use crate::core::offset::NextOffset;
use crate::core::position::Position;
use crate::core::slice::Slice;

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
const OUT_OF_MEMORY: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// How many entries a stream may hold beyond its bound. Redis drops whole nodes of a stream, 100 entries each by default.
const LOOSENESS: usize = 200;

/// What the slices of one prefix hold.
#[derive(Clone, Debug, Default)]
pub struct Model {
    positions: BTreeMap<Slice, Positions>,
    channels: BTreeMap<(Slice, String), ModelChannel>,
    now_ms: u64,
    last_id: EntryId,
    known_ids: VecDeque<EntryId>,
    failure: Option<Failure>,
    notices: Vec<Notice>,
}

/// What was published to readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub publish: Publish,
    pub slice: Slice,
    /// The channels of the call, in its order.
    pub paths: Vec<String>,
}

/// What goes wrong with every call until it is lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The first write of a call is refused.
    OutOfMemory,
    /// The user may not run this command (in capitals) inside the script.
    Denied(&'static str),
}

/// The positions of one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Positions {
    Fields(BTreeMap<String, Position>),
    WrongType,
}

/// The two keys of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelChannel {
    pub snapshot: Key<BTreeMap<String, Stored>>,
    pub stream: Key<Vec<Entry>>,
}

/// One key: its value and when it expires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Key<T> {
    #[default]
    Absent,
    Held {
        value: T,
        /// Milliseconds on the model's clock; `None`: never.
        expires_at: Option<u64>,
    },
    WrongType,
}

/// The value of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub envelope_head: Vec<u8>,
    pub entry: EntryId,
}

/// One entry of a delta stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub delta: Vec<u8>,
}

impl Stored {
    /// The field's bytes: a `TagDataEnvelope` whose last field, `sequence_number`, is the entry's id.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.envelope_head.clone();
        prost::encoding::string::encode(2, &self.entry.to_string(), &mut bytes);
        bytes
    }
}

impl<T> Key<T> {
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Held { value, .. } => Some(value),
            Self::Absent | Self::WrongType => None,
        }
    }

    /// The deadline of a key that has one.
    pub fn expires_at(&self) -> Option<u64> {
        match self {
            Self::Held { expires_at, .. } => *expires_at,
            Self::Absent | Self::WrongType => None,
        }
    }

    fn set_expiry(&mut self, deadline: Option<u64>) {
        if let Self::Held { expires_at, .. } = self {
            *expires_at = deadline;
        }
    }

    fn drop_expired(&mut self, now_ms: u64) {
        if self.expires_at().is_some_and(|deadline| deadline <= now_ms) {
            *self = Self::Absent;
        }
    }
}

impl<T: Default> Key<T> {
    /// The value to write to, made where it is absent; `None` for a key of another type.
    fn make(&mut self) -> Option<&mut T> {
        if matches!(self, Self::Absent) {
            *self = Self::Held { value: T::default(), expires_at: None };
        }
        match self {
            Self::Held { value, .. } => Some(value),
            Self::Absent | Self::WrongType => None,
        }
    }
}

impl ModelChannel {
    fn set_expiry(&mut self, deadline: Option<u64>) {
        self.snapshot.set_expiry(deadline);
        self.stream.set_expiry(deadline);
    }
}

impl Model {
    pub fn new() -> Self {
        Self::default()
    }

    /// What `apply.lua` does and answers.
    pub fn apply(&mut self, fold: &Fold, call: &Call) -> Outcome {
        self.drop_expired();
        let failed = |error: String| Outcome::Stopped { at: 0, ids: Vec::new(), cause: StopCause::Failed(error) };
        if let Some(error) = self.denied("HGET") {
            return failed(error);
        }
        let current = match self.positions.get(&call.slice) {
            Some(Positions::WrongType) => return failed(WRONG_TYPE.to_owned()),
            Some(Positions::Fields(fields)) => fields.get(&fold.field).cloned(),
            None => None,
        };
        if current.as_ref() == Some(&call.next) {
            return Outcome::Already;
        }
        if current != call.base {
            return Outcome::Conflict(current);
        }
        if self.failure == Some(Failure::OutOfMemory) {
            return failed(OUT_OF_MEMORY.to_owned());
        }
        if let Some(error) = self.denied("HSET") {
            return failed(error);
        }
        let outcome = self.apply_events(fold, call);
        if let (Some(publish), Outcome::Applied(ids) | Outcome::Stopped { ids, .. }) = (fold.notices, &outcome)
            && !ids.is_empty()
        {
            let paths = call.channels.iter().map(|channel| channel.path.clone()).collect();
            self.notices.push(Notice { publish, slice: call.slice, paths });
        }
        outcome
    }

    fn apply_events(&mut self, fold: &Fold, call: &Call) -> Outcome {
        let mut ids = Vec::with_capacity(call.events.len());
        for (at, event) in call.events.iter().enumerate() {
            let first_of_channel = call.events[..at].iter().all(|earlier| earlier.channel != event.channel);
            let refresh = first_of_channel && call.channels[event.channel].refresh;
            match self.apply_event(fold, call, event, refresh) {
                Ok(id) => ids.push(id),
                Err(cause) => {
                    if at > 0 {
                        let reached = Position::new(call.next.topic_id.clone(), NextOffset::before(event.offset));
                        self.set_position(call.slice, &fold.field, Some(reached));
                    }
                    return Outcome::Stopped { at, ids, cause };
                }
            }
        }
        self.set_position(call.slice, &fold.field, Some(call.next.clone()));
        Outcome::Applied(ids)
    }

    /// All of one event, or nothing.
    fn apply_event(&mut self, fold: &Fold, call: &Call, event: &CallEvent, refresh: bool) -> Result<EntryId, StopCause> {
        let poison = || StopCause::Poison(WRONG_TYPE.to_owned());
        let path = &call.channels[event.channel].path;
        let before = self.channel(call.slice, path);
        let shared = self.is_shared(call.slice, &fold.field);
        if shared && event.expected != Expected::Anything {
            if before.snapshot == Key::WrongType {
                return Err(poison());
            }
            let held = before.snapshot.value().and_then(|objects| objects.get(&event.name)).map(|stored| stored.entry);
            if !matches!((event.expected, held), (Expected::Entry(expected), Some(held)) if expected == held) {
                return Err(StopCause::Stale);
            }
        }
        let needed = if event.write == Write::Delete { "HDEL" } else { "HSET" };
        if let Some(error) = self.denied("XADD").or_else(|| self.denied(needed)) {
            return Err(StopCause::Failed(error));
        }
        if before.snapshot == Key::WrongType || before.stream == Key::WrongType {
            return Err(poison());
        }

        let id = self.next_id();
        let mut after = before.clone();
        let entries = after.stream.make().ok_or_else(poison)?;
        entries.push(Entry { id, delta: event.delta.clone() });
        let excess = entries.len().saturating_sub(fold.stream_length as usize + LOOSENESS);
        entries.drain(..excess);
        match &event.write {
            Write::Set { envelope_head, .. } => {
                let stored = Stored { envelope_head: envelope_head.clone(), entry: id };
                after.snapshot.make().ok_or_else(poison)?.insert(event.name.clone(), stored);
            }
            Write::Delete => {
                if let Key::Held { value, .. } = &mut after.snapshot {
                    value.remove(&event.name);
                    if value.is_empty() {
                        after.snapshot = Key::Absent;
                    }
                }
            }
        }
        let made_snapshot = before.snapshot == Key::Absent && after.snapshot != Key::Absent;
        let made_either = made_snapshot || before.stream == Key::Absent;
        if refresh || made_either {
            after.set_expiry(fold.ttl_ms.map(|ttl| self.now_ms + ttl));
        }
        self.channels.insert((call.slice, path.clone()), after);
        Ok(id)
    }

    /// What `read.lua` answers: a value or nothing for each name. Renews the expiry of both keys of each channel.
    pub fn read(&mut self, fold: &Fold, read: &Read) -> Vec<Option<Vec<u8>>> {
        self.drop_expired();
        let mut values = Vec::with_capacity(read.len());
        for (path, names) in &read.channels {
            let mut channel = self.channel(read.slice, path);
            let objects = channel.snapshot.value();
            values.extend(names.iter().map(|name| objects.and_then(|objects| objects.get(name)).map(Stored::bytes)));
            if let Some(ttl) = fold.ttl_ms {
                channel.set_expiry(Some(self.now_ms + ttl));
            }
            self.channels.insert((read.slice, path.clone()), channel);
        }
        values
    }

    /// The position of a partition in a slice.
    pub fn position(&self, slice: Slice, field: &str) -> Option<&Position> {
        match self.positions.get(&slice)? {
            Positions::Fields(fields) => fields.get(field),
            Positions::WrongType => None,
        }
    }

    /// The `pos` key of a slice; `None` where there is none.
    pub fn positions(&self, slice: Slice) -> Option<&Positions> {
        self.positions.get(&slice)
    }

    /// The keys of a channel as they are now.
    pub fn channel(&self, slice: Slice, path: &str) -> ModelChannel {
        let mut channel = self.channels.get(&(slice, path.to_owned())).cloned().unwrap_or_default();
        channel.snapshot.drop_expired(self.now_ms);
        channel.stream.drop_expired(self.now_ms);
        channel
    }

    /// Somebody else writes, deletes or breaks keys of a channel.
    pub fn put_channel(&mut self, slice: Slice, path: &str, channel: ModelChannel) {
        self.channels.insert((slice, path.to_owned()), channel);
    }

    /// Somebody else writes, deletes or breaks positions.
    pub fn put_positions(&mut self, slice: Slice, positions: Option<Positions>) {
        match positions {
            Some(positions) => self.positions.insert(slice, positions),
            None => self.positions.remove(&slice),
        };
    }

    /// Writes or removes one position; the last one takes the key with it.
    pub fn set_position(&mut self, slice: Slice, field: &str, position: Option<Position>) {
        let positions = self.positions.entry(slice).or_insert_with(|| Positions::Fields(BTreeMap::new()));
        let Positions::Fields(fields) = positions else { return };
        match position {
            Some(position) => fields.insert(field.to_owned(), position),
            None => fields.remove(field),
        };
        if fields.is_empty() {
            self.positions.remove(&slice);
        }
    }

    /// Takes what was published since this was asked last.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Everything is lost, as by FLUSHALL or a restore of nothing.
    pub fn flush(&mut self) {
        self.positions.clear();
        self.channels.clear();
    }

    /// Lets time pass.
    pub fn advance(&mut self, ms: u64) {
        self.now_ms += ms;
        self.drop_expired();
    }

    /// Every call meets this from now on; `None` lifts it.
    pub fn fail_with(&mut self, failure: Option<Failure>) {
        self.failure = failure;
    }

    /// The ids that the next entries get, where a real Redis gave them already.
    pub fn expect_ids(&mut self, ids: impl IntoIterator<Item = EntryId>) {
        self.known_ids = ids.into_iter().collect();
    }

    fn next_id(&mut self) -> EntryId {
        let following = if self.last_id.ms < self.now_ms {
            EntryId { ms: self.now_ms, seq: 0 }
        } else {
            EntryId { seq: self.last_id.seq + 1, ..self.last_id }
        };
        self.last_id = self.known_ids.pop_front().unwrap_or(following);
        self.last_id
    }

    /// Whether another partition has a position in the slice too.
    fn is_shared(&self, slice: Slice, field: &str) -> bool {
        match self.positions.get(&slice) {
            Some(Positions::Fields(fields)) => fields.keys().any(|other| other != field),
            Some(Positions::WrongType) | None => false,
        }
    }

    fn denied(&self, command: &'static str) -> Option<String> {
        let denied = self.failure == Some(Failure::Denied(command));
        denied.then(|| format!("NOPERM this user has no permissions to run the '{}' command", command.to_lowercase()))
    }

    fn drop_expired(&mut self) {
        for channel in self.channels.values_mut() {
            channel.snapshot.drop_expired(self.now_ms);
            channel.stream.drop_expired(self.now_ms);
        }
    }
}
