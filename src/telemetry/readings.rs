//! What lies in memory until somebody looks: the callbacks through which OpenTelemetry reads it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use super::Build;
use super::batch::ReasonCounts;
use super::fence::{FenceOutcome, FenceTotals};
use super::latency::LatencyHistogram;
use super::memory;
use super::names::{self, Metric};
use super::partition::{PartitionGauges, PartitionTotals, Partitions, lock};
use crate::core::lag::{Kind, Severity};

/// Everything that is counted outside OpenTelemetry.
#[derive(Debug, Default)]
pub(super) struct Readings {
    pub partitions: Partitions,
    pub latency: Arc<LatencyHistogram>,
    pub fences: FenceTotals,
    pub pools: Mutex<BTreeMap<&'static str, u64>>,
    /// What is open of lag.
    pub incidents: Mutex<Vec<(Kind, Severity)>>,
}

impl Readings {
    fn total(&self, read: fn(&PartitionTotals) -> &AtomicU64) -> u64 {
        let mut sum = 0;
        self.partitions.each_total(|_, totals| sum += read(totals).load(Ordering::Relaxed));
        sum
    }

    fn sum(&self, read: fn(&PartitionGauges) -> &AtomicU64) -> u64 {
        let mut sum = 0;
        self.partitions.each_gauge(|_, gauges| sum += read(gauges).load(Ordering::Relaxed));
        sum
    }
}

/// Makes an instrument for every metric that is read by a callback.
pub(super) fn register(meter: &Meter, readings: &Arc<Readings>, build: Build) {
    let registration = Registration { meter, readings };
    registration.totals();
    registration.gauges();
    registration.cache();
    registration.process(build);
}

struct Registration<'a> {
    meter: &'a Meter,
    readings: &'a Arc<Readings>,
}

impl Registration<'_> {
    fn totals(&self) {
        self.total_by_partition(names::RECORDS_CONSUMED, |totals| &totals.consumed);
        self.total_by_partition(names::RECORDS_APPLIED, |totals| &totals.applied);
        self.total_by_partition(names::OFFSETS_LOST, |totals| &totals.offsets_lost);
        self.total_by_reason(names::RECORDS_SKIPPED, |totals| &totals.skipped);
        self.total_by_reason(names::RECORDS_DEAD_LETTERED, |totals| &totals.dead_lettered);
    }

    fn gauges(&self) {
        self.gauge(names::PARTITION_POSITION, |gauges| gauges.position.get());
        self.gauge(names::PARTITION_END, |gauges| gauges.end.get());
        self.gauge(names::PARTITION_LAG, |gauges| gauges.lag.get());
        self.states();
        self.seconds_gauge(names::PARTITION_AGE, |gauges| gauges.age_ms.get());
    }

    /// One sample for each state that is true: none where all is well.
    fn states(&self) {
        self.level(names::PARTITION_STATE, |readings, sample| {
            readings.partitions.each_gauge(|label, gauges| {
                let number = gauges.state.get().and_then(|state| usize::try_from(state).ok());
                if let Some(kind) = number.and_then(|number| Kind::ALL.get(number)) {
                    sample.observe(1, &[label.clone(), KeyValue::new(names::STATE, kind.as_str())]);
                }
            });
        });
        self.level(names::WORKER_INCIDENTS, |readings, sample| {
            for (kind, severity) in lock(&readings.incidents).iter() {
                sample.observe(1, &[KeyValue::new(names::KIND, kind.as_str()), KeyValue::new(names::SEVERITY, severity.as_str())]);
            }
        });
    }

    fn cache(&self) {
        self.counter(names::CACHE_HITS, |readings, sample| sample.observe(readings.total(|totals| &totals.cache_hits), &[]));
        self.counter(names::CACHE_MISSES, |readings, sample| sample.observe(readings.total(|totals| &totals.cache_misses), &[]));
        self.counter(names::CACHE_EVICTIONS, |readings, sample| sample.observe(readings.total(|totals| &totals.cache_evictions), &[]));
        self.level(names::CACHE_ENTRIES, |readings, sample| sample.observe(readings.sum(|gauges| &gauges.cache_entries), &[]));
        self.level(names::CACHE_BYTES, |readings, sample| sample.observe(readings.sum(|gauges| &gauges.cache_bytes), &[]));
    }

    fn process(&self, build: Build) {
        self.counter(names::FENCE_OUTCOMES, |readings, sample| {
            for outcome in FenceOutcome::ALL {
                sample.observe(readings.fences.get(outcome), &[KeyValue::new(names::OUTCOME, outcome.label())]);
            }
        });
        self.level(names::MEMORY_BYTES, observe_memory);
        self.level(names::BUILD_INFO, move |_, sample| {
            sample.observe(1, &[KeyValue::new(names::GIT_SHA, build.git_sha), KeyValue::new(names::VERSION, build.version)]);
        });
    }

    fn total_by_partition(&self, metric: Metric, read: fn(&PartitionTotals) -> &AtomicU64) {
        self.counter(metric, move |readings, sample| {
            readings.partitions.each_total(|label, totals| {
                sample.observe(read(totals).load(Ordering::Relaxed), std::slice::from_ref(label));
            });
        });
    }

    fn total_by_reason(&self, metric: Metric, read: fn(&PartitionTotals) -> &Mutex<ReasonCounts>) {
        self.counter(metric, move |readings, sample| {
            readings.partitions.each_total(|label, totals| {
                for (reason, count) in lock(read(totals)).iter() {
                    sample.observe(count, &[label.clone(), KeyValue::new(names::REASON, reason)]);
                }
            });
        });
    }

    fn counter(&self, metric: Metric, read: impl Fn(&Readings, &dyn AsyncInstrument<u64>) + Send + Sync + 'static) {
        let readings = Arc::clone(self.readings);
        self.meter
            .u64_observable_counter(metric.name)
            .with_unit(metric.unit)
            .with_description(metric.help)
            .with_callback(move |sample| read(&readings, sample))
            .build();
    }

    fn level(&self, metric: Metric, read: impl Fn(&Readings, &dyn AsyncInstrument<u64>) + Send + Sync + 'static) {
        let readings = Arc::clone(self.readings);
        self.meter
            .u64_observable_gauge(metric.name)
            .with_unit(metric.unit)
            .with_description(metric.help)
            .with_callback(move |sample| read(&readings, sample))
            .build();
    }

    /// No sample where the value is unknown.
    fn gauge(&self, metric: Metric, read: fn(&PartitionGauges) -> Option<i64>) {
        self.level(metric, move |readings, sample| {
            readings.partitions.each_gauge(|label, gauges| {
                if let Some(value) = read(gauges) {
                    sample.observe(value.unsigned_abs(), std::slice::from_ref(label));
                }
            });
        });
    }

    fn seconds_gauge(&self, metric: Metric, read_millis: fn(&PartitionGauges) -> Option<i64>) {
        let readings = Arc::clone(self.readings);
        self.meter
            .f64_observable_gauge(metric.name)
            .with_unit(metric.unit)
            .with_description(metric.help)
            .with_callback(move |sample| {
                readings.partitions.each_gauge(|label, gauges| {
                    if let Some(millis) = read_millis(gauges) {
                        sample.observe(millis as f64 / 1e3, std::slice::from_ref(label));
                    }
                });
            })
            .build();
    }
}

