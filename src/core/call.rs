//! One call of the script: some events of one partition in one slice, and the answers it can give.

use super::entry_id::EntryId;
use super::offset::Offset;
use super::position::Position;
use super::slice::Slice;

/// Apply `events`, in order, if the slice stands at `base`; then it stands at `next`. With no events it only moves the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub slice: Slice,
    /// Where the slice is believed to stand; `None`: the partition has no position in it.
    pub base: Option<Position>,
    pub next: Position,
    pub channels: Vec<CallChannel>,
    pub events: Vec<CallEvent>,
}

/// A channel that a call writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallChannel {
    /// The escaped form, as in key names.
    pub path: String,
    /// Set the expiry of both keys anew.
    pub refresh: bool,
}

/// One event of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    pub offset: Offset,
    /// Index into the call's channels.
    pub channel: usize,
    /// The object's name.
    pub name: String,
    /// The stream entry: an encoded `Delta`.
    pub delta: Vec<u8>,
    pub write: Write,
    /// The value that the delta was made from.
    pub expected: Expected,
}

/// What happens to the object's field in the snapshot hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Set to this `TagDataEnvelope`, to which the script appends the entry's id as `sequence_number`. `now` may be
    /// false where a later event of the call sets or deletes the same object, and an earlier set of the same channel is `now`: then
    /// this one is only written if the call stops between the two.
    Set {
        envelope_head: Vec<u8>,
        now: bool,
    },
    Delete,
}

/// What a `changed` delta stands on. It matters only where more than one partition writes to the slice: nobody else could
/// have moved the object otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Right on any value: a whole value, a deletion, or an earlier event of the same call.
    Anything,
    /// The value set by this entry.
    Entry(EntryId),
}

/// The script's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was applied; one id per event.
    Applied(Vec<EntryId>),
    /// The slice stood at `next` already: an earlier try, whose answer was lost, did it.
    Already,
    /// The slice stands elsewhere: nothing was done.
    Conflict(Option<Position>),
    /// The events before `at` were applied and the position is at event `at`; of it and those after it there is no trace.
    Stopped { at: usize, ids: Vec<EntryId>, cause: StopCause },
}

/// Why a call stopped at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// The object's current value is not the one that its delta was made from: read it again.
    Stale,
    /// A key of its channel has another type (`WRONGTYPE ..`): this record can never be applied.
    Poison(String),
    /// Anything else (OOM, NOPERM, READONLY ..): never the record's fault.
    Failed(String),
}
