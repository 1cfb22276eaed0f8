//! One channel: what it wants, what it was told, and one send at a time.

use std::collections::BTreeMap;

use super::alert::Alert;
use super::backoff::Backoff;
use super::due::{Case, Due, Rank};
use super::entry::{Entry, Told};
use super::kept::Kept;
use super::pacing::Pacing;
use crate::core::lag::Severity;

/// What a channel is like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelRules {
    /// The least that it is told; `None`: only what another channel hands over.
    pub least: Option<Severity>,
    /// It wants to know when an incident is over, not only when nobody needs to act any more.
    pub hears_close: bool,
    pub repeat: Option<Repeat>,
    /// Seconds between two sends.
    pub gap_s: f64,
    /// Who gets a page that this one does not take.
    pub hand_over: Option<String>,
}

/// For a receiver that forgets what it is not told again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeat {
    pub every_s: f64,
    /// How long the end is told again.
    pub ends_for_s: f64,
}

/// What a channel has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Send(Box<Sending>),
    /// Nothing before this time.
    Wait(f64),
    Idle,
}

/// One send that was begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    pub alert: Alert,
    /// What the channel was told of it last.
    pub told: Option<Told>,
    pub rank: Rank,
    /// An earlier try of a call may have arrived.
    pub may_have_been_called: bool,
}

/// How a send ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Delivered,
    /// It may go through later.
    Failed {
        /// What the receiver asks for.
        retry_after_s: Option<f64>,
        /// The receiver may have it: the answer was lost.
        may_have_arrived: bool,
    },
    /// It never will.
    Refused,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    pub rules: ChannelRules,
    pub entries: BTreeMap<String, Entry>,
    /// What is known of an incident that is new.
    nothing: Entry,
    backoff: Backoff,
    failing_since: Option<f64>,
    /// Between two sends, and what the receiver asked for.
    pause_until: f64,
}

impl Queue {
    pub fn new(rules: ChannelRules) -> Self {
        Self { rules, ..Self::default() }
    }

    pub fn due(&self, kept: &Kept, pacing: &Pacing, now: f64) -> Option<Due> {
        self.case(kept, pacing, now).due()
    }

    pub fn alert(&self, due: &Due, kept: &Kept, pacing: &Pacing, now: f64) -> Alert {
        self.case(kept, pacing, now).alert(due)
    }

    pub fn next<'a>(&self, all: impl Iterator<Item = &'a Kept>, pacing: &Pacing, now: f64) -> Next {
        let open_from = self.pause_until.max(self.backoff.until);
        let (mut best, mut earliest): (Option<(u32, Due, &Kept)>, f64) = (None, f64::INFINITY);
        for kept in all {
            let case = self.case(kept, pacing, now);
            let Some(due) = case.due() else { continue };
            let Backoff { failures, until } = case.entry.backoff;
            let at = due.at.max(until).max(open_from);
            earliest = earliest.min(at);
            // What failed often goes after what did not: it may be the one that can not be told.
            let is_first = |(others, other, _): &(u32, Due, &Kept)| {
                due.rank.cmp(&other.rank).then(failures.cmp(others)).then(due.at.total_cmp(&other.at)).is_lt()
            };
            if at <= now && best.as_ref().is_none_or(is_first) {
                best = Some((failures, due, kept));
            }
        }
        match best {
            Some((_, due, kept)) => Next::Send(Box::new(self.sending(&due, &self.case(kept, pacing, now)))),
            None if earliest.is_finite() => Next::Wait(earliest),
            None => Next::Idle,
        }
    }

    fn case<'a>(&'a self, kept: &'a Kept, pacing: &'a Pacing, now: f64) -> Case<'a> {
        let entry = self.entries.get(&kept.newest.key).unwrap_or(&self.nothing);
        Case { kept, entry, rules: &self.rules, pacing, now }
    }

    fn sending(&self, due: &Due, case: &Case<'_>) -> Sending {
        let Entry { told, may_have_been_called, .. } = case.entry;
        Sending { alert: case.alert(due), told: *told, rank: due.rank, may_have_been_called: *may_have_been_called }
    }

    /// A send begins. Whether what is known of the incident has changed for good.
    pub fn begin(&mut self, sending: &Sending) -> bool {
        self.entries.entry(sending.alert.key.clone()).or_default().begin(&sending.alert)
    }

    /// Takes how a send ended; `random` is in [0, 1). Whether what is known of the incident has changed for good.
    pub fn finished(&mut self, sending: &Sending, outcome: Outcome, pacing: &Pacing, random: f64, now: f64) -> bool {
        let entry = self.entries.entry(sending.alert.key.clone()).or_default();
        let is_repeat = sending.rank == Rank::Repeat;
        self.pause_until = now + self.rules.gap_s;
        match outcome {
            Outcome::Delivered => {
                entry.delivered(&sending.alert, now);
                (self.backoff, self.failing_since) = (Backoff::default(), None);
                !is_repeat
            }
            Outcome::Failed { retry_after_s, may_have_arrived } => {
                let before = entry.may_have_been_called;
                entry.may_have_been_called &= may_have_arrived || sending.may_have_been_called;
                entry.failing_since.get_or_insert(now);
                entry.backoff.fail(pacing, random, now);
                self.failing_since.get_or_insert(now);
                self.backoff.fail(pacing, random, now);
                self.pause_until = self.pause_until.max(now + retry_after_s.unwrap_or(0.0).clamp(0.0, pacing.longest_asked_s));
                before != entry.may_have_been_called
            }
            Outcome::Refused => {
                // An update that is refused leaves a page that was taken.
                if sending.alert.is_page() && !sending.told.is_some_and(|told| told.calls_out()) {
                    entry.refused_since.get_or_insert(now);
                }
                entry.may_have_been_called &= sending.may_have_been_called;
                entry.backoff.fail(pacing, random, now);
                entry.given_up = entry.given_up.max(sending.alert.sequence);
                !is_repeat
            }
        }
    }

    /// Since when it can not deliver a page of this incident.
    pub fn undeliverable_since(&self, kept: &Kept, pacing: &Pacing, now: f64) -> Option<f64> {
        let entry = self.entries.get(&kept.newest.key);
        if let Some(refused) = entry.and_then(|entry| entry.refused_since).filter(|_| kept.newest.is_page()) {
            return Some(refused);
        }
        let waits = self.due(kept, pacing, now).filter(|due| due.rank == Rank::Page)?;
        let tried = entry.and_then(|entry| entry.failing_since);
        tried.or_else(|| Some(self.failing_since?.max(waits.at)))
    }

    /// Nobody would be called by this channel in time.
    pub fn fails(&self, kept: &Kept, pacing: &Pacing, now: f64) -> bool {
        let Some(since) = self.undeliverable_since(kept, pacing, now) else { return false };
        let entry = self.entries.get(&kept.newest.key);
        let is_refused = entry.is_some_and(|entry| entry.refused_since.is_some());
        let is_tried = entry.is_some_and(|entry| entry.failing_since.is_some());
        // A channel that has been dead for long is known to be: one try is enough.
        let failing_since = self.failing_since.filter(|failing| is_tried && *failing < since).unwrap_or(since);
        is_refused || now - failing_since >= pacing.hand_over_after_s
    }
}
