//! The time of the watcher: seconds since 1970 that never go back.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A look that is not later than the one before says nothing, so a clock that is set back would blind the watcher until it has caught up.
/// Instead, time goes on at its own pace until then. A clock that is set forward counts: the time may have been slept through.
#[derive(Debug)]
pub struct Clock {
    last: Mutex<(Instant, f64)>,
}

impl Clock {
    /// Not before `earliest`, the last time that was written down.
    pub fn start(earliest: f64) -> Self {
        Self { last: Mutex::new((Instant::now(), unix_now().max(earliest))) }
    }

    pub fn now(&self) -> f64 {
        self.at(Instant::now(), unix_now())
    }

    fn at(&self, instant: Instant, wall: f64) -> f64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, known) = *last;
        let now = (known + instant.saturating_duration_since(then).as_secs_f64()).max(wall);
        *last = (instant, now);
        now
    }
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn time_goes_on_when_the_clock_is_set_back_and_follows_it_when_it_is_set_forward() {
        let start = Instant::now();
        let clock = Clock { last: Mutex::new((start, 1_000.0)) };
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(clock.at(after(10), 1_010.0), 1_010.0);
        assert_eq!(clock.at(after(20), -2_580.0), 1_020.0, "set back by an hour");
        assert_eq!(clock.at(after(30), -2_570.0), 1_030.0);
        assert_eq!(clock.at(after(40), 5_000.0), 5_000.0);
    }

    #[test]
    fn a_start_is_not_before_what_was_written_down() {
        let later = unix_now() + 1_000.0;
        assert!(Clock::start(later).now() >= later && Clock::start(0.0).now() < later);
    }
}
