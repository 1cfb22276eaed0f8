//! When the load host itself stood still.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::background::Background;
use super::error::HostError;
use super::monotonic::Monotonic;

const EVERY_US: i64 = 1_000;
/// A shorter delay is what any scheduler does.
const LATE_US: i64 = 5_000;
const MOST_HICCUPS: usize = 10_000;

/// A thread with nothing to do but to wake up did not for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hiccup {
    /// When it should have woken up.
    pub begin_us: i64,
    pub length_us: i64,
}

/// All of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HiccupReport {
    /// The first 10,000, in their order.
    pub hiccups: Vec<Hiccup>,
    /// Hiccups beyond these.
    pub not_kept: u64,
    /// The length of all.
    pub total_us: i64,
    pub longest_us: i64,
}

/// An ordinary thread that sleeps a millisecond at a time and writes down when that took more than five longer. It ends when this is dropped.
#[derive(Debug)]
pub struct Hiccups {
    seen: Arc<Mutex<HiccupReport>>,
    thread: Background<()>,
}

impl Hiccups {
    /// # Errors
    /// [`HostError::Thread`]
    pub fn spawn(clock: Monotonic) -> Result<Self, HostError> {
        let seen = Arc::new(Mutex::new(HiccupReport::default()));
        let record = Arc::clone(&seen);
        let thread = Background::spawn("load-hiccups", move |stop| {
            loop {
                let due_us = clock.now_us() + EVERY_US;
                if !stop.sleep_until(&clock, due_us) {
                    return;
                }
                let late_us = clock.now_us() - due_us;
                if late_us > LATE_US {
                    record.lock().unwrap_or_else(PoisonError::into_inner).add(Hiccup { begin_us: due_us, length_us: late_us });
                }
            }
        })?;
        Ok(Self { seen, thread })
    }

    /// What was seen up to now.
    pub fn so_far(&self) -> HiccupReport {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`HostError::Broken`]
    pub fn finish(self) -> Result<HiccupReport, HostError> {
        self.thread.stop();
        self.thread.join()?;
        Ok(self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl HiccupReport {
    fn add(&mut self, hiccup: Hiccup) {
        self.total_us += hiccup.length_us;
        self.longest_us = self.longest_us.max(hiccup.length_us);
        if self.hiccups.len() < MOST_HICCUPS {
            self.hiccups.push(hiccup);
        } else {
            self.not_kept += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_hiccups_are_counted_but_not_kept() {
        let mut report = HiccupReport::default();
        for number in 0..12_000 {
            report.add(Hiccup { begin_us: number * 10_000, length_us: 6_000 + number % 2 });
        }
        assert_eq!((report.hiccups.len(), report.not_kept), (10_000, 2_000));
        assert_eq!((report.total_us, report.longest_us), (12_000 * 6_000 + 6_000, 6_001));
    }

    #[test]
    fn what_is_reported_is_later_than_five_milliseconds_and_adds_up() {
        let clock = Monotonic::start();
        let hiccups = Hiccups::spawn(clock).unwrap();
        clock.sleep_until(50_000);
        let report = hiccups.finish().unwrap();
        assert!(report.hiccups.iter().all(|hiccup| hiccup.length_us > LATE_US && hiccup.begin_us >= EVERY_US), "{report:?}");
        assert_eq!(report.total_us, report.hiccups.iter().map(|hiccup| hiccup.length_us).sum::<i64>());
    }
}
