//! Who is in the group, since when, and how much of the time it is busy with itself.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::sample::{GroupState, Sample};

/// How long it is remembered whether the group rebalanced, in seconds.
pub const REMEMBERED_S: f64 = 600.0;

/// The members of a group over time. Times are seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Membership {
    members: Option<u64>,
    changed: Option<f64>,
    none_since: Option<f64>,
    empty_since: Option<f64>,
    stable_since: Option<f64>,
    rebalancing_since: Option<f64>,
    dead_since: Option<f64>,
    /// When it was seen, and whether it rebalanced: at most 10 min, every 5 s or rarer.
    looks: VecDeque<(f64, bool)>,
}

impl Membership {
    pub fn observe(&mut self, sample: &Sample, now: f64) {
        let members = sample.members();
        if members.is_some() && self.members.is_some() && members != self.members {
            self.changed = Some(now);
        }
        self.members = members.or(self.members);
        let since = |holds: bool, since: Option<f64>| holds.then(|| since.unwrap_or(now));
        self.none_since = since(self.members == Some(0), self.none_since);
        self.empty_since = self.none_since.map(|none_since| sample.empty_since.unwrap_or(none_since));
        self.stable_since = since(sample.state == Some(GroupState::Stable), self.stable_since);
        self.dead_since = since(sample.state == Some(GroupState::Dead), self.dead_since);
        let rebalancing = sample.state == Some(GroupState::Rebalancing);
        self.rebalancing_since = since(rebalancing, self.rebalancing_since);
        self.look(rebalancing, now);
    }

    /// Partitions came or went: that is a change of members, whoever they are.
    pub fn note_change(&mut self, now: f64) {
        self.changed = Some(now);
    }

    fn look(&mut self, rebalancing: bool, now: f64) {
        if self.looks.back().is_none_or(|(last, _)| now - last >= 5.0) {
            self.looks.push_back((now, rebalancing));
        }
        while self.looks.front().is_some_and(|(first, _)| now - first > REMEMBERED_S) {
            self.looks.pop_front();
        }
    }

    pub fn count(&self) -> Option<u64> {
        self.members
    }

    pub fn is_empty(&self) -> bool {
        self.members == Some(0)
    }

    pub fn empty_since(&self) -> Option<f64> {
        self.empty_since
    }

    /// For how many seconds there has been no member; `None`: there is one.
    pub fn none_s(&self, now: f64) -> Option<f64> {
        self.none_since.map(|since| now - since)
    }

    pub fn dead_s(&self, now: f64) -> Option<f64> {
        self.dead_since.map(|since| now - since)
    }

    pub fn stable_s(&self, now: f64) -> Option<f64> {
        self.stable_since.map(|since| now - since)
    }

    pub fn rebalancing_s(&self, now: f64) -> Option<f64> {
        self.rebalancing_since.map(|since| now - since)
    }

    pub fn changed_within(&self, seconds: f64, now: f64) -> bool {
        self.changed.is_some_and(|changed| now - changed < seconds)
    }

    /// For how many of the last 600 s it rebalanced.
    pub fn rebalanced_s(&self) -> f64 {
        let spent = self.looks.iter().zip(self.looks.iter().skip(1)).filter(|((_, rebalancing), _)| *rebalancing);
        spent.map(|((from, _), (to, _))| to - from).sum()
    }
}
