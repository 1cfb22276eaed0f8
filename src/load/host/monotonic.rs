//! The clock of a run.

use std::time::Duration;

use rustix::thread::clock_nanosleep_absolute;
use rustix::time::{ClockId, Timespec, clock_gettime};
use serde::{Deserialize, Serialize};

use super::clock_step::ClockSample;

/// Pairs of readings of which the narrowest is taken.
const PAIRS: usize = 9;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// `CLOCK_MONOTONIC`, which nobody can set, in microseconds from the start of a run, and the real time at that start.
/// The same clock as `std::time::Instant` and tokio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monotonic {
    start_ns: i64,
    real_us_at_start: i64,
    uncertainty_us: i64,
}

impl Monotonic {
    /// A run that starts now.
    pub fn start() -> Self {
        Self::at(narrowest_reading(), 0)
    }

    /// A run that starts at a real time, in microseconds since 1970: how several load hosts start together. Before it, [`now_us`](Self::now_us) is negative.
    pub fn starting_at_real_us(real_us: i64) -> Self {
        let reading = narrowest_reading();
        Self::at(reading, real_us.saturating_sub(reading.real_ns / 1_000))
    }

    fn at(reading: Reading, in_us: i64) -> Self {
        Self {
            start_ns: reading.monotonic_ns.saturating_add(in_us.saturating_mul(1_000)),
            real_us_at_start: (reading.real_ns / 1_000).saturating_add(in_us),
            uncertainty_us: reading.width_ns / 1_000 + 1,
        }
    }

    /// Microseconds since the start, rounded down.
    pub fn now_us(&self) -> i64 {
        (now_ns(ClockId::Monotonic) - self.start_ns).div_euclid(1_000)
    }

    /// The real time, in microseconds since 1970, of a moment of the run, by the real clock as it stood at the start: a later step does not move it.
    pub const fn real_us(&self, at_us: i64) -> i64 {
        self.real_us_at_start.saturating_add(at_us)
    }

    /// The moment of the run with this real time; the reverse of [`real_us`](Self::real_us).
    pub const fn from_real_us(&self, real_us: i64) -> i64 {
        real_us.saturating_sub(self.real_us_at_start)
    }

    /// By how many microseconds [`real_us`](Self::real_us) may be off from this machine's own real clock, because no two clocks can be read at once.
    pub const fn uncertainty_us(&self) -> i64 {
        self.uncertainty_us
    }

    /// Both clocks now.
    pub fn sample(&self) -> ClockSample {
        let reading = narrowest_reading();
        ClockSample {
            at_us: (reading.monotonic_ns - self.start_ns).div_euclid(1_000),
            real_us: reading.real_ns.div_euclid(1_000),
            width_us: reading.width_ns / 1_000 + 1,
        }
    }

    /// Sleeps until a moment of the run; returns at once where it is past. Never returns early.
    pub fn sleep_until(&self, at_us: i64) {
        let until_ns = self.start_ns.saturating_add(at_us.saturating_mul(1_000)).max(0);
        let until = Timespec { tv_sec: until_ns / NANOS_PER_SECOND, tv_nsec: until_ns % NANOS_PER_SECOND };
        // A signal may end a sleep. The end stays what it was, since it is absolute.
        while now_ns(ClockId::Monotonic) < until_ns {
            if clock_nanosleep_absolute(ClockId::Monotonic, &until).is_err() {
                std::thread::sleep(Duration::from_micros(10));
            }
        }
    }
}

/// Both clocks, read within `width_ns`.
#[derive(Clone, Copy, Debug)]
struct Reading {
    monotonic_ns: i64,
    real_ns: i64,
    width_ns: i64,
}

fn narrowest_reading() -> Reading {
    (0..PAIRS).map(|_| read()).fold(read(), |narrowest, next| if next.width_ns < narrowest.width_ns { next } else { narrowest })
}

fn read() -> Reading {
    let before = now_ns(ClockId::Monotonic);
    let real_ns = now_ns(ClockId::Realtime);
    let width_ns = now_ns(ClockId::Monotonic) - before;
    Reading { monotonic_ns: before + width_ns / 2, real_ns, width_ns }
}

fn now_ns(clock: ClockId) -> i64 {
    let now = clock_gettime(clock);
    now.tv_sec * NANOS_PER_SECOND + now.tv_nsec
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    fn system_us() -> i64 {
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
    }

    #[test]
    fn real_time_is_that_of_the_system_within_what_it_says() {
        let (before, clock, after) = (system_us(), Monotonic::start(), system_us());
        let started = clock.real_us(0);
        assert!((before - clock.uncertainty_us()..=after + clock.uncertainty_us()).contains(&started), "{before} {started} {after}");
        assert_eq!(clock.from_real_us(clock.real_us(-5)), -5);
    }

    #[test]
    fn a_sleep_never_ends_early_and_one_in_the_past_ends_at_once() {
        let clock = Monotonic::start();
        for at_us in [1_500, 900, -7, i64::MIN, 2_000] {
            clock.sleep_until(at_us);
            assert!(clock.now_us() >= at_us);
        }
    }

    #[test]
    fn before_a_start_in_the_future_time_is_negative() {
        let clock = Monotonic::starting_at_real_us(system_us() + 60_000_000);
        assert!((-60_000_000..-50_000_000).contains(&clock.now_us()), "{}", clock.now_us());
        assert!((clock.real_us(clock.now_us()) - system_us()).abs() < 5_000_000);
    }
}
