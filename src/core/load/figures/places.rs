//! Where in Kafka each event was seen, to tell a double of ours from a producer's retry.

use std::collections::HashSet;

use super::Stage;
use super::ledger::touched;

const NOWHERE: u16 = u16::MAX;

/// A record's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub partition: i32,
    pub offset: i64,
}

/// One sighting away from the event's home or by another observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stray {
    pub index: usize,
    pub stage: Stage,
    pub observer: u16,
    pub place: Place,
}

/// An event's home is the first place known of it; only other places (a producer's retries) and other observers cost memory.
#[derive(Debug, Default)]
pub(super) struct Places {
    offsets: Vec<i64>,
    partitions: Vec<u16>,
    strays: HashSet<Stray>,
}

impl Places {
    pub const BYTES: usize = size_of::<i64>() + size_of::<u16>();

    pub fn with_capacity(events: usize) -> Self {
        Self { offsets: touched(-1, events), partitions: touched(NOWHERE, events), strays: HashSet::new() }
    }

    pub fn push(&mut self) {
        self.offsets.push(-1);
        self.partitions.push(NOWHERE);
    }

    pub fn home(&self, index: usize) -> Option<Place> {
        let partition = self.partitions[index];
        (partition != NOWHERE).then(|| Place { partition: i32::from(partition), offset: self.offsets[index] })
    }

    /// Makes it the home if there is none yet; true if it is the home.
    pub fn is_home(&mut self, index: usize, place: Place) -> bool {
        if let Some(home) = self.home(index) {
            return home == place;
        }
        let Some(partition) = u16::try_from(place.partition).ok().filter(|partition| *partition != NOWHERE && place.offset >= 0) else {
            return false;
        };
        self.partitions[index] = partition;
        self.offsets[index] = place.offset;
        true
    }

    /// True if it is new.
    pub fn stray(&mut self, stray: Stray) -> bool {
        self.strays.insert(stray)
    }

    pub fn strays(&self) -> impl Iterator<Item = &Stray> {
        self.strays.iter()
    }
}
