//! What a channel has to be sent of an incident, and when: follows from what is kept and what the channel was told, and from nothing else.

use super::alert::{Alert, State};
use super::entry::{Entry, Told};
use super::kept::Kept;
use super::pacing::Pacing;
use super::queue::ChannelRules;
use crate::core::lag::Severity;

/// What goes first when much waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Page,
    End,
    Update,
    /// The same again, for a receiver that forgets.
    Repeat,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Seconds since 1970; in the past where it waits already.
    pub at: f64,
    pub rank: Rank,
    pub alert: Alert,
    /// It is not tried any more after this.
    pub until: f64,
}

/// One incident at one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub kept: &'a Kept,
    pub entry: &'a Entry,
    pub rules: &'a ChannelRules,
    pub pacing: &'a Pacing,
    pub now: f64,
}

impl Case<'_> {
    pub fn due(&self) -> Option<Due> {
        let newest = &self.kept.newest;
        let due = match newest.state {
            State::Open if self.is_for(newest) => self.call(newest),
            State::Open | State::Resolved | State::Closed => self.end(newest),
        };
        let repeat = self.repeat();
        // What waits for its time does not let the receiver forget.
        let comes_first = |due: &Due| due.at <= self.now || repeat.as_ref().is_none_or(|repeat| due.at <= repeat.at);
        due.filter(comes_first).or(repeat)
    }

    /// Whether the channel wants to be called by it.
    fn is_for(&self, alert: &Alert) -> bool {
        let wanted = self.rules.least.is_some_and(|least| alert.severity >= least);
        wanted || (self.entry.adopted_from.is_some() && alert.severity == Severity::Page)
    }

    fn call(&self, alert: &Alert) -> Option<Due> {
        if self.entry.is_done_with(alert.sequence) {
            return None;
        }
        let told = self.entry.told.filter(|told| told.state == State::Open);
        let is_news = |told: &Told| (told.severity, told.kind) != (alert.severity, alert.kind) || alert.reminder;
        let (rank, at) = match told {
            Some(told) if !is_news(&told) => (Rank::Update, (told.at + self.pacing.update_every_s).max(alert.submitted_at)),
            _ if alert.severity == Severity::Page => (Rank::Page, alert.submitted_at),
            _ => (Rank::Update, alert.submitted_at),
        };
        Some(self.first_tried(rank, at, alert.clone()))
    }

    fn end(&self, newest: &Alert) -> Option<Due> {
        let missed = self.kept.page.as_ref().filter(|page| self.is_for(page) && !self.entry.is_done_with(page.sequence));
        if let Some(page) = missed.filter(|_| !self.entry.calls()) {
            return Some(self.first_tried(Rank::Page, page.submitted_at, Alert { late: true, ..page.clone() }));
        }
        if self.entry.calls() || self.entry.may_have_been_called {
            // Where this is open but not for the channel, it ends there all the same.
            let state = if newest.is_open() { State::Resolved } else { newest.state };
            let is_new = !self.entry.is_done_with(newest.sequence);
            return is_new.then(|| self.first_tried(Rank::End, newest.submitted_at, Alert { state, ..newest.clone() }));
        }
        let was_told = self.entry.told.is_some_and(|told| told.state == State::Resolved);
        let closes = newest.state == State::Closed && self.rules.hears_close && was_told && !self.entry.is_done_with(newest.sequence);
        closes.then(|| self.first_tried(Rank::Update, newest.submitted_at, newest.clone()))
    }

    fn first_tried(&self, rank: Rank, at: f64, mut alert: Alert) -> Due {
        let is_vital = matches!(rank, Rank::Page | Rank::End) || alert.severity == Severity::Page;
        let lives = if is_vital { self.pacing.page_lives_s } else { self.pacing.other_lives_s };
        alert.handed_over_by.clone_from(&self.entry.adopted_from);
        Due { at, rank, alert, until: at + lives }
    }

    /// What was told already, where the receiver forgets it otherwise.
    fn repeat(&self) -> Option<Due> {
        let (repeat, told) = (self.rules.repeat?, self.entry.told?);
        let lasts = match told.state {
            State::Open => self.kept.newest.is_open(),
            State::Resolved | State::Closed => told.at - told.since < repeat.ends_for_s,
        };
        let mut alert = self.kept.newest.clone();
        // What it was told is repeated, with the numbers of now.
        (alert.state, alert.severity, alert.kind, alert.sequence) = (told.state, told.severity, told.kind, told.sequence);
        lasts.then_some(Due { at: told.at + repeat.every_s, rank: Rank::Repeat, alert, until: f64::INFINITY })
    }
}
