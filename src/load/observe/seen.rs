//! What observers saw.

use std::sync::{Arc, Mutex, PoisonError};

/// A sight of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number in the schedule.
    pub event: u64,
    pub at: At,
    /// Microseconds since the start; of [`At::Stored`] by Redis' clock, in whole milliseconds.
    pub at_us: i64,
    pub partition: i32,
    pub offset: i64,
    /// The worker that had the partition, or the follower; 0 for the reader of the topic.
    pub witness: u16,
    /// The checksum in the payload is right.
    pub is_intact: bool,
}

/// Where it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    Consumed,
    Stored,
    Delivered,
}

/// Collects what several observers saw, until it is taken: each tenth of a second.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Sightings {
    pub fn add(&self, seen: impl IntoIterator<Item = Seen>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
    }

    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
