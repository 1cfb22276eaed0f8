//! What a follower is told.

use super::snapshot::{Object, Snapshot};
use super::token::Mark;
use crate::core::entry_id::EntryId;
use crate::core::tag_data::Changed;

/// One step of a followed channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// What is there at the beginning; always the first.
    Snapshot(Snapshot),
    /// An event set an object.
    Set {
        name: String,
        /// The whole object as it is now.
        object: Object,
        /// The members of its data that this event changed, where that is what the stream says; else the whole is new.
        changed: Option<Changed>,
        event: Event,
    },
    /// An event removed an object, whether it was there or not.
    Deleted { name: String, event: Event },
    /// The stream can not be shown to go on from where the follower was: it was trimmed, expired, lost or made again. What is there now
    /// takes the place of everything before; the events between are not told.
    Restarted(Snapshot),
}

/// The event behind a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The stream entry.
    pub entry: EntryId,
    /// The Kafka record's partition and offset: the same in every run, also where an entry's id is another after a replay.
    pub partition: u32,
    pub offset: u64,
    /// The Kafka record's timestamp, milliseconds since 1970; `None` where it has none.
    pub published_at_ms: Option<i64>,
}

impl Event {
    pub(super) const fn mark(&self) -> Mark {
        Mark { id: self.entry, partition: self.partition, offset: self.offset }
    }
}

impl Change {
    /// Where the channel is after it.
    pub(super) fn mark(&self) -> Option<Mark> {
        match self {
            Self::Snapshot(snapshot) | Self::Restarted(snapshot) => snapshot.token.mark(),
            Self::Set { event, .. } | Self::Deleted { event, .. } => Some(event.mark()),
        }
    }
}
