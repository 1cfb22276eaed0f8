//! One piece of a pace: a rate, or a rate that changes evenly, for a time.

use std::fmt;
use std::time::Duration;

use super::problem::PaceProblem;

/// The highest rate of a segment in events per second.
pub(super) const HIGHEST_RATE: f64 = 10_000_000.0;

const UNITS: [(u64, &str); 6] =
    [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "us")];

/// A stretch of time over which the rate is constant or changes evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    from: f64,
    to: f64,
    duration: Duration,
}

impl Segment {
    /// Durations are whole microseconds: what is below is cut off.
    pub(super) fn new(from: f64, to: f64, duration: Duration) -> Result<Self, PaceProblem> {
        if let Some(rate) = [from, to].into_iter().find(|rate| !(0.0..=HIGHEST_RATE).contains(rate)) {
            return Err(PaceProblem::RateOutOfRange(rate));
        }
        let duration = Duration::from_micros(u64::try_from(duration.as_micros()).map_err(|_| PaceProblem::TooLong)?);
        if duration.is_zero() {
            return Err(PaceProblem::NoTime);
        }
        // Adding 0 turns the -0 that a scaling can give into 0, which prints without a sign.
        Ok(Self { from: from + 0.0, to: to + 0.0, duration })
    }

    /// The rate at its start in events per second.
    pub fn from(&self) -> f64 {
        self.from
    }

    /// The rate that it reaches at its end, in events per second.
    pub fn to(&self) -> f64 {
        self.to
    }

    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// How many events it offers: the area under its rate.
    pub fn events(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.seconds()
    }

    pub(super) fn seconds(&self) -> f64 {
        self.duration.as_secs_f64()
    }

    /// The rate `into` seconds after its start.
    pub(super) fn rate_at(&self, into: f64) -> f64 {
        self.from + self.slope() * into
    }

    /// The events offered in its first `into` seconds.
    pub(super) fn offered(&self, into: f64) -> f64 {
        into * (self.from + self.slope() * into / 2.0)
    }

    /// The seconds after its start at which `offered` events of it were offered: the root of the quadratic in the form that loses no
    /// digits where the slope is nearly 0.
    pub(super) fn due(&self, offered: f64) -> f64 {
        if offered <= 0.0 {
            return 0.0;
        }
        let rate_then = (self.from * self.from + 2.0 * self.slope() * offered).max(0.0).sqrt();
        (2.0 * offered / (self.from + rate_then)).min(self.seconds())
    }

    /// Events per second, per second.
    fn slope(&self) -> f64 {
        (self.to - self.from) / self.seconds()
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(out, "{}:", self.from)?;
        } else {
            write!(out, "{}-{}:", self.from, self.to)?;
        }
        let micros = self.duration.as_micros() as u64;
        let fits = |(length, _): &&(u64, &str)| micros.is_multiple_of(*length);
        let (length, unit) = UNITS.iter().find(fits).unwrap_or(&(1, "us"));
        write!(out, "{}{unit}", micros / length)
    }
}

/// How many microseconds the unit lasts; no unit is seconds.
pub(super) fn unit_in_micros(unit: &str) -> Option<u64> {
    let unit = if unit.is_empty() { "s" } else { unit };
    UNITS.iter().find(|(_, name)| *name == unit).map(|(length, _)| *length)
}
