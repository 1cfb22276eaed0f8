use super::marks::Marks;
use super::stage_account::StageAccount;
use super::tally::Tally;
use super::{Ledger, Stage};

/// The sums of one part of a run: the counted events, the warm-up, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Events pushed; this and the next five are counted from the columns, at most once an event.
    pub scheduled: u64,
    pub sent: u64,
    pub dropped: u64,
    pub acknowledged: u64,
    pub failed: u64,
    pub unknown: u64,
    /// Latencies below zero, in the order of [`Stage::ALL`].
    pub negative: [u64; 5],
    /// The same facts as they were observed, one by one.
    pub observed: Tally,
    /// The stages that were observed.
    pub stages: Vec<StageAccount>,
}

impl Account {
    pub(super) fn empty(stages: &[Stage], observed: Tally) -> Account {
        let stages = stages.iter().filter_map(|stage| {
            let sightings = observed.sightings[stage.sighting()?];
            Some(StageAccount { sightings, ..StageAccount::empty(*stage) })
        });
        Account { observed, stages: stages.collect(), ..Account::default() }
    }

    pub(super) fn add_event(&mut self, ledger: &Ledger, index: usize, deadline_us: Option<i64>) {
        let marks = ledger.marks[index];
        self.scheduled += 1;
        self.sent += u64::from(marks.has(Marks::SENT));
        self.dropped += u64::from(marks.has(Marks::DROPPED));
        self.acknowledged += u64::from(marks.has(Marks::ACKNOWLEDGED));
        self.failed += u64::from(marks.has(Marks::FAILED));
        self.unknown += u64::from(marks.has(Marks::UNKNOWN));
        for (stage, negative) in Stage::ALL.into_iter().zip(&mut self.negative) {
            *negative += u64::from(ledger.delays.get(index, stage).is_some_and(i64::is_negative));
        }
        for account in &mut self.stages {
            let Some(sighting) = account.stage.sighting() else { continue };
            let seen_us = ledger.delays.get(index, account.stage).map(|delay_us| ledger.intended_us[index] + delay_us);
            let late = seen_us.is_some_and(|seen_us| deadline_us.is_some_and(|deadline_us| seen_us > deadline_us));
            account.add_event(marks, seen_us.is_some(), late, sighting);
        }
    }

    /// The sums of both.
    pub fn plus(&self, other: &Account) -> Account {
        let observed = self.observed.plus(&other.observed);
        let stages = self.stages.iter().zip(&other.stages).filter_map(|(mine, theirs)| {
            let sightings = observed.sightings[mine.stage.sighting()?];
            Some(mine.plus(theirs, sightings))
        });
        let mut negative = self.negative;
        negative.iter_mut().zip(other.negative).for_each(|(mine, theirs)| *mine += theirs);
        Account {
            scheduled: self.scheduled + other.scheduled,
            sent: self.sent + other.sent,
            dropped: self.dropped + other.dropped,
            acknowledged: self.acknowledged + other.acknowledged,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            negative,
            observed,
            stages: stages.collect(),
        }
    }

    /// The figures of a stage, if it was observed.
    pub fn stage(&self, stage: Stage) -> Option<&StageAccount> {
        self.stages.iter().find(|account| account.stage == stage)
    }
}
