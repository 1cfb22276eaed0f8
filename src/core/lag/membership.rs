//! Who is in the group, since when, and how much of the time it is busy with itself.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::sample::{GroupState, Sample};

const REMEMBERED_S: f64 = 600.0;

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

    pub fn has_none_for(&self, seconds: f64, now: f64) -> bool {
        self.none_since.is_some_and(|since| now - since >= seconds)
    }

    pub fn is_dead_for(&self, seconds: f64, now: f64) -> bool {
        self.dead_since.is_some_and(|since| now - since >= seconds)
    }

    pub fn is_stable_for(&self, seconds: f64, now: f64) -> bool {
        self.stable_since.is_some_and(|since| now - since > seconds)
    }

    pub fn changed_within(&self, seconds: f64, now: f64) -> bool {
        self.changed.is_some_and(|changed| now - changed < seconds)
    }

    /// For more than 2 min, or for more than 30 % of the last 10 min.
    pub fn rebalances_too_much(&self, now: f64) -> bool {
        let spent = self.looks.iter().zip(self.looks.iter().skip(1)).filter(|((_, rebalancing), _)| *rebalancing);
        let spent_s: f64 = spent.map(|((from, _), (to, _))| to - from).sum();
        self.rebalancing_since.is_some_and(|since| now - since > 120.0) || spent_s > 0.3 * REMEMBERED_S
    }
}
