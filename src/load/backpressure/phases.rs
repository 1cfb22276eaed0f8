//! The pace of a trial.

use std::ops::Range;
use std::time::Duration;

use super::trial::{Policy, Trial};
use crate::core::load::schedule::{InvalidPace, Pace};

/// Of the capacity, before the overload: what "as before" is.
const BEFORE: f64 = 0.5;
/// And after it: few events, which show how long those of the overload stand in their way.
const AFTER: f64 = 0.1;

/// Before, in and after the overload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phases {
    /// Events per second.
    pub capacity: f64,
    pub overload: f64,
    pub before: Duration,
    pub during: Duration,
    pub after: Duration,
}

impl Phases {
    /// The overload lasts `step`; what is left of it then is given a fifth more than the time that it takes to work off.
    pub fn of(trial: &Trial, capacity: f64, step: Duration) -> Self {
        let waiting = (trial.overload - 1.0).max(0.0) * step.as_secs_f64() * capacity;
        let most = match (trial.policy, trial.bound) {
            (Policy::Reject, Some(bound)) => waiting.min(f64::from(bound)),
            _ => waiting,
        };
        let rest = step.mul_f64(0.25);
        let after = rest + Duration::from_secs_f64(1.2 * most / (capacity * (1.0 - AFTER)));
        Self { capacity, overload: trial.overload, before: rest, during: step, after }
    }

    /// # Errors
    /// Where a rate is none, or all together too long.
    pub fn pace(&self) -> Result<Pace, InvalidPace> {
        let term = |rate: f64, lasts: Duration| format!("{:.3}:{}us", rate * self.capacity, lasts.as_micros());
        let terms = [term(BEFORE, self.before), term(self.overload, self.during), term(AFTER, self.after)];
        terms.join(",").parse()
    }

    /// The overload, in microseconds from the start.
    pub fn window_us(&self) -> Range<i64> {
        let begin = self.before.as_micros() as i64;
        begin..begin + self.during.as_micros() as i64
    }

    pub fn lasts(&self) -> Duration {
        self.before + self.during + self.after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_after_the_overload_has_time_to_be_worked_off() {
        let phases = |trial: &str| Phases::of(&trial.parse().unwrap(), 1_000.0, Duration::from_secs(20));
        let blocked = phases("shasta:500:block:3");
        // 40,000 events at 900/s, and a fifth more.
        assert!((blocked.after.as_secs_f64() - (5.0 + 53.33)).abs() < 0.01, "{blocked:?}");
        let rejected = phases("shasta:500:reject:3");
        assert!((rejected.after.as_secs_f64() - 5.67).abs() < 0.01, "{rejected:?}");
        assert_eq!(phases("shasta:none:reject:1").after, Duration::from_secs(5));
        assert_eq!(blocked.window_us(), 5_000_000..25_000_000);
        let pace = blocked.pace().unwrap();
        assert_eq!((pace.peak(), pace.rate_at(Duration::from_secs(1))), (3_000.0, 500.0));
        assert!((pace.duration().as_secs_f64() - blocked.lasts().as_secs_f64()).abs() < 1e-5);
    }
}
