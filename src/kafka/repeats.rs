//! Repeated log lines, sampled: the first is passed on, then one per interval with the number left out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a line that was just passed on stays silent.
const INTERVAL: Duration = Duration::from_secs(30);

/// Lines that are told apart; beyond it all are forgotten at once, which lets some through too early.
const KINDS: usize = 64;

/// Which lines were seen lately. Lines that differ only in digits (ports, durations, counts) are the same.
#[derive(Debug, Default)]
pub(super) struct Repeats(HashMap<String, Seen>);

#[derive(Debug)]
struct Seen {
    passed: Instant,
    suppressed: u64,
}

impl Repeats {
    /// `Some(number left out since the last one)` where the line is to be logged.
    pub(super) fn pass(&mut self, line: &str, now: Instant) -> Option<u64> {
        let kind: String = line.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        if let Some(seen) = self.0.get_mut(&kind) {
            if now.saturating_duration_since(seen.passed) < INTERVAL {
                seen.suppressed += 1;
                return None;
            }
            seen.passed = now;
            return Some(std::mem::take(&mut seen.suppressed));
        }
        if self.0.len() == KINDS {
            self.0.clear();
        }
        self.0.insert(kind, Seen { passed: now, suppressed: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_line_comes_once_per_interval_with_its_count() {
        let mut repeats = Repeats::default();
        let start = Instant::now();
        assert_eq!(repeats.pass("connect to 10.0.0.1 failed after 3ms", start), Some(0));
        assert_eq!(repeats.pass("connect to 10.0.0.1 failed after 7ms", start), None);
        assert_eq!(repeats.pass("another line", start), Some(0));
        assert_eq!(repeats.pass("connect to 10.0.0.1 failed after 9ms", start + INTERVAL), Some(1));
    }

    #[test]
    fn the_memory_of_lines_is_bounded() {
        let mut repeats = Repeats::default();
        for word in 0..10_000_u32 {
            let letters: String = word.to_string().bytes().map(|digit| char::from(digit + 49)).collect();
            repeats.pass(&letters, Instant::now());
        }
        assert!(repeats.0.len() <= KINDS);
    }
}
