//! What is read of a group and a topic at one moment.

use serde::{Deserialize, Serialize};

/// One reading. `None` is: not known, never 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub state: Option<GroupState>,
    pub members: Option<u64>,
    /// Since when the group has had no member, in seconds.
    pub empty_since: Option<f64>,
    /// By partition.
    pub partitions: Vec<Reading>,
}

/// The broker's word for the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupState {
    Stable,
    /// Preparing or completing a rebalance, assigning, reconciling.
    Rebalancing,
    Empty,
    /// Dead, or there is none.
    Dead,
    Other,
}

/// Of one partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// -1: never committed.
    pub committed: Option<i64>,
    /// For the isolation level of the group: the last stable offset, or the high watermark.
    pub end: Option<i64>,
    pub start: Option<i64>,
    /// The timestamp of the record at the committed offset in seconds.
    pub timestamp: Option<f64>,
    /// Records that wait, where it was looked whether only transaction markers are left.
    pub effective_lag: Option<i64>,
    pub owned: Option<bool>,
    pub owner: Option<String>,
    /// Offsets that workers have covered (applied, filtered, dead-lettered, gaps), counted from any origin.
    pub covered: Option<i64>,
    /// Records that its owner found deleted before it read them, counted since it has the partition.
    pub lost: Option<i64>,
    pub high_watermark: Option<i64>,
    /// Bytes of the log.
    pub bytes: Option<i64>,
}

impl GroupState {
    pub fn of(name: &str) -> Self {
        match name {
            "Stable" => Self::Stable,
            "PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling" => Self::Rebalancing,
            "Empty" => Self::Empty,
            "Dead" | "NonExistent" => Self::Dead,
            _ => Self::Other,
        }
    }
}

impl Sample {
    /// Members, as far as the state tells too.
    pub fn members(&self) -> Option<u64> {
        let none = matches!(self.state, Some(GroupState::Empty | GroupState::Dead));
        self.members.or(none.then_some(0))
    }
}
