//! When which offset came in, from our own readings: what a record's timestamp is checked against, and taken from where there is none.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Ends of the log by time: every 10 s for 10 minutes, every 5 minutes for 48 hours. At most 18 kB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Arrivals {
    recent: Ring,
    old: Ring,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ring {
    width_s: f64,
    keep_s: f64,
    /// Time in seconds, and the log's end then.
    ends: VecDeque<(f64, i64)>,
}

/// Between which two readings a record came in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrival {
    /// The last reading without it.
    pub after: Option<(f64, i64)>,
    /// The first reading with it.
    pub before: Option<(f64, i64)>,
}

impl Default for Arrivals {
    fn default() -> Self {
        let ring = |width_s, keep_s| Ring { width_s, keep_s, ends: VecDeque::new() };
        Self { recent: ring(10.0, 600.0), old: ring(300.0, 172_800.0) }
    }
}

impl Arrivals {
    pub fn push(&mut self, time: f64, end: i64) {
        self.recent.push(time, end);
        self.old.push(time, end);
    }

    /// When the record at `offset` came in.
    pub fn of(&self, offset: i64) -> Arrival {
        let [recent, old] = [&self.recent, &self.old].map(|ring| ring.of(offset));
        let later = |a: &(f64, i64), b: &(f64, i64)| a.0.total_cmp(&b.0);
        Arrival {
            after: recent.after.into_iter().chain(old.after).max_by(later),
            before: recent.before.into_iter().chain(old.before).min_by(later),
        }
    }
}

impl Arrival {
    /// About when the record at `offset` came in; `None` where no reading was without it.
    pub fn time(&self, offset: i64) -> Option<f64> {
        let ((after, without), (before, with)) = (self.after?, self.before?);
        let share = (offset - without) as f64 / (with - without).max(1) as f64;
        Some(after + share * (before - after))
    }
}

impl Ring {
    fn push(&mut self, time: f64, end: i64) {
        if self.ends.back().is_some_and(|(_, last)| *last > end) {
            self.ends.clear();
        }
        let bucket = |time: f64| (time / self.width_s).floor();
        if self.ends.back().is_some_and(|(last, _)| bucket(*last) == bucket(time)) {
            return;
        }
        self.ends.push_back((time, end));
        while self.ends.front().is_some_and(|(first, _)| *first < time - self.keep_s) {
            self.ends.pop_front();
        }
    }

    fn of(&self, offset: i64) -> Arrival {
        let with = self.ends.partition_point(|(_, end)| *end <= offset);
        let after = with.checked_sub(1).and_then(|at| self.ends.get(at)).copied();
        Arrival { after, before: self.ends.get(with).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_came_in_between_the_readings_without_and_with_it() {
        let mut arrivals = Arrivals::default();
        (0..100_000).for_each(|step| arrivals.push(f64::from(step) * 10.0, i64::from(step) * 10));
        let recent = arrivals.of(999_985);
        assert_eq!((recent.after, recent.before), (Some((999_980.0, 999_980)), Some((999_990.0, 999_990))));
        assert_eq!(recent.time(999_985), Some(999_985.0));
        let old = arrivals.of(900_001).time(900_001).unwrap();
        assert!((old - 900_001.0).abs() < 1.0, "{old}");
        assert_eq!(arrivals.of(1).time(1), None, "before all that is remembered");
        assert!(arrivals.recent.ends.len() <= 62 && arrivals.old.ends.len() <= 578);
    }
}
