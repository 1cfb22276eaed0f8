use super::entry::{Entry, Outcome};
use super::{Ledger, Objective, Stage};

/// A counted event that did not make the objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Miss {
    pub intended_us: i64,
    /// Until when it was on its way: the moment it was seen, or the limit after the intended time where it never was.
    pub until_us: i64,
    pub cause: Cause,
}

/// Why an event counts against the objective; all but `Slow` have an infinite latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Seen, but not within the limit.
    Slow,
    /// Acknowledged, or its fate never told, and not seen at the stage.
    Lost,
    /// The producer was told that it failed.
    Failed,
    /// No answer, and not seen at the stage.
    Unknown,
    /// Not sent by the generator.
    Dropped,
    /// Seen after the drain deadline.
    Late,
}

impl Cause {
    pub const ALL: [Cause; 6] = [Cause::Slow, Cause::Lost, Cause::Failed, Cause::Unknown, Cause::Dropped, Cause::Late];

    /// Lower case, one word.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Slow => "slow",
            Cause::Lost => "lost",
            Cause::Failed => "failed",
            Cause::Unknown => "unknown",
            Cause::Dropped => "dropped",
            Cause::Late => "late",
        }
    }
}

impl Ledger {
    /// The counted events that miss the objective at a stage, by intended time.
    pub fn misses(&self, stage: Stage, objective: Objective, drain_deadline_us: Option<i64>) -> Vec<Miss> {
        let counted = self.entries().filter(|entry| entry.scheduled.counted);
        let mut misses: Vec<Miss> = counted.filter_map(|entry| miss(&entry, stage, objective, drain_deadline_us)).collect();
        misses.sort_by_key(|miss| miss.intended_us);
        misses
    }

    /// How many events are counted.
    pub fn counted_events(&self) -> u64 {
        self.marks.iter().filter(|marks| marks.has(super::marks::Marks::COUNTED)).count() as u64
    }
}

fn miss(entry: &Entry, stage: Stage, objective: Objective, deadline_us: Option<i64>) -> Option<Miss> {
    let intended_us = entry.scheduled.intended_us;
    let latency_us = entry.latency_us(stage);
    let cause = cause(entry, latency_us, objective.limit_us, deadline_us)?;
    let until_us = intended_us + latency_us.unwrap_or(objective.limit_us).max(0);
    Some(Miss { intended_us, until_us, cause })
}

fn cause(entry: &Entry, latency_us: Option<i64>, limit_us: i64, deadline_us: Option<i64>) -> Option<Cause> {
    match (entry.outcome, latency_us) {
        (Outcome::Dropped, _) => Some(Cause::Dropped),
        (Outcome::Failed, _) => Some(Cause::Failed),
        (Outcome::Unknown, None) => Some(Cause::Unknown),
        (_, None) => Some(Cause::Lost),
        (_, Some(latency_us)) => {
            let late = deadline_us.is_some_and(|deadline_us| entry.scheduled.intended_us + latency_us > deadline_us);
            match (late, latency_us >= limit_us) {
                (true, _) => Some(Cause::Late),
                (false, slow) => slow.then_some(Cause::Slow),
            }
        }
    }
}
