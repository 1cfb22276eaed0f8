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

/// Something that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Due {
    /// Seconds since 1970; in the past where it waits already.
    pub at: f64,
    /// It is not tried any more after this.
    pub until: f64,
    pub rank: Rank,
    pub sequence: u64,
    form: Form,
}

/// As what it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// The newest, as standing so.
    Newest(State),
    /// The page that is over already.
    Missed,
    /// What was told, with the numbers of now.
    Again(Told),
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
        let comes_first = |due: &Due| due.at <= self.now || repeat.is_none_or(|repeat| due.at <= repeat.at);
        due.filter(comes_first).or(repeat)
    }

    /// What is sent.
    pub fn alert(&self, due: &Due) -> Alert {
        let Kept { newest, page } = self.kept;
        let alert = match due.form {
            Form::Newest(state) => Alert { state, ..newest.clone() },
            Form::Missed => Alert { late: true, ..page.as_ref().unwrap_or(newest).clone() },
            Form::Again(Told { state, severity, kind, sequence, .. }) => Alert { state, severity, kind, sequence, ..newest.clone() },
        };
        Alert { handed_over_by: self.entry.adopted_from.clone(), ..alert }
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
            Some(told) if !is_news(&told) => (Rank::Update, (told.since + self.pacing.update_every_s).max(alert.submitted_at)),
            _ if alert.severity == Severity::Page => (Rank::Page, alert.submitted_at),
            _ => (Rank::Update, alert.submitted_at),
        };
        Some(self.tried_from(at, rank, alert, Form::Newest(alert.state)))
    }

    fn end(&self, newest: &Alert) -> Option<Due> {
        let missed = self.kept.page.as_ref().filter(|page| self.is_for(page) && !self.entry.is_done_with(page.sequence));
        if let Some(page) = missed.filter(|_| !self.entry.calls()) {
            return Some(self.tried_from(page.submitted_at, Rank::Page, page, Form::Missed));
        }
        if self.entry.is_done_with(newest.sequence) {
            return None;
        }
        if self.entry.calls() || self.entry.may_have_been_called {
            // Where this is open but not for the channel, it ends there all the same.
            let state = if newest.is_open() { State::Resolved } else { newest.state };
            return Some(self.tried_from(newest.submitted_at, Rank::End, newest, Form::Newest(state)));
        }
        let was_told = self.entry.told.is_some_and(|told| told.state == State::Resolved);
        let closes = newest.state == State::Closed && self.rules.hears_close && was_told;
        closes.then(|| self.tried_from(newest.submitted_at, Rank::Update, newest, Form::Newest(newest.state)))
    }

    fn tried_from(&self, at: f64, rank: Rank, alert: &Alert, form: Form) -> Due {
        let is_vital = matches!(rank, Rank::Page | Rank::End) || alert.severity == Severity::Page;
        let lives = if is_vital { self.pacing.page_lives_s } else { self.pacing.other_lives_s };
        Due { at, until: at + lives, rank, sequence: alert.sequence, form }
    }

    /// What was told already, where the receiver forgets it otherwise.
    fn repeat(&self) -> Option<Due> {
        let (repeat, told) = (self.rules.repeat?, self.entry.told?);
        let lasts = match told.state {
            State::Open => self.kept.newest.is_open(),
            State::Resolved | State::Closed => told.at - told.since < repeat.ends_for_s,
        };
        let again = Due {
            at: told.at + repeat.every_s,
            until: f64::INFINITY,
            rank: Rank::Repeat,
            sequence: told.sequence,
            form: Form::Again(told),
        };
        lasts.then_some(again)
    }
}
