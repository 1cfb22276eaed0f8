//! Latency of every applied event, counted without touching anything shared per event.
//!
//! OpenTelemetry's histogram takes one value per call and a lock with it; it can not take counts. So a task sorts its events into
//! plain integers and adds these to the shared ones once per batch, and `/metrics` shows them through a collector of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus::core::{Collector, Desc};
use prometheus::proto;

use super::names;

/// Upper bounds in microseconds. Fine around the objective of 100 ms, and up to two days: catching up is measured, too.
pub const BOUNDS: [u64; 22] = [
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    75_000,
    100_000,
    150_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
    3_600_000_000,
    21_600_000_000,
    172_800_000_000,
];

/// One more than there are bounds: the last holds what is above them all.
const BUCKETS: usize = BOUNDS.len() + 1;

/// A task's own counts, since its last flush.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencyBuckets {
    counts: [u64; BUCKETS],
    sum: u64,
}

impl LatencyBuckets {
    /// One event that took this many microseconds.
    pub fn record(&mut self, micros: u64) {
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.counts[bucket] += 1;
        self.sum = self.sum.saturating_add(micros);
    }

    /// One event by its record's timestamp and the time of the answer, both in milliseconds since 1970.
    /// A timestamp ahead of this machine's clock counts as no latency at all.
    pub fn record_between(&mut self, timestamp_ms: i64, answered_ms: i64) {
        let millis = answered_ms.saturating_sub(timestamp_ms).max(0);
        self.record(millis.unsigned_abs().saturating_mul(1_000));
    }
}

/// What all tasks counted since the process started.
#[derive(Debug, Default)]
pub struct LatencyHistogram {
    counts: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

impl LatencyHistogram {
    pub fn add(&self, batch: &LatencyBuckets) {
        for (total, count) in self.counts.iter().zip(batch.counts).filter(|(_, count)| *count > 0) {
            total.fetch_add(count, Ordering::Relaxed);
        }
        self.sum.fetch_add(batch.sum, Ordering::Relaxed);
    }

    /// Bounds in seconds, each with the number of events at or below it; the last is infinite, so its number is that of all events.
    pub fn cumulative(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS.iter().map(|micros| seconds(*micros)).chain([f64::INFINITY]);
        let running = self.counts.iter().scan(0, |total, count| {
            *total += count.load(Ordering::Relaxed);
            Some(*total)
        });
        bounds.zip(running).collect()
    }

    pub fn sum_seconds(&self) -> f64 {
        seconds(self.sum.load(Ordering::Relaxed))
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// The histogram as Prometheus sees it.
#[derive(Debug)]
pub struct LatencyCollector {
    histogram: Arc<LatencyHistogram>,
    description: Desc,
}

impl LatencyCollector {
    pub fn new(histogram: Arc<LatencyHistogram>) -> Result<Self, prometheus::Error> {
        let metric = names::APPLY_LATENCY;
        let description = Desc::new(metric.name.to_owned(), metric.help.to_owned(), Vec::new(), HashMap::new())?;
        Ok(Self { histogram, description })
    }
}

impl Collector for LatencyCollector {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.description]
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let cumulative = self.histogram.cumulative();
        let mut histogram = proto::Histogram::default();
        histogram.set_sample_count(cumulative.last().map_or(0, |(_, count)| *count));
        histogram.set_sample_sum(self.histogram.sum_seconds());
        // The encoder writes the infinite bucket itself, from the count.
        histogram.set_bucket(cumulative.into_iter().filter(|(bound, _)| bound.is_finite()).map(bucket).collect());

        let mut sample = proto::Metric::default();
        sample.set_histogram(histogram);

        let mut family = proto::MetricFamily::default();
        family.set_name(names::APPLY_LATENCY.name.to_owned());
        family.set_help(names::APPLY_LATENCY.help.to_owned());
        family.set_field_type(proto::MetricType::HISTOGRAM);
        family.set_metric(vec![sample]);
        vec![family]
    }
}

fn bucket((bound, count): (f64, u64)) -> proto::Bucket {
    let mut bucket = proto::Bucket::default();
    bucket.set_upper_bound(bound);
    bucket.set_cumulative_count(count);
    bucket
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at_or_below(histogram: &LatencyHistogram, seconds: f64) -> u64 {
        histogram.cumulative().into_iter().find(|(bound, _)| *bound >= seconds).unwrap().1
    }

    #[test]
    fn an_event_on_a_bound_is_below_it_as_prometheus_counts() {
        let histogram = LatencyHistogram::default();
        let mut batch = LatencyBuckets::default();
        batch.record(100_000);
        batch.record(100_001);
        histogram.add(&batch);
        assert_eq!(at_or_below(&histogram, 0.1), 1);
        assert_eq!(at_or_below(&histogram, 0.15), 2);
    }

    #[test]
    fn a_record_from_the_future_has_no_latency_and_an_endless_one_is_counted() {
        let histogram = LatencyHistogram::default();
        let mut batch = LatencyBuckets::default();
        batch.record_between(2_000, 1_000);
        batch.record_between(i64::MIN, i64::MAX);
        histogram.add(&batch);
        assert_eq!(at_or_below(&histogram, 0.0005), 1);
        assert_eq!(at_or_below(&histogram, f64::INFINITY), 2);
    }

    proptest! {
        #[test]
        fn counts_of_batches_are_those_of_their_events(batches in prop::collection::vec(prop::collection::vec(0u64..400_000_000_000, 0..20), 0..10)) {
            let histogram = LatencyHistogram::default();
            for events in &batches {
                let mut batch = LatencyBuckets::default();
                events.iter().for_each(|micros| batch.record(*micros));
                histogram.add(&batch);
            }
            let events: Vec<u64> = batches.concat();
            for (bound, count) in histogram.cumulative() {
                prop_assert_eq!(count, events.iter().filter(|micros| seconds(**micros) <= bound).count() as u64);
            }
            prop_assert!((histogram.sum_seconds() - seconds(events.iter().sum())).abs() < 1e-6);
        }
    }
}
