//! What the compare-and-set of a position answered, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// The answers that the script has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenceOutcome {
    /// The events were written and the position moved.
    Applied,
    /// An earlier try, whose answer was lost, had done it.
    Already,
    /// Another writer is ahead, or the store went back.
    Conflict,
    /// A key of another type refused an event: a dead letter.
    Poison,
    /// A delta's base was gone: read and planned again.
    Stale,
    /// Redis refused, and the records are not to blame.
    Failed,
}

impl FenceOutcome {
    pub const ALL: [Self; 6] = [Self::Applied, Self::Already, Self::Conflict, Self::Poison, Self::Stale, Self::Failed];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Already => "already",
            Self::Conflict => "conflict",
            Self::Poison => "poison",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

/// Counts per outcome of one task since its last flush.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FenceCounts([u64; FenceOutcome::ALL.len()]);

impl FenceCounts {
    pub fn add(&mut self, outcome: FenceOutcome) {
        self.0[outcome as usize] += 1;
    }
}

/// Counts per outcome of all tasks.
#[derive(Debug, Default)]
pub(super) struct FenceTotals([AtomicU64; FenceOutcome::ALL.len()]);

impl FenceTotals {
    pub fn add(&self, batch: &FenceCounts) {
        for (total, count) in self.0.iter().zip(batch.0).filter(|(_, count)| *count > 0) {
            total.fetch_add(count, Ordering::Relaxed);
        }
    }

    pub fn get(&self, outcome: FenceOutcome) -> u64 {
        self.0[outcome as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_its_own_count() {
        let totals = FenceTotals::default();
        let mut batch = FenceCounts::default();
        for (times, outcome) in FenceOutcome::ALL.into_iter().enumerate() {
            (0..times).for_each(|_| batch.add(outcome));
        }
        totals.add(&batch);
        totals.add(&batch);
        assert_eq!(FenceOutcome::ALL.map(|outcome| totals.get(outcome)), [0, 2, 4, 6, 8, 10]);
    }
}
