//! The closed loop: threads that wait for each answer before they send again. It measures what a system does when asked politely, not what
//! its users see; it is here to be compared with.

use std::time::Duration;

use thiserror::Error;

const LONGEST_RAMP_UP: Duration = Duration::from_secs(30 * 86_400);
/// The most threads: each is a connection that waits.
const MOST_THREADS: u32 = 100_000;

/// How many threads send how often, and when each begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    threads: u32,
    ramp_up: Duration,
    loops: u64,
}

/// A closed loop that can not be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidClosed {
    #[error("{0} threads: allowed are 1 to {MOST_THREADS}")]
    Threads(u32),
    #[error("there must be at least one loop")]
    NoLoop,
    #[error("the ramp-up must not last longer than 30 days")]
    RampUp,
    #[error("{threads} threads with {loops} loops each are more events than can be counted")]
    TooManyEvents { threads: u32, loops: u64 },
}

impl Closed {
    pub fn new(threads: u32, ramp_up: Duration, loops: u64) -> Result<Self, InvalidClosed> {
        if !(1..=MOST_THREADS).contains(&threads) {
            return Err(InvalidClosed::Threads(threads));
        }
        if loops == 0 {
            return Err(InvalidClosed::NoLoop);
        }
        if ramp_up > LONGEST_RAMP_UP {
            return Err(InvalidClosed::RampUp);
        }
        u64::from(threads).checked_mul(loops).ok_or(InvalidClosed::TooManyEvents { threads, loops })?;
        Ok(Self { threads, ramp_up, loops })
    }

    pub fn threads(&self) -> u32 {
        self.threads
    }

    pub fn ramp_up(&self) -> Duration {
        self.ramp_up
    }

    /// How many events each thread sends.
    pub fn loops(&self) -> u64 {
        self.loops
    }

    /// How many events all threads send.
    pub fn events(&self) -> u64 {
        u64::from(self.threads) * self.loops
    }

    /// When a thread begins, after the start of the run: spread evenly over the ramp-up, the first at once.
    pub fn starts_at(&self, thread: u32) -> Duration {
        let nanos = self.ramp_up.as_nanos() * u128::from(thread.min(self.threads)) / u128::from(self.threads);
        // At most the ramp-up, whose nanoseconds fit.
        Duration::from_nanos(nanos as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_begin_evenly_over_the_ramp_up() {
        let closed = Closed::new(50, Duration::from_secs(750), 25_000).unwrap();
        let starts: Vec<u64> = [0, 1, 49].map(|thread| closed.starts_at(thread).as_secs()).to_vec();
        assert_eq!(starts, [0, 15, 735]);
        assert_eq!(closed.events(), 1_250_000);
        assert_eq!(Closed::new(3, Duration::from_secs(1), 1).unwrap().starts_at(1), Duration::from_nanos(333_333_333));
    }

    #[test]
    fn what_can_not_be_run_is_refused() {
        let day = Duration::from_secs(86_400);
        assert_eq!(Closed::new(0, day, 1), Err(InvalidClosed::Threads(0)));
        assert_eq!(Closed::new(100_001, day, 1), Err(InvalidClosed::Threads(100_001)));
        assert_eq!(Closed::new(1, day, 0), Err(InvalidClosed::NoLoop));
        assert_eq!(Closed::new(1, 31 * day, 1), Err(InvalidClosed::RampUp));
        assert_eq!(Closed::new(2, day, u64::MAX), Err(InvalidClosed::TooManyEvents { threads: 2, loops: u64::MAX }));
    }
}
