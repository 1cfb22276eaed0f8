//! How old the oldest record that waits is. Producers' clocks lie: what a record says is checked against when it came in.

use serde::{Deserialize, Serialize};

use super::arrivals::Arrivals;

/// A clock that is off by more than this is noted.
const SUSPECT_S: f64 = 60.0;
/// Longer ago than this, half way is a guess.
const JUST_NOW_S: f64 = 60.0;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ages {
    /// The record's clock and ours differ by more than a minute.
    pub clock_suspect: bool,
    arrivals: Arrivals,
    /// Of the record at this offset, in seconds.
    timestamp: Option<(i64, f64)>,
}

impl Ages {
    pub fn note_end(&mut self, now: f64, end: i64) {
        self.arrivals.push(now, end);
    }

    /// Of the record at the committed offset in seconds: as people understand it, and by its own timestamp.
    pub fn of(&mut self, committed: i64, timestamp: Option<f64>, now: f64) -> (f64, f64) {
        // A record that is gone, or was not read this time, keeps the age that it had.
        let known = timestamp.or(self.timestamp.filter(|(at, _)| *at == committed).map(|(_, timestamp)| timestamp));
        self.timestamp = known.map(|timestamp| (committed, timestamp));
        let arrival = self.arrivals.of(committed);
        let [after, before] = [arrival.after, arrival.before].map(|reading| reading.map(|(time, _)| time));
        // It came in since the last reading: about half way.
        let just_now = after.filter(|after| now - after <= JUST_NOW_S).map(|after| f64::midpoint(after, now));
        let stamp = known.or_else(|| arrival.time(committed)).or(before).or(just_now).unwrap_or(now);
        // What came in before all that is remembered has its own timestamp alone.
        let checked = stamp.max(after.unwrap_or(f64::MIN)).min(before.unwrap_or(now));
        self.clock_suspect = (checked - stamp).abs() > SUSPECT_S;
        ((now - checked).max(0.0), (now - stamp).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages() -> Ages {
        let mut ages = Ages::default();
        (0..100).for_each(|step| ages.note_end(f64::from(step) * 10.0, i64::from(step) * 10));
        ages
    }

    #[test]
    fn a_timestamp_counts_between_the_readings_without_and_with_the_record() {
        let mut ages = ages();
        assert_eq!(ages.of(505, Some(507.0), 1_000.0), (493.0, 493.0));
        assert!(!ages.clock_suspect);
        assert_eq!(ages.of(505, Some(0.0), 1_000.0), (500.0, 1_000.0), "a clock that is late");
        assert!(ages.clock_suspect);
        assert_eq!(ages.of(505, Some(5_000.0), 1_000.0), (490.0, 0.0), "a clock that is ahead");
    }

    #[test]
    fn without_a_timestamp_our_own_readings_tell() {
        let mut ages = ages();
        assert_eq!(ages.of(505, None, 1_000.0), (495.0, 495.0));
        let (age, _) = ages.of(505, Some(501.0), 1_000.0);
        assert_eq!((age, ages.of(505, None, 1_010.0).0), (499.0, 509.0), "a record keeps its timestamp");
        assert_eq!(ages.of(995, None, 1_000.0), (5.0, 5.0), "it came in since the last reading");
        assert_eq!(ages.of(995, None, 1_060.0), (0.0, 0.0), "or long after it: who knows");
    }
}
