//! A trace as it is written: what [`Header::parse`] and [`Line::parse`] read.

use serde::Serialize;

use super::event::rounded;
use super::sample::{GroupState, Reading, Sample};
use super::trace::{FORMAT, Header, Line};

#[derive(Serialize)]
struct HeaderLine<'a> {
    trace: &'static str,
    cluster: &'a str,
    group: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    partitions: usize,
    interval_s: f64,
    retention_ms: i64,
    retention_bytes: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    offsets_retention_minutes: Option<i64>,
    expected: bool,
}

/// What nobody knows of any partition is left out.
#[derive(Default, Serialize)]
struct SampleLine<'a> {
    t: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    empty_since: Option<f64>,
    c: Vec<Option<i64>>,
    e: Vec<Option<i64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    s: Vec<Option<i64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    tau: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    eff: Vec<Option<i64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    owned: Vec<Option<u8>>,
    #[serde(skip_serializing_if = "is_unknown")]
    owner: Vec<Option<&'a str>>,
    #[serde(skip_serializing_if = "is_unknown")]
    covered: Vec<Option<i64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    lost: Vec<Option<i64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    hw: Vec<Option<i64>>,
    #[serde(skip_serializing_if = "is_unknown")]
    bytes: Vec<Option<i64>>,
}

#[derive(Serialize)]
struct FailedLine<'a> {
    t: f64,
    error: &'a str,
}

fn is_unknown<T>(of: &[Option<T>]) -> bool {
    of.iter().all(Option::is_none)
}

impl Header {
    /// The first line of a trace of samples that are taken every `interval_s` seconds, without its end.
    pub fn to_line(&self, interval_s: f64) -> String {
        let whole = |limit: f64| limit.round() as i64;
        line(&HeaderLine {
            trace: FORMAT,
            cluster: &self.cluster,
            group: &self.group,
            topic: self.topic.as_deref(),
            partitions: self.partitions,
            interval_s,
            retention_ms: self.retention.seconds.map_or(-1, |seconds| whole(seconds * 1_000.0)),
            retention_bytes: self.retention.bytes.map_or(-1, whole),
            offsets_retention_minutes: self.offsets_retention_s.map(|seconds| whole(seconds / 60.0)),
            expected: self.expected,
        })
    }
}

impl Line {
    /// Without its end. Times are written in milliseconds.
    pub fn to_line(&self) -> String {
        let t = rounded(self.time);
        match &self.sample {
            Ok(sample) => line(&SampleLine { t, ..SampleLine::of(sample) }),
            Err(error) => line(&FailedLine { t, error }),
        }
    }
}

impl<'a> SampleLine<'a> {
    fn of(sample: &'a Sample) -> Self {
        let Sample { state, members, empty_since, partitions } = sample;
        let integers = |of: fn(&Reading) -> Option<i64>| partitions.iter().map(of).collect();
        Self {
            t: 0.0,
            state: state.map(name),
            members: *members,
            empty_since: empty_since.map(rounded),
            c: integers(|reading| reading.committed),
            e: integers(|reading| reading.end),
            s: integers(|reading| reading.start),
            tau: partitions.iter().map(|reading| reading.timestamp.map(rounded)).collect(),
            eff: integers(|reading| reading.effective_lag),
            owned: partitions.iter().map(|reading| reading.owned.map(u8::from)).collect(),
            owner: partitions.iter().map(|reading| reading.owner.as_deref()).collect(),
            covered: integers(|reading| reading.covered),
            lost: integers(|reading| reading.lost),
            hw: integers(|reading| reading.high_watermark),
            bytes: integers(|reading| reading.bytes),
        }
    }
}

/// One of the broker's words for it.
fn name(state: GroupState) -> &'static str {
    match state {
        GroupState::Stable => "Stable",
        GroupState::Rebalancing => "PreparingRebalance",
        GroupState::Empty => "Empty",
        GroupState::Dead => "Dead",
        GroupState::Other => "Unknown",
    }
}

/// Nothing in a line can fail to be JSON: its keys are texts.
fn line(members: &impl Serialize) -> String {
    serde_json::to_string(members).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::core::lag::Retention;

    const OFFSET: std::ops::Range<i64> = -1..(1 << 53);
    const MILLISECONDS: std::ops::Range<i64> = 0..4_000_000_000_000;

    fn seconds() -> impl Strategy<Value = f64> {
        MILLISECONDS.prop_map(|milliseconds| milliseconds as f64 / 1_000.0)
    }

    fn reading() -> impl Strategy<Value = Reading> {
        let known = || option::of(OFFSET);
        let offsets = (known(), known(), known(), known(), known(), known(), known(), known());
        let others = (option::of(seconds()), option::of(any::<bool>()), option::of("[ -~äß\"\\\\]{0,12}"));
        (offsets, others).prop_map(
            |((committed, end, start, effective_lag, covered, lost, high_watermark, bytes), (timestamp, owned, owner))| Reading {
                committed,
                end,
                start,
                timestamp,
                effective_lag,
                owned,
                owner,
                covered,
                lost,
                high_watermark,
                bytes,
            },
        )
    }

    fn state() -> impl Strategy<Value = GroupState> {
        use GroupState::{Dead, Empty, Other, Rebalancing, Stable};
        prop::sample::select(vec![Stable, Rebalancing, Empty, Dead, Other])
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let partitions = prop::collection::vec(reading(), 1..6);
        (option::of(state()), option::of(0..10_000_u64), option::of(seconds()), partitions)
            .prop_map(|(state, members, empty_since, partitions)| Sample { state, members, empty_since, partitions })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_sample_is_read_as_it_was_written(time in seconds(), sample in sample()) {
            let (partitions, line) = (sample.partitions.len(), Line { time, sample: Ok(sample) });
            prop_assert_eq!(Line::parse(&line.to_line(), 2, partitions), Ok(line));
        }

        #[test]
        fn a_failed_look_is_read_as_it_was_written(time in seconds(), error in "\\PC{0,40}") {
            let line = Line { time, sample: Err(error) };
            prop_assert!(!line.to_line().contains('\n'));
            prop_assert_eq!(Line::parse(&line.to_line(), 2, 3), Ok(line));
        }

        #[test]
        fn a_header_is_read_as_it_was_written(
            (cluster, group, topic) in ("\\PC{0,9}", "\\PC{1,9}", option::of("\\PC{1,9}")),
            partitions in 1..100_000_usize,
            (milliseconds, bytes, minutes) in (option::of(MILLISECONDS), option::of(OFFSET.start + 1..OFFSET.end), option::of(0..1_000_000)),
            expected: bool,
        ) {
            let retention = Retention { seconds: milliseconds.map(|ms| ms as f64 / 1_000.0), bytes: bytes.map(|bytes| bytes as f64) };
            let offsets_retention_s = minutes.map(|minutes| f64::from(minutes) * 60.0);
            let header = Header { cluster, group, topic, partitions, retention, offsets_retention_s, expected };
            prop_assert_eq!(Header::parse(&header.to_line(10.0)), Ok(header));
        }
    }
}
