//! All incidents and all channels together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, State};
use super::entry::Entry;
use super::kept::Kept;
use super::pacing::Pacing;
use super::queue::{ChannelRules, Next, Outcome, Queue, Sending};

/// Incidents that are kept at a time; beyond it the least important is forgotten.
const INCIDENTS: usize = 4_096;

/// What has to be kept over a restart, so that nothing is lost and nothing told twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Kept {
        key: String,
        kept: Box<Kept>,
    },
    Entry {
        channel: String,
        key: String,
        entry: Entry,
    },
    /// Nobody has to be told anything more of this key.
    Gone {
        key: String,
    },
}

/// Owns what is to be told and to whom.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    pub(super) pacing: Pacing,
    pub(super) kept: BTreeMap<String, Kept>,
    pub(super) queues: BTreeMap<String, Queue>,
}

impl Desk {
    pub fn new(pacing: Pacing, channels: impl IntoIterator<Item = (String, ChannelRules)>) -> Self {
        let queues = channels.into_iter().map(|(name, rules)| (name, Queue::new(rules))).collect();
        Self { pacing, kept: BTreeMap::new(), queues }
    }

    /// Takes up what was kept before, in its order. What a channel knew that is not configured any more is left out.
    pub fn restore(&mut self, changes: impl IntoIterator<Item = Change>, now: f64) {
        changes.into_iter().for_each(|change| self.take_up(change));
        self.kept.values_mut().for_each(|kept| kept.believe(now));
        let kept = &self.kept;
        // What was known of an incident that is over would silence the next one.
        for queue in self.queues.values_mut() {
            queue.entries.retain(|key, _| kept.contains_key(key));
            queue.entries.values_mut().for_each(|entry| entry.believe(now));
        }
    }

    fn take_up(&mut self, change: Change) {
        match change {
            Change::Kept { key, kept } => drop(self.kept.insert(key, *kept)),
            Change::Entry { channel, key, entry } => {
                if let Some(queue) = self.queues.get_mut(&channel) {
                    queue.entries.insert(key, entry);
                }
            }
            Change::Gone { key } => self.forget(&key),
        }
    }

    /// Whether this was handed in before: a watcher that was killed in between hands in again what it is not sure of.
    pub fn knows(&self, alert: &Alert) -> bool {
        let told = self.kept.get(&alert.key).map(|kept| &kept.newest);
        told.is_some_and(|told| (told.detected_at, told.state) >= (alert.detected_at, alert.state))
    }

    /// Gives the alert its number. It is sent by nobody before it is accepted, so that it can be kept first.
    pub fn number(&self, alert: Alert, now: f64) -> Kept {
        Kept::after(self.kept.get(&alert.key), alert, now)
    }

    /// From here on it is sent. Returns what had to be forgotten for it.
    pub fn accept(&mut self, kept: Kept) -> Option<Alert> {
        let is_known = self.kept.contains_key(&kept.newest.key);
        let forgotten = if is_known || self.kept.len() < INCIDENTS { None } else { self.least_important() };
        if let Some(alert) = &forgotten {
            self.forget(&alert.key);
        }
        self.kept.insert(kept.newest.key.clone(), kept);
        forgotten
    }

    /// Newer numbers of an incident of which nothing else is new, for what is sent of it next.
    pub fn refresh(&mut self, fresh: &Alert) {
        if let Some(kept) = self.kept.get_mut(&fresh.key) {
            kept.refresh(fresh);
        }
    }

    /// Somebody takes care of an incident: it is not told again as long as nothing is new.
    pub fn acknowledge(&mut self, key: &str, by: &str) -> Option<Change> {
        let kept = self.kept.get_mut(key).filter(|kept| kept.newest.is_open())?;
        kept.newest.acknowledged_by = Some(by.to_owned());
        Some(Change::Kept { key: key.to_owned(), kept: Box::new(kept.clone()) })
    }

    pub fn next(&self, channel: &str, now: f64) -> Next {
        self.queues.get(channel).map_or(Next::Idle, |queue| queue.next(self.kept.values(), &self.pacing, now))
    }

    /// A send begins: what has to be kept before it, so that a kill in the middle leaves nobody called for ever.
    pub fn begin(&mut self, channel: &str, sending: &Sending) -> Option<Change> {
        let is_news = self.queues.get_mut(channel)?.begin(sending);
        is_news.then(|| self.entry(channel, &sending.alert.key))?
    }

    /// Takes how a send ended; `random` is in [0, 1).
    pub fn finished(&mut self, channel: &str, sending: &Sending, outcome: Outcome, random: f64, now: f64) -> Option<Change> {
        let queue = self.queues.get_mut(channel)?;
        let key = &sending.alert.key;
        // It may have been forgotten meanwhile, and another one begun.
        let is_known = self.kept.get(key).is_some_and(|kept| kept.has(&sending.alert));
        let is_news = is_known && queue.finished(sending, outcome, &self.pacing, random, now);
        is_news.then(|| self.entry(channel, key))?
    }

    /// What is open, as it was handed in last.
    pub fn open(&self) -> impl Iterator<Item = &Alert> {
        self.kept.values().map(|kept| &kept.newest).filter(|alert| alert.is_open())
    }

    /// Everything, for a file that is written anew.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        let kept = self.kept.iter().map(|(key, kept)| Change::Kept { key: key.clone(), kept: Box::new(kept.clone()) });
        let entries = self.queues.keys().flat_map(|channel| self.kept.keys().filter_map(|key| self.entry(channel, key)));
        kept.chain(entries)
    }

    /// What a channel knows of an incident.
    pub fn entry(&self, channel: &str, key: &str) -> Option<Change> {
        let entry = self.queues.get(channel)?.entries.get(key)?.clone();
        Some(Change::Entry { channel: channel.to_owned(), key: key.to_owned(), entry })
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.kept.remove(key);
        self.queues.values_mut().for_each(|queue| drop(queue.entries.remove(key)));
    }

    fn least_important(&self) -> Option<Alert> {
        let importance = |kept: &&Kept| (kept.newest.state == State::Open, kept.newest.severity);
        let newest = self
            .kept
            .values()
            .min_by(|a, b| importance(a).cmp(&importance(b)).then(a.newest.submitted_at.total_cmp(&b.newest.submitted_at)));
        newest.map(|kept| kept.newest.clone())
    }
}
