//! One log line per period out of many alike, with the number of those left out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets the first of a kind through, then one per period. Each task owns its own; the counters beside the lines miss nothing.
#[derive(Clone, Debug)]
pub struct Sampler {
    period: Duration,
    admitted: Option<Instant>,
    suppressed: u64,
}

impl Sampler {
    pub const fn every(period: Duration) -> Self {
        Self { period, admitted: None, suppressed: 0 }
    }

    /// `None`: say nothing. `Some(n)`: say it, and that `n` like it were left out since the last one.
    pub fn admit(&mut self, now: Instant) -> Option<u64> {
        let too_early = self.admitted.is_some_and(|last| now.saturating_duration_since(last) < self.period);
        if too_early {
            self.suppressed += 1;
            return None;
        }
        self.admitted = Some(now);
        Some(std::mem::take(&mut self.suppressed))
    }
}

/// Ten seconds: an operator who looks sees it at once, and a day of trouble is at most 8,640 lines of a kind and task.
impl Default for Sampler {
    fn default() -> Self {
        Self::every(Duration::from_secs(10))
    }
}

/// For what many tasks meet at once: of all of them together one line of a kind per period.
#[derive(Debug, Default)]
pub struct SharedSampler(Mutex<HashMap<String, Sampler>>);

impl SharedSampler {
    /// Kinds that are told apart, as they may name nodes; beyond it all are forgotten at once, which lets some through too early.
    const KINDS: usize = 256;

    /// As [`Sampler::admit`], among those of this kind.
    pub fn admit(&self, kind: &str, now: Instant) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sampler) = kinds.get_mut(kind) {
            return sampler.admit(now);
        }
        if kinds.len() == Self::KINDS {
            kinds.clear();
        }
        kinds.entry(kind.to_owned()).or_default().admit(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_said_and_then_one_per_period_with_the_number_left_out() {
        let start = Instant::now();
        let mut sampler = Sampler::every(Duration::from_secs(10));
        let said: Vec<_> = [0, 1, 9, 10, 11, 30].into_iter().map(|second| sampler.admit(start + Duration::from_secs(second))).collect();
        assert_eq!(said, [Some(0), None, None, Some(2), None, Some(1)]);
    }

    #[test]
    fn each_kind_is_sampled_by_itself_and_their_number_is_bounded() {
        let start = Instant::now();
        let shared = SharedSampler::default();
        let said: Vec<_> = ["a", "b", "a", "b", "b"].into_iter().map(|kind| shared.admit(kind, start)).collect();
        assert_eq!(said, [Some(0), Some(0), None, None, None]);
        assert_eq!(shared.admit("b", start + Duration::from_secs(10)), Some(2));
        for number in 0..10_000 {
            shared.admit(&number.to_string(), start);
        }
        assert!(shared.0.lock().unwrap().len() <= SharedSampler::KINDS);
    }

    #[test]
    fn a_clock_that_steps_back_says_no_more_than_before() {
        let start = Instant::now() + Duration::from_secs(60);
        let mut sampler = Sampler::default();
        assert_eq!(sampler.admit(start), Some(0));
        assert_eq!(sampler.admit(start - Duration::from_secs(30)), None);
    }
}
