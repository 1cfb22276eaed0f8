//! Whether the committed offset went past records that nobody covered: a reset to the latest offset, a lost backlog.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// What was committed and what was covered over a window, or since the last reading that knew both. At most 128 readings: 3 kB.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    known: VecDeque<Covered>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Covered {
    time: f64,
    committed: i64,
    covered: i64,
}

impl Coverage {
    /// After each move of the commit: offsets that were committed and not covered, where that is more than is tolerated; 0 else, and
    /// while it is not known. Only just after a commit the two can be compared: later, more is covered.
    pub fn skipped(&mut self, time: f64, committed: i64, covered: Option<i64>, window_s: f64, tolerated: f64) -> i64 {
        let Some(covered) = covered else { return 0 };
        if self.known.back().is_some_and(|last| last.covered > covered || last.committed > committed) {
            // Counted anew, or rewound.
            self.known.clear();
        }
        self.known.push_back(Covered { time, committed, covered });
        // One reading older than the window stays, so that an outage of workers is looked across.
        while self.known.get(1).is_some_and(|second| second.time <= time - window_s) || self.known.len() > 128 {
            self.known.pop_front();
        }
        let Some(first) = self.known.front() else { return 0 };
        let uncovered = (committed - first.committed) - (covered - first.covered);
        if uncovered as f64 <= tolerated {
            return 0;
        }
        // Told once.
        self.known.drain(..self.known.len() - 1);
        uncovered
    }

    /// Records up to here have gone otherwise: retention deleted them.
    pub fn restart(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_commit_is_told_once_also_across_an_outage() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.skipped(0.0, 100, Some(0), 60.0, 1_000.0), 0);
        assert_eq!(coverage.skipped(1_200.0, 100, None, 60.0, 1_000.0), 0, "no worker");
        assert_eq!(coverage.skipped(1_210.0, 150_100, Some(50), 60.0, 1_000.0), 149_950);
        assert_eq!(coverage.skipped(1_220.0, 151_000, Some(950), 60.0, 1_000.0), 0);
    }

    #[test]
    fn a_commit_may_stand_for_much_that_was_covered_before_it() {
        let mut coverage = Coverage::default();
        let commits = (0..100).map(|step| {
            coverage.skipped(f64::from(step) * 300.0, i64::from(step) * 37_500, Some(i64::from(step) * 37_500), 600.0, 1_000.0)
        });
        assert_eq!(commits.sum::<i64>(), 0);
    }
}
