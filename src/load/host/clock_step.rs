//! Steps of the real clock, seen against the clock that nobody can set.

use serde::{Deserialize, Serialize};

/// The change of difference between two samples above which it was a step, in microseconds.
const STEP_US: i64 = 1_000;

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSample {
    /// Of the run.
    pub at_us: i64,
    /// Microseconds since 1970.
    pub real_us: i64,
    /// Within how many microseconds both were read: the sample is no more exact than that.
    pub width_us: i64,
}

/// Somebody set the real clock, or the machine slept, which stops the other clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockStep {
    /// The last sample before it.
    pub after_us: i64,
    /// The first sample with it.
    pub at_us: i64,
    /// Positive: the real clock went forward. Exact to the widths of both samples.
    pub by_us: i64,
}

impl ClockSample {
    /// Constant as long as nobody steps the real clock: Linux slews both clocks together.
    pub const fn difference_us(&self) -> i64 {
        self.real_us.saturating_sub(self.at_us)
    }
}

/// Compares each sample with the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StepDetector {
    last: Option<ClockSample>,
}

impl StepDetector {
    /// The step between the last sample and this one. Whatever a thread that was kept from reading at once may have made of a sample is no step.
    pub fn observe(&mut self, sample: ClockSample) -> Option<ClockStep> {
        let last = self.last.replace(sample)?;
        let by_us = sample.difference_us().saturating_sub(last.difference_us());
        let allowed_us = STEP_US + last.width_us + sample.width_us;
        (by_us.saturating_abs() > allowed_us).then_some(ClockStep { after_us: last.at_us, at_us: sample.at_us, by_us })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of each 100 ms whose real clock is set by what `stands` says of it.
    fn steps(samples: i64, width_us: i64, stands: impl Fn(i64) -> i64) -> Vec<ClockStep> {
        let mut detector = StepDetector::default();
        (0..samples)
            .filter_map(|number| {
                let at_us = number * 100_000;
                detector.observe(ClockSample { at_us, real_us: 1_700_000_000_000_000 + at_us + stands(number), width_us })
            })
            .collect()
    }

    #[test]
    fn a_step_is_found_once_with_when_and_how_much() {
        for by_us in [-3_600_000_000, -1_500, 1_500, 250_000] {
            let found = steps(100, 1, |number| if number < 42 { 0 } else { by_us });
            assert_eq!(found, [ClockStep { after_us: 4_100_000, at_us: 4_200_000, by_us }]);
        }
    }

    #[test]
    fn a_slew_is_no_step() {
        // 500 parts in a million, the most that the kernel slews, though it slews both clocks.
        assert_eq!(steps(10_000, 1, |number| number * 50), []);
        assert_eq!(steps(10_000, 1, |number| -number * 50), []);
    }

    #[test]
    fn a_wide_reading_is_no_step() {
        assert_eq!(steps(100, 20_000, |number| (number % 2) * 19_000), []);
        assert_eq!(steps(3, 20_000, |number| number * 50_000).len(), 2);
    }

    #[test]
    fn a_step_and_its_return_are_two() {
        let found = steps(100, 1, |number| if (10..20).contains(&number) { 5_000 } else { 0 });
        assert_eq!(found.iter().map(|step| step.by_us).collect::<Vec<_>>(), [5_000, -5_000]);
    }
}
