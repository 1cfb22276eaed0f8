//! `pause=200ms/10s,lose=7,double=5,reorder=3,corrupt=1,fail=2,unanswered=1,slow=50ms`: what a sink does wrong, as it is written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How the faults are written, for messages.
const FORMS: &str = "pause=200ms/10s, lose=N, double=N, reorder=N, corrupt=N, fail=N, unanswered=N or slow=50ms, joined by commas";

/// What a sink does wrong. The events that the numbers are about are chosen by the seed, spread over the run, and each has one fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkFaults {
    /// Nothing is answered and nothing arrives; what is due meanwhile waits until the end of the pause.
    pub pause: Option<Pause>,
    /// Acknowledged, and never seen.
    pub lose: u64,
    /// Seen twice at the same partition and offset.
    pub double: u64,
    /// Seen only after the next event of its key.
    pub reorder: u64,
    /// Seen with one byte of the value flipped.
    pub corrupt: u64,
    /// Answered as failed, and never seen.
    pub fail: u64,
    /// Seen, and never answered.
    pub unanswered: u64,
    /// Each hand-over takes this long: the load generator itself becomes the limit.
    pub slow: Duration,
}

/// A pause of `length` at each multiple of `every` since the start, not at the start itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub length: Duration,
    pub every: Duration,
}

/// Why a text names no faults, or why these can not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFaults {
    #[error("{part:?} is no fault: expected {FORMS}")]
    Form { part: String },
    #[error("{name} is given twice")]
    Twice { name: String },
    #[error("{part:?}: {reason}")]
    Value { part: String, reason: String },
    #[error("{faults} events with a fault do not fit into a run that counts {events}")]
    TooMany { faults: u64, events: u64 },
}

impl SinkFaults {
    /// Events that have a fault.
    pub fn events(&self) -> u64 {
        [self.lose, self.double, self.reorder, self.corrupt, self.fail, self.unanswered]
            .iter()
            .fold(0, |all, some| all.saturating_add(*some))
    }

    fn set(&mut self, part: &str) -> Result<(), InvalidFaults> {
        let (name, value) = part.split_once('=').ok_or_else(|| InvalidFaults::Form { part: part.to_owned() })?;
        let invalid = |reason: String| InvalidFaults::Value { part: part.to_owned(), reason };
        let count = || value.parse::<u64>().map_err(|_| invalid(format!("{value:?} is no number of events")));
        match name {
            "lose" => self.lose = count()?,
            "double" => self.double = count()?,
            "reorder" => self.reorder = count()?,
            "corrupt" => self.corrupt = count()?,
            "fail" => self.fail = count()?,
            "unanswered" => self.unanswered = count()?,
            "slow" => self.slow = duration(value).map_err(invalid)?,
            "pause" => self.pause = Some(value.parse().map_err(invalid)?),
            _ => return Err(InvalidFaults::Form { part: part.to_owned() }),
        }
        Ok(())
    }
}

impl FromStr for SinkFaults {
    type Err = InvalidFaults;

    /// An empty text is a sink without faults.
    fn from_str(text: &str) -> Result<Self, InvalidFaults> {
        let (mut faults, mut names) = (Self::default(), Vec::new());
        for part in text.split(',').map(str::trim).filter(|_| !text.trim().is_empty()) {
            faults.set(part)?;
            let name = part.split_once('=').map_or(part, |(name, _)| name);
            if names.contains(&name) {
                return Err(InvalidFaults::Twice { name: name.to_owned() });
            }
            names.push(name);
        }
        Ok(faults)
    }
}

/// As it is read, without what is not wrong.
impl fmt::Display for SinkFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(Pause { length, every }) = self.pause {
            parts.push(format!("pause={}/{}", humantime::format_duration(length), humantime::format_duration(every)));
        }
        let counts = [
            ("lose", self.lose),
            ("double", self.double),
            ("reorder", self.reorder),
            ("corrupt", self.corrupt),
            ("fail", self.fail),
            ("unanswered", self.unanswered),
        ];
        parts.extend(counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}={count}")));
        if !self.slow.is_zero() {
            parts.push(format!("slow={}", humantime::format_duration(self.slow)));
        }
        f.write_str(&parts.join(","))
    }
}

impl Pause {
    /// When what is due at `due_us` (microseconds since the start) comes.
    pub fn release(&self, due_us: i64) -> i64 {
        let (every, length) = (self.every.as_micros() as i64, self.length.as_micros() as i64);
        let into_it = due_us.rem_euclid(every);
        if due_us >= every && into_it < length { due_us - into_it + length } else { due_us }
    }
}

impl FromStr for Pause {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (length, every) = text.split_once('/').ok_or("a pause is its length and its interval, such as 200ms/10s")?;
        let pause = Self { length: duration(length)?, every: duration(every)? };
        if pause.length.is_zero() || pause.length >= pause.every {
            return Err("a pause is longer than nothing and shorter than its interval".to_owned());
        }
        Ok(pause)
    }
}

/// At most a day, to the microsecond.
fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| format!("{text:?} is no duration: {error}"))?;
    if duration > Duration::from_secs(86_400) || duration.subsec_nanos() % 1_000 != 0 {
        return Err(format!("{text:?} is not a number of microseconds up to a day"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn faults_are_read_as_they_are_written() {
        let text = "pause=200ms/10s,lose=7,double=5,reorder=3,corrupt=1,fail=2,unanswered=4,slow=50ms";
        let faults: SinkFaults = text.parse().unwrap();
        assert_eq!(faults.events(), 22);
        assert_eq!(faults.pause.unwrap().every, Duration::from_secs(10));
        assert_eq!(faults.to_string(), text);
        assert_eq!("".parse(), Ok(SinkFaults::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let reason = |text: &str| text.parse::<SinkFaults>().unwrap_err().to_string();
        assert!(reason("lose=7,loose=1").contains("\"loose=1\" is no fault: expected pause=200ms/10s"));
        assert!(reason("lose=-1").contains("\"-1\" is no number of events"));
        assert!(reason("lose=1,,").contains("\"\" is no fault"));
        assert!(reason("lose=1, lose=2").contains("lose is given twice"));
        assert!(reason("pause=200ms").contains("such as 200ms/10s"));
        assert!(reason("pause=10s/10s").contains("shorter than its interval"));
        assert!(reason("slow=yes").contains("\"yes\" is no duration"));
    }

    #[test]
    fn what_is_due_in_a_pause_comes_at_its_end() {
        let pause: Pause = "200ms/10s".parse().unwrap();
        let at = |due_us| pause.release(due_us);
        assert_eq!((at(-5), at(0), at(100_000), at(9_999_999)), (-5, 0, 100_000, 9_999_999));
        assert_eq!((at(10_000_000), at(10_199_999), at(10_200_000), at(20_000_001)), (10_200_000, 10_200_000, 10_200_000, 20_200_000));
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "[a-z=,0-9/ms ]{0,40}") {
            if let Ok(faults) = text.parse::<SinkFaults>() {
                prop_assert_eq!(faults.to_string().parse(), Ok(faults));
            }
        }

        #[test]
        fn a_pause_only_delays_and_keeps_the_order(first in -1_000i64..50_000_000, second in -1_000i64..50_000_000) {
            let pause: Pause = "200ms/10s".parse().unwrap();
            prop_assert!(pause.release(first) >= first);
            if first <= second {
                prop_assert!(pause.release(first) <= pause.release(second));
            }
        }
    }
}
