//! Histograms of intervals, as HdrHistogram's own tools read them: one line for each interval and stage, the stage as its tag.
//!
//! A histogram keeps three digits; what has to be exact is in the report and the raw events.

use std::io;
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, IntervalLogWriterError, Tag};
use hdrhistogram::serialization::{V2DeflateSerializeError, V2DeflateSerializer};
use hdrhistogram::{CreationError, Histogram};

/// Longer latencies count as this one, so that a histogram has an end: 1 h, in microseconds.
pub const LONGEST_US: u64 = 3_600_000_000;

const DIGITS: u8 = 3;

/// Takes latencies in the order of their intended times and writes each interval as soon as a later one begins.
pub struct IntervalRecorder<W: io::Write> {
    log: W,
    serializer: V2DeflateSerializer,
    interval: Duration,
    /// Which interval is open, from the start of the run.
    open: u64,
    stages: Vec<(String, Histogram<u64>)>,
    negative: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum HlogError {
    #[error("the histogram log can not be written: {0}")]
    Io(#[from] io::Error),
    #[error("a histogram can not be encoded: {0}")]
    Encode(#[from] V2DeflateSerializeError),
    #[error("no histogram up to {LONGEST_US} us with {DIGITS} digits: {0}")]
    Histogram(#[from] CreationError),
    #[error("an event at {at_us} us comes after its interval of {interval:?} was written; latencies have to come in order")]
    OutOfOrder { at_us: i64, interval: Duration },
    #[error("there is no stage {stage}, only {stages}")]
    NoStage { stage: usize, stages: usize },
}

impl<W: io::Write> IntervalRecorder<W> {
    /// Writes the header. `started` is the start of the run since 1970; `interval` of at least a millisecond.
    pub fn new(mut log: W, started: Duration, interval: Duration, stages: &[&str]) -> Result<Self, HlogError> {
        let mut serializer = V2DeflateSerializer::new();
        IntervalLogWriterBuilder::new()
            .add_comment("[Histogram log format version 1.3]")
            .add_comment("latencies and maxima in microseconds")
            .with_base_time(SystemTime::UNIX_EPOCH + started)
            .with_start_time(SystemTime::UNIX_EPOCH + started)
            .begin_log_with(&mut log, &mut serializer)?;
        let empty = |stage: &&str| Ok((tag(stage), Histogram::new_with_bounds(1, LONGEST_US, DIGITS)?));
        let stages = stages.iter().map(empty).collect::<Result<_, CreationError>>()?;
        Ok(Self { log, serializer, interval: interval.max(Duration::from_millis(1)), open: 0, stages, negative: 0 })
    }

    /// The latency of an event that was due at `at_us` from the start of the run; `stage` counts from 0. One below 0 is only counted; what is
    /// due before the start belongs to the first interval.
    pub fn feed(&mut self, stage: usize, at_us: i64, latency_us: i64) -> Result<(), HlogError> {
        let interval_us = self.interval.as_micros() as u64;
        let interval = u64::try_from(at_us).unwrap_or(0) / interval_us;
        if interval < self.open {
            return Err(HlogError::OutOfOrder { at_us, interval: self.interval });
        }
        if interval > self.open {
            self.write()?;
            self.open = interval;
        }
        let stages = self.stages.len();
        let (_, histogram) = self.stages.get_mut(stage).ok_or(HlogError::NoStage { stage, stages })?;
        match u64::try_from(latency_us) {
            Ok(latency) => histogram.saturating_record(latency),
            Err(_) => self.negative += 1,
        }
        Ok(())
    }

    /// How many latencies were below 0, which no histogram can hold.
    pub fn negative(&self) -> u64 {
        self.negative
    }

    /// Writes the last interval and gives the log back.
    pub fn finish(mut self) -> Result<W, HlogError> {
        self.write()?;
        self.log.flush()?;
        Ok(self.log)
    }

    /// A stage in which nothing arrived has no line.
    fn write(&mut self) -> Result<(), HlogError> {
        let begin = Duration::from_micros((self.interval.as_micros() as u64).saturating_mul(self.open));
        let mut writer = IntervalLogWriterBuilder::new().begin_log_with(&mut self.log, &mut self.serializer)?;
        for (stage, histogram) in self.stages.iter_mut().filter(|(_, histogram)| !histogram.is_empty()) {
            writer.write_histogram(histogram, begin, self.interval, Tag::new(stage))?;
            histogram.reset();
        }
        Ok(())
    }
}

impl<W: io::Write> std::fmt::Debug for IntervalRecorder<W> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("IntervalRecorder").field("interval", &self.interval).field("open", &self.open).finish_non_exhaustive()
    }
}

impl From<IntervalLogWriterError<V2DeflateSerializeError>> for HlogError {
    fn from(error: IntervalLogWriterError<V2DeflateSerializeError>) -> Self {
        match error {
            IntervalLogWriterError::SerializeError(error) => Self::Encode(error),
            IntervalLogWriterError::IoError(error) => Self::Io(error),
        }
    }
}

/// A tag ends at a comma or white space.
fn tag(stage: &str) -> String {
    stage.chars().map(|character| if character == ',' || character.is_whitespace() { '_' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    const STARTED: Duration = Duration::from_secs(1_700_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn recorder(stages: &[&str]) -> IntervalRecorder<Vec<u8>> {
        IntervalRecorder::new(Vec::new(), STARTED, SECOND, stages).unwrap()
    }

    /// Tag, begin, length and histogram of each line.
    fn read(log: &[u8]) -> Vec<(String, f64, f64, Histogram<u64>)> {
        let mut deserializer = Deserializer::new();
        let mut lines = Vec::new();
        for entry in IntervalLogIterator::new(log) {
            if let LogEntry::Interval(line) = entry.unwrap() {
                let bytes = base64(line.encoded_histogram());
                let histogram = deserializer.deserialize(&mut bytes.as_slice()).unwrap();
                let tag = line.tag().map_or(String::new(), |tag| tag.as_str().to_owned());
                lines.push((tag, line.start_timestamp().as_secs_f64(), line.duration().as_secs_f64(), histogram));
            }
        }
        lines
    }

    fn base64(text: &str) -> Vec<u8> {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits = text.chars().filter_map(|digit| ALPHABET.find(digit)).flat_map(|six| (0..6).rev().map(move |bit| six >> bit & 1));
        let bits: Vec<usize> = bits.collect();
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | *bit as u8)).collect()
    }

    #[test]
    fn what_was_fed_is_read_back_by_interval_and_stage() {
        let mut recorder = recorder(&["acknowledged", "stored, all"]);
        for (stage, at_us, latency_us) in [(0, 0, 5_000), (1, 0, 9_000), (0, 999_999, 7_000), (0, 3_000_000, 100_000)] {
            recorder.feed(stage, at_us, latency_us).unwrap();
        }
        let log = recorder.finish().unwrap();
        let lines = read(&log);
        let told: Vec<(&str, f64, f64, u64)> = lines.iter().map(|(tag, at, length, of)| (tag.as_str(), *at, *length, of.len())).collect();
        assert_eq!(told, [("acknowledged", 0.0, 1.0, 2), ("stored__all", 0.0, 1.0, 1), ("acknowledged", 3.0, 1.0, 1)]);
        let error = lines[2].3.max().abs_diff(100_000);
        assert!(error <= 100, "three digits hold: off by {error}");
        let text = String::from_utf8(log).unwrap();
        assert!(text.contains("#[BaseTime: 1700000000.000 (seconds since epoch)]"), "{text}");
        assert!(
            text.lines().last().is_some_and(|line| line.contains(",1000") && line.contains(".000,")),
            "the maximum is in microseconds: {text}"
        );
    }

    #[test]
    fn a_latency_below_zero_is_counted_and_one_without_end_is_held() {
        let mut recorder = recorder(&["stored"]);
        recorder.feed(0, 10, -300).unwrap();
        recorder.feed(0, 20, i64::MAX).unwrap();
        recorder.feed(0, 30, 0).unwrap();
        assert_eq!(recorder.negative(), 1);
        let lines = read(&recorder.finish().unwrap());
        assert_eq!(lines[0].3.len(), 2);
        assert!(lines[0].3.max() >= LONGEST_US);
    }

    #[test]
    fn what_comes_too_late_or_for_no_stage_is_refused() {
        let mut recorder = recorder(&["stored"]);
        recorder.feed(0, 5_000_000, 1).unwrap();
        assert!(matches!(recorder.feed(0, 4_999_999, 1), Err(HlogError::OutOfOrder { .. })));
        assert!(matches!(recorder.feed(1, 5_000_000, 1), Err(HlogError::NoStage { stage: 1, stages: 1 })));
    }

    #[test]
    fn an_empty_run_is_a_header() {
        assert_eq!(read(&recorder(&["stored"]).finish().unwrap()).len(), 0);
    }
}