fn observe_memory(readings: &Readings, sample: &dyn AsyncInstrument<u64>) {
    let pool = |name: &'static str| [KeyValue::new(names::POOL, name)];
    if let Some(bytes) = memory::resident_bytes() {
        sample.observe(bytes, &pool("resident"));
    }
    sample.observe(readings.sum(|gauges| &gauges.cache_bytes), &pool("cache"));
    for (name, bytes) in lock(&readings.pools).iter() {
        sample.observe(*bytes, &pool(name));
    }
}

const PUSHED_BUCKET: &str = "shasta_apply_latency_seconds_bucket";
const PUSHED_COUNT: &str = "shasta_apply_latency_seconds_count";
const PUSHED_SUM: &str = "shasta_apply_latency_seconds_sum";

/// The same latencies for OTLP, which can not see the collector of `/metrics`: the counters that a histogram of Prometheus consists of.
pub(super) fn register_pushed_latency(meter: &Meter, readings: &Arc<Readings>) {
    let [for_buckets, for_count, for_sum] = [(); 3].map(|()| Arc::clone(&readings.latency));
    let help = names::APPLY_LATENCY.help;
    meter
        .u64_observable_counter(PUSHED_BUCKET)
        .with_description(help)
        .with_callback(move |sample| {
            for (bound, count) in for_buckets.cumulative() {
                let bound = if bound.is_finite() { bound.to_string() } else { "+Inf".to_owned() };
                sample.observe(count, &[KeyValue::new("le", bound)]);
            }
        })
        .build();
    meter
        .u64_observable_counter(PUSHED_COUNT)
        .with_description(help)
        .with_callback(move |sample| sample.observe(for_count.cumulative().last().map_or(0, |(_, count)| *count), &[]))
        .build();
    meter
        .f64_observable_counter(PUSHED_SUM)
        .with_unit(names::APPLY_LATENCY.unit)
        .with_description(help)
        .with_callback(move |sample| sample.observe(for_sum.sum_seconds(), &[]))
        .build();
}

/// Whether `/metrics` leaves this family out because it has the histogram itself.
pub(super) fn is_pushed_only(family: &str) -> bool {
    [PUSHED_BUCKET, PUSHED_COUNT, PUSHED_SUM].contains(&family)
}
