//! What one channel knows of one incident.

use serde::{Deserialize, Serialize};

use super::alert::{Alert, State};
use super::backoff::Backoff;
use super::kept::believed;
use crate::core::lag::{Kind, Severity};

/// The last that the channel took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub state: State,
    pub severity: Severity,
    /// How loud it was when it called last, which an end does not say.
    pub called: Severity,
    pub kind: Kind,
    pub sequence: u64,
    /// When it took it last: what must be repeated is taken often.
    pub at: f64,
    /// When it took this sequence first.
    pub since: f64,
}

impl Told {
    /// Somebody was called and is still wanted.
    pub fn calls_out(&self) -> bool {
        self.state == State::Open && self.severity == Severity::Page
    }
}

/// Failures are not kept over a restart: the new process tries at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub told: Option<Told>,
    /// A call was sent and nobody knows whether it arrived: its end has to be told too.
    pub may_have_been_called: bool,
    /// The channel that could not deliver it: a page is sent here whatever this channel usually gets.
    pub adopted_from: Option<String>,
    /// Up to this sequence nothing is tried any more: refused, or too old.
    pub given_up: u64,
    #[serde(skip)]
    pub(super) backoff: Backoff,
    #[serde(skip)]
    pub(super) failing_since: Option<f64>,
    #[serde(skip)]
    pub(super) refused_since: Option<f64>,
}

impl Entry {
    /// The channel believes that somebody has to act.
    pub fn calls(&self) -> bool {
        self.told.is_some_and(|told| told.state == State::Open)
    }

    /// A send begins; a kill may come before its answer. Whether that is news.
    pub(super) fn begin(&mut self, alert: &Alert) -> bool {
        alert.is_open() && !self.calls() && !std::mem::replace(&mut self.may_have_been_called, true)
    }

    /// What has this number was taken, or will not be tried again.
    pub fn is_done_with(&self, sequence: u64) -> bool {
        sequence <= self.given_up || self.told.is_some_and(|told| sequence <= told.sequence)
    }

    /// As [`super::Kept::believe`].
    pub(super) fn believe(&mut self, now: f64) {
        if let Some(told) = &mut self.told {
            (told.at, told.since) = (believed(told.at, now), believed(told.since, now));
        }
    }

    pub(super) fn delivered(&mut self, alert: &Alert, now: f64) {
        let repeated = self.told.filter(|told| told.sequence == alert.sequence && told.state == alert.state);
        self.told = Some(Told {
            state: alert.state,
            severity: alert.severity,
            called: if alert.is_open() { alert.severity } else { self.told.map_or(Severity::None, |told| told.called) },
            kind: alert.kind,
            sequence: alert.sequence,
            at: now,
            since: repeated.map_or(now, |told| told.since),
        });
        self.may_have_been_called = false;
        self.backoff = Backoff::default();
        self.failing_since = None;
        self.refused_since = None;
    }
}
