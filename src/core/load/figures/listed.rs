use std::collections::HashSet;

use super::Stage;

/// How many events of a kind there are, and the first of them by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    pub total: u64,
    /// At most [`Listed::LIMIT`].
    pub first: Vec<Named>,
    /// An event is one, at however many stages it was noticed.
    events: HashSet<u64>,
}

/// An event by all its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    pub event: u64,
    pub producer: u32,
    pub sequence: u32,
    pub channel: u32,
    /// Where it was noticed.
    pub stage: Stage,
    pub counted: bool,
}

impl Listed {
    /// How many are named.
    pub const LIMIT: usize = 1_000;

    pub(super) fn add(&mut self, named: Named) {
        if !self.events.insert(named.event) {
            return;
        }
        self.total += 1;
        if self.first.len() < Listed::LIMIT {
            self.first.push(named);
        }
    }

    /// One that can not be named.
    pub(super) fn add_nameless(&mut self) {
        self.total += 1;
    }
}
