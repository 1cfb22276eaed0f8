//! How long a search may last.

use std::fmt;
use std::time::Duration;

use crate::core::load::figures::{Next, Search, SearchSettings};

/// A search whose capacity lies within ten times its start: six steps up, four between, four repeats.
const USUAL_STEPS: u32 = 14;

/// What a search is kept within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub settings: SearchSettings,
    /// What a step takes beside the time that counts: it settles, and is waited for.
    pub settle: Duration,
    /// No step begins that would end later.
    pub longest: Duration,
}

impl Bounds {
    /// How long a step takes that counts for so many seconds.
    pub fn step(&self, seconds: f64) -> Duration {
        self.settle + Duration::from_secs_f64(seconds)
    }

    fn first_step(&self) -> Duration {
        match Search::new(self.settings).next() {
            Next::Step(step) => self.step(step.seconds),
            Next::Done(_) => Duration::ZERO,
        }
    }
}

/// `at most 60 steps and 2h; about 14 steps, 16m 20s, where the capacity is within ten times the start`
impl fmt::Display for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = USUAL_STEPS.min(self.settings.most_steps);
        let about = (self.first_step() * usual).min(self.longest);
        write!(
            formatter,
            "at most {} steps and {}; about {usual} steps, {}, where the capacity is within ten times the start",
            self.settings.most_steps,
            humantime::format_duration(self.longest),
            humantime::format_duration(Duration::from_secs(about.as_secs())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_takes_is_told_beforehand() {
        let bounds = |longest| Bounds { settings: SearchSettings::from_rate(2_000.0), settle: Duration::from_secs(10), longest };
        let told = bounds(Duration::from_secs(7_200)).to_string();
        assert_eq!(told, "at most 60 steps and 2h; about 14 steps, 16m 20s, where the capacity is within ten times the start");
        assert!(bounds(Duration::from_secs(300)).to_string().contains("about 14 steps, 5m,"));
    }
}
