//! How many offsets of each partition workers have covered, summed over those that come and go.
//!
//! A worker tells where its lease of a partition began and how far it is: that is a range without a gap. What is committed while no worker
//! tells of a partition is taken for covered: then nothing is known against it. So a jump is seen where a lease begins above what was
//! committed, and not where an answer was missed.

use std::collections::BTreeMap;

use crate::core::lag::Sample;

/// A partition of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub worker: String,
    pub partition: usize,
    /// The first offset of it.
    pub began: i64,
    /// The first that is not applied.
    pub position: i64,
}

#[derive(Debug, Default)]
pub struct Coverage {
    partitions: BTreeMap<usize, Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    covered: i64,
    committed: Option<i64>,
    leases: Vec<Lease>,
}

impl Coverage {
    /// Takes what all workers tell of a topic, and says in the sample what is covered where somebody does.
    pub fn note(&mut self, leases: &[Lease], sample: &mut Sample) {
        for (number, reading) in sample.partitions.iter_mut().enumerate() {
            let counted = self.partitions.entry(number).or_default();
            let of: Vec<Lease> = leases.iter().filter(|lease| lease.partition == number).cloned().collect();
            reading.covered = counted.note(of, reading.committed);
        }
    }
}

impl Counted {
    fn note(&mut self, leases: Vec<Lease>, committed: Option<i64>) -> Option<i64> {
        let told = !leases.is_empty();
        if told {
            self.covered += leases.iter().map(|lease| self.more(lease)).sum::<i64>();
            self.leases = leases;
        } else {
            let before = self.committed.or(committed);
            self.covered += committed.zip(before).map_or(0, |(now, before)| (now - before).max(0));
        }
        self.committed = committed.or(self.committed);
        told.then_some(self.covered)
    }

    fn more(&self, lease: &Lease) -> i64 {
        let same = |known: &&Lease| known.worker == lease.worker && known.began == lease.began;
        let from = self.leases.iter().find(same).map_or(lease.began, |known| known.position);
        (lease.position - from).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::lag::Reading;

    fn lease(worker: &str, began: i64, position: i64) -> Lease {
        Lease { worker: worker.to_owned(), partition: 0, began, position }
    }

    fn covered(coverage: &mut Coverage, leases: &[Lease], committed: i64) -> Option<i64> {
        let partitions = vec![Reading { committed: Some(committed), ..Reading::default() }];
        let mut sample = Sample { partitions, ..Sample::default() };
        coverage.note(leases, &mut sample);
        sample.partitions[0].covered
    }

    #[test]
    fn what_a_lease_went_through_is_covered_once_whoever_has_it() {
        let mut coverage = Coverage::default();
        assert_eq!(covered(&mut coverage, &[lease("a", 100, 150)], 140), Some(50));
        assert_eq!(covered(&mut coverage, &[lease("a", 100, 180)], 170), Some(80));
        assert_eq!(covered(&mut coverage, &[lease("b", 180, 200)], 200), Some(100), "handed over without a gap");
        assert_eq!(covered(&mut coverage, &[lease("b", 500, 520)], 520), Some(120), "begun again above: 300 are not covered");
    }

    #[test]
    fn what_was_committed_while_nobody_told_is_not_held_against_anybody() {
        let mut coverage = Coverage::default();
        covered(&mut coverage, &[lease("a", 100, 150)], 140);
        assert_eq!(covered(&mut coverage, &[], 900), None);
        assert_eq!(covered(&mut coverage, &[lease("b", 900, 910)], 910), Some(50 + 760 + 10));
    }
}
