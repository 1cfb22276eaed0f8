use std::fmt;

/// The pace at which a backlog is made good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CatchUp {
    /// Events per second taken while draining.
    pub consume: f64,
    /// Events per second that go on arriving.
    pub ingest: f64,
}

impl CatchUp {
    /// R: taken by arriving. Infinite if nothing arrives, None if nothing moves at all.
    pub fn ratio(&self) -> Option<f64> {
        match (self.consume > 0.0, self.ingest > 0.0) {
            (false, false) => None,
            (true, false) => Some(f64::INFINITY),
            (_, true) => Some(self.consume / self.ingest),
        }
    }

    /// Seconds from the restart until nothing is behind, after an outage of so many seconds at the same rate of arrival; None is never.
    pub fn seconds_after(&self, outage_seconds: f64) -> Option<f64> {
        // The backlog is outage x ingest, and shrinks by consume - ingest.
        let ratio = self.ratio()?;
        (ratio > 1.0).then(|| outage_seconds / (ratio - 1.0))
    }

    /// One sentence on an outage of so many seconds.
    pub fn sentence(&self, outage_seconds: f64) -> String {
        let outage = Span(outage_seconds);
        match (self.seconds_after(outage_seconds), self.ratio()) {
            (Some(seconds), _) => format!("an outage of {outage} at this rate takes {}", Span(seconds)),
            (None, Some(ratio)) => format!("an outage of {outage} at this rate is never made good: R is {ratio:.2}, not above 1"),
            (None, None) => format!("nothing arrived and nothing was taken: an outage of {outage} can not be foretold"),
        }
    }
}

/// Seconds for people: the two largest units.
struct Span(f64);

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 10.0 {
            return write!(formatter, "{:.1} s", self.0);
        }
        let seconds = self.0.round() as u64;
        let (large, name, small, rest) = match seconds {
            0..60 => return write!(formatter, "{seconds} s"),
            60..3_600 => (seconds / 60, "min", "s", seconds % 60),
            3_600..86_400 => (seconds / 3_600, "h", "min", seconds % 3_600 / 60),
            _ => (seconds / 86_400, "d", "h", seconds % 86_400 / 3_600),
        };
        if rest == 0 { write!(formatter, "{large} {name}") } else { write!(formatter, "{large} {name} {rest} {small}") }
    }
}

#[cfg(test)]
mod tests {
    use super::CatchUp;

    const TWO_DAYS: f64 = 172_800.0;

    #[test]
    fn a_ratio_of_five_makes_good_two_days_in_half_a_day() {
        let catch_up = CatchUp { consume: 5_000.0, ingest: 1_000.0 };
        assert_eq!(catch_up.ratio(), Some(5.0));
        assert_eq!(catch_up.seconds_after(TWO_DAYS), Some(43_200.0));
        assert_eq!(catch_up.sentence(TWO_DAYS), "an outage of 2 d at this rate takes 12 h");
        assert_eq!(catch_up.sentence(90.0), "an outage of 1 min 30 s at this rate takes 23 s");
    }

    #[test]
    fn who_is_not_faster_than_the_arrivals_never_catches_up() {
        for consume in [0.0, 900.0, 1_000.0] {
            assert_eq!(CatchUp { consume, ingest: 1_000.0 }.seconds_after(1.0), None);
        }
        let slow = CatchUp { consume: 900.0, ingest: 1_000.0 };
        assert_eq!(slow.sentence(TWO_DAYS), "an outage of 2 d at this rate is never made good: R is 0.90, not above 1");
    }

    #[test]
    fn without_arrivals_there_is_no_backlog_to_make() {
        assert_eq!(CatchUp { consume: 10.0, ingest: 0.0 }.seconds_after(60.0), Some(0.0));
        assert_eq!(CatchUp { consume: 0.0, ingest: 0.0 }.ratio(), None);
    }
}
