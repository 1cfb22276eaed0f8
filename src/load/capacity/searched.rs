//! What came of a search.

use super::step_run::StepRun;
use crate::core::load::figures::{Found, StepOutcome};

/// All steps, and why there are no more.
#[derive(Clone, Debug)]
pub struct Searched<K> {
    pub found: Found,
    /// In the order in which they ran.
    pub runs: Vec<StepRun<K>>,
    pub ended: Ended,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was through, or had all its steps.
    Done,
    /// The accounts of the last step do not add up.
    Unbalanced,
    /// Somebody stopped it.
    Stopped,
    /// The next step would have taken too long.
    OutOfTime,
}

impl<K> Searched<K> {
    /// The run that a report is about: the last that passed at the rate that was found; if there is none, or its accounts end the search, the
    /// last of all.
    pub fn told(&self) -> Option<&StepRun<K>> {
        let is_told = |run: &&StepRun<K>| {
            let passed = run.outcome == StepOutcome::Passed && !run.is_cut_short;
            passed && run.step.rate == self.found.capacity
        };
        let passing = self.runs.iter().rev().find(is_told).filter(|_| self.ended != Ended::Unbalanced);
        passing.or(self.runs.last())
    }
}
