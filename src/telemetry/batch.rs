//! A batch in plain integers: what a task counts per event, without a lock and without memory that others touch.

use super::fence::FenceCounts;
use super::latency::LatencyBuckets;

/// Counts by a reason. Reasons are constants of the code, a dozen at most, so a list is searched faster than a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasonCounts(Vec<(&'static str, u64)>);

/// A batch in numbers. A task keeps one, fills it while it works, flushes and clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchFacts {
    /// Records taken from the queue, whatever became of them.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    pub applied: u64,
    pub skipped: ReasonCounts,
    pub fences: FenceCounts,
    pub cache: CacheFacts,
    pub latency: LatencyBuckets,
}

/// The partition's read cache: what happened since the last flush, and how large it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheFacts {
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
    pub entries: u64,
    pub bytes: u64,
}

impl ReasonCounts {
    pub fn add(&mut self, reason: &'static str, count: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, total)) => *total += count,
            None => self.0.push((reason, count)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|(reason, count)| self.add(reason, count));
    }
}

impl BatchFacts {
    /// Ready for the next batch; what was allocated stays.
    pub fn clear(&mut self) {
        let mut skipped = std::mem::take(&mut self.skipped);
        skipped.0.clear();
        *self = Self { skipped, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_batch_is_as_new() {
        let mut batch = BatchFacts { records: 3, bytes: 9, applied: 1, ..BatchFacts::default() };
        batch.skipped.add("applied-before", 2);
        batch.latency.record(5);
        batch.clear();
        assert_eq!(batch, BatchFacts::default());
    }

    #[test]
    fn counts_of_a_reason_add_up() {
        let mut counts = ReasonCounts::default();
        counts.add("a", 1);
        counts.add("b", 2);
        counts.add("a", 3);
        assert!(counts.iter().eq([("a", 4), ("b", 2)]));
    }
}
