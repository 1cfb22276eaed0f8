//! A recorded load: the moments of events, and who sent them.

use std::sync::Arc;

use thiserror::Error;

/// The latest moment: what a pace may last.
const LATEST_MILLIS: f64 = 30.0 * 86_400_000.0;
const SHOWN: usize = 60;

/// Events at recorded moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    pub(super) lines: Arc<[Recorded]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recorded {
    pub(super) at_us: i64,
    /// `None` where the line leaves it to the schedule.
    pub(super) producer: Option<u32>,
    /// Counted from 1.
    pub(super) line: usize,
}

/// A line of a recording that can not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "line {line} of the recording, `{text}`: {problem}; a line is `millis[,producer]`, such as 1250 or 1250.5,17, in the order of time"
)]
pub struct InvalidReplay {
    /// Counted from 1.
    pub line: usize,
    text: String,
    problem: &'static str,
}

impl Replay {
    /// Reads lines of `millis[,producer]`: milliseconds from the start of the run (decimals down to microseconds; at most 30 days),
    /// ascending, and the producer's number from 0. Empty lines and those that begin with `#` are passed over. A recording without an event
    /// is an error.
    pub fn parse(text: &str) -> Result<Self, InvalidReplay> {
        let mut lines: Vec<Recorded> = Vec::new();
        for (index, text) in text.lines().map(str::trim).enumerate() {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let line = index + 1;
            let wrong = |problem| invalid(line, text, problem);
            let recorded = recorded(line, text).map_err(wrong)?;
            if lines.last().is_some_and(|last| last.at_us > recorded.at_us) {
                return Err(wrong("it is earlier than the line before it"));
            }
            lines.push(recorded);
        }
        if lines.is_empty() { Err(invalid(1, "", "there is no event")) } else { Ok(Self { lines: lines.into() }) }
    }

    /// How many events it has.
    pub fn events(&self) -> u64 {
        self.lines.len() as u64
    }

    /// The moment of its last event, in microseconds from the start.
    pub fn last_us(&self) -> i64 {
        self.lines.last().map_or(0, |last| last.at_us)
    }
}

fn recorded(line: usize, text: &str) -> Result<Recorded, &'static str> {
    let (millis, producer) = text.split_once(',').map_or((text, None), |(millis, producer)| (millis, Some(producer)));
    let plain = |millis: &str| millis.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let millis = Some(millis.trim()).filter(|millis| plain(millis)).and_then(|millis| millis.parse::<f64>().ok());
    let millis = millis.ok_or("the milliseconds are no number")?;
    if millis > LATEST_MILLIS {
        return Err("it is later than 30 days after the start");
    }
    let producer = producer.map(|producer| producer.trim().parse().map_err(|_| "the producer is no whole number")).transpose()?;
    Ok(Recorded { at_us: (millis * 1_000.0).round() as i64, producer, line })
}

fn invalid(line: usize, text: &str, problem: &'static str) -> InvalidReplay {
    let text = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    InvalidReplay { line, text, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_read_with_its_producers_and_microseconds() {
        let replay = Replay::parse("# since 12:00\n0\n\n1250.5,17\r\n 1250.5 , 3 \n").unwrap();
        let read: Vec<_> = replay.lines.iter().map(|line| (line.at_us, line.producer, line.line)).collect();
        assert_eq!(read, [(0, None, 2), (1_250_500, Some(17), 4), (1_250_500, Some(3), 5)]);
        assert_eq!((replay.events(), replay.last_us()), (3, 1_250_500));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let wrong = [
            ("5\n4", 2, "earlier"),
            ("5\nfive", 2, "no number"),
            ("-1", 1, "no number"),
            ("1e3", 1, "no number"),
            ("NaN", 1, "no number"),
            (",1", 1, "no number"),
            ("1,", 1, "producer"),
            ("1,-1", 1, "producer"),
            ("1,1,1", 1, "producer"),
            ("1,4294967296", 1, "producer"),
            ("2592000001", 1, "30 days"),
            ("# nothing", 1, "no event"),
        ];
        for (text, line, reason) in wrong {
            let error = Replay::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.to_string().contains(reason) && error.to_string().contains("millis[,producer]"), "{error}");
        }
    }
}
