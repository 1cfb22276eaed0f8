//! Watches the real clock for a whole run.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::background::Background;
use super::clock_step::{ClockSample, ClockStep, StepDetector};
use super::error::HostError;
use super::monotonic::Monotonic;

const EVERY_US: i64 = 100_000;
/// Whoever steps a clock more often has said enough.
const MOST_STEPS: usize = 1_000;

/// What the real clock did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReport {
    pub samples: u64,
    /// The first 1,000.
    pub steps: Vec<ClockStep>,
    /// Steps beyond these.
    pub steps_not_kept: u64,
    /// By how much the real clock went further than the other from the first sample to the last: all steps together, also those too small to be named one by one.
    pub drift_us: i64,
}

/// A thread that compares the clocks ten times a second. It ends when this is dropped.
#[derive(Debug)]
pub struct ClockWatch {
    seen: Arc<Mutex<ClockReport>>,
    thread: Background<()>,
}

impl ClockWatch {
    /// # Errors
    /// [`HostError::Thread`]
    pub fn spawn(clock: Monotonic) -> Result<Self, HostError> {
        let seen = Arc::new(Mutex::new(ClockReport::default()));
        let mut record = Record::new(Arc::clone(&seen));
        let thread = Background::spawn("load-clock", move |stop| {
            record.take(clock.sample());
            while stop.sleep_until(&clock, clock.now_us() + EVERY_US) {
                record.take(clock.sample());
            }
            record.take(clock.sample());
        })?;
        Ok(Self { seen, thread })
    }

    /// What was seen up to now.
    pub fn so_far(&self) -> ClockReport {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it, with a last sample; blocks this thread for up to 100 ms.
    ///
    /// # Errors
    /// [`HostError::Broken`]
    pub fn finish(self) -> Result<ClockReport, HostError> {
        self.thread.stop();
        self.thread.join()?;
        Ok(self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Writes down what samples say.
#[derive(Debug)]
struct Record {
    detector: StepDetector,
    first: Option<ClockSample>,
    seen: Arc<Mutex<ClockReport>>,
}

impl Record {
    fn new(seen: Arc<Mutex<ClockReport>>) -> Self {
        Self { detector: StepDetector::default(), first: None, seen }
    }

    fn take(&mut self, sample: ClockSample) {
        let step = self.detector.observe(sample);
        let first = *self.first.get_or_insert(sample);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.samples += 1;
        seen.drift_us = sample.difference_us().saturating_sub(first.difference_us());
        match step {
            Some(step) if seen.steps.len() < MOST_STEPS => seen.steps.push(step),
            Some(_) => seen.steps_not_kept += 1,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_nobody_sets_has_no_steps() {
        let watch = ClockWatch::spawn(Monotonic::start()).unwrap();
        while watch.so_far().samples < 3 {
            std::thread::yield_now();
        }
        let report = watch.finish().unwrap();
        assert!(report.samples >= 4, "{report:?}");
        assert_eq!(report.steps, []);
    }

    #[test]
    fn many_steps_are_counted_but_not_kept() {
        let seen = Arc::default();
        let mut record = Record::new(Arc::clone(&seen));
        for number in 0..=2_000 {
            record.take(ClockSample { at_us: number * 100_000, real_us: number * 200_000, width_us: 1 });
        }
        let report = seen.lock().unwrap().clone();
        assert_eq!((report.samples, report.steps.len(), report.steps_not_kept), (2_001, 1_000, 1_000));
        assert_eq!(report.drift_us, 200_000_000);
    }
}
