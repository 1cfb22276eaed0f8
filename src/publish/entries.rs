//! The records that a publisher took and has not answered, each in a place that names it to the client library.

use std::time::Instant;

use tokio::sync::oneshot;

use super::published::Outcome;
use crate::core::publication::Publication;
use crate::core::repartition::Order;

/// A record that was taken.
#[derive(Debug)]
pub(super) struct Entry {
    pub publication: Publication,
    pub answer: Answer,
    pub taken: Instant,
    /// Counts all that were taken.
    pub sequence: u64,
    pub sent: Option<Sent>,
}

/// Where a record was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub partition: i32,
    pub order: Order,
    /// By the map of before a growth, and the channel moves.
    pub is_of_old_map: bool,
}

/// Who hears of a record.
#[derive(Debug)]
pub(super) enum Answer {
    Awaited(oneshot::Sender<Outcome>),
    /// A failure goes to the failures.
    Unattended,
}

/// Entries by a number that is used again once its entry is gone.
#[derive(Debug, Default)]
pub(super) struct Entries {
    places: Vec<Option<Entry>>,
    free: Vec<usize>,
}

impl Entries {
    pub fn insert(&mut self, entry: Entry) -> usize {
        if let Some(token) = self.free.pop() {
            self.places[token] = Some(entry);
            return token;
        }
        self.places.push(Some(entry));
        self.places.len() - 1
    }

    pub fn get(&self, token: usize) -> Option<&Entry> {
        self.places.get(token)?.as_ref()
    }

    pub fn get_mut(&mut self, token: usize) -> Option<&mut Entry> {
        self.places.get_mut(token)?.as_mut()
    }

    pub fn remove(&mut self, token: usize) -> Option<Entry> {
        let entry = self.places.get_mut(token)?.take()?;
        self.free.push(token);
        Some(entry)
    }

    /// Tokens are below this.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.places.iter().flatten()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.places.iter_mut().flatten()
    }
}
