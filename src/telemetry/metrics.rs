//! The meters: one provider that `/metrics` reads and OTLP pushes from, under the names of [`names`].
//!
//! What partitions count lies in their own atomics and is read by callbacks when somebody looks; only what happens at most once
//! per batch goes through OpenTelemetry's instruments.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::{Instrument, MeterProviderBuilder, SdkMeterProvider, Stream};
use prometheus::{Registry, TextEncoder};

use super::Build;
use super::batch::BatchFacts;
use super::error::TelemetryError;
use super::fence::FenceCounts;
use super::latency::LatencyCollector;
use super::names::{self, Metric};
use super::notifications::NotifyMetrics;
use super::partition::{Partitions, lock};
use super::readings::{self, Readings};
use crate::core::lag::{Kind, Severity};
use crate::core::rewind::RewindReason;

/// A handle to all metrics of the process; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    provider: SdkMeterProvider,
    readings: Arc<Readings>,
    batch_records: Histogram<u64>,
    batch_bytes: Histogram<u64>,
    redis_call_duration: Histogram<f64>,
    redis_retries: Counter<u64>,
    rebalances: Counter<u64>,
    rewinds: Counter<u64>,
    notify: NotifyMetrics,
}

/// Who reads the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exposure {
    Scrape,
    ScrapeAndPush,
}

/// What changed an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebalance {
    Assign,
    Revoke,
    /// The group took the partitions away without asking: the session had expired.
    Lost,
}

impl Rebalance {
    const ALL: [Self; 3] = [Self::Assign, Self::Revoke, Self::Lost];

    const fn label(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Revoke => "revoke",
            Self::Lost => "lost",
        }
    }
}

impl Metrics {
    /// Metrics for `/metrics` alone.
    pub fn new(build: Build) -> Result<Self, TelemetryError> {
        Self::with_provider(SdkMeterProvider::builder(), build, Exposure::Scrape)
    }

    /// Metrics whose provider has readers that push, too.
    pub(super) fn with_provider(builder: MeterProviderBuilder, build: Build, exposure: Exposure) -> Result<Self, TelemetryError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            // The names are whole already.
            .without_units()
            .without_counter_suffixes()
            .without_target_info()
            .scope_info_enabled(false)
            .build()
            .map_err(TelemetryError::metrics)?;
        let provider = builder.with_reader(exporter).with_view(limits).build();
        let meter = provider.meter("shasta");

        let readings = Arc::new(Readings::default());
        let collector = LatencyCollector::new(Arc::clone(&readings.latency)).map_err(TelemetryError::metrics)?;
        registry.register(Box::new(collector)).map_err(TelemetryError::metrics)?;
        readings::register(&meter, &readings, build);
        if exposure == Exposure::ScrapeAndPush {
            readings::register_pushed_latency(&meter, &readings);
        }

        let inner = Inner {
            registry,
            readings,
            batch_records: u64_histogram(&meter, names::BATCH_RECORDS, &BATCH_RECORDS_BOUNDS),
            batch_bytes: u64_histogram(&meter, names::BATCH_BYTES, &BATCH_BYTES_BOUNDS),
            redis_call_duration: seconds_histogram(&meter, names::REDIS_CALL_DURATION, &CALL_BOUNDS),
            redis_retries: counter(&meter, names::REDIS_RETRIES),
            rebalances: counter(&meter, names::REBALANCES),
            rewinds: counter(&meter, names::REWINDS),
            notify: NotifyMetrics::new(&meter),
            provider,
        };
        // A counter that begins at 1 hides its first increase from `rate` and `increase`.
        Rebalance::ALL.iter().for_each(|kind| inner.rebalances.add(0, &[KeyValue::new(names::KIND, kind.label())]));
        RewindReason::ALL.iter().for_each(|reason| inner.rewinds.add(0, &[KeyValue::new(names::REASON, reason.as_str())]));
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Everything in the text format of Prometheus. Takes some milliseconds at thousands of series: not for a thread that has events to move.
    pub fn render(&self) -> Result<String, TelemetryError> {
        let mut families = self.inner.registry.gather();
        families.retain(|family| !readings::is_pushed_only(family.name()));
        TextEncoder::new().encode_to_string(&families).map_err(TelemetryError::metrics)
    }

    /// The same of some metrics only, for a process that has no use for the others.
    pub fn render_only(&self, metrics: &[Metric]) -> Result<String, TelemetryError> {
        let mut families = self.inner.registry.gather();
        families.retain(|family| metrics.iter().any(|metric| metric.name == family.name()));
        TextEncoder::new().encode_to_string(&families).map_err(TelemetryError::metrics)
    }

    /// One pipeline to a node (`host:port`) took this long.
    pub fn redis_call(&self, node: &str, duration: Duration) {
        self.inner.redis_call_duration.record(duration.as_secs_f64(), &[KeyValue::new(names::NODE, node.to_owned())]);
    }

    /// A call is sent again. The reason is a constant of the code, never the text of an error.
    pub fn redis_retry(&self, reason: &'static str) {
        self.inner.redis_retries.add(1, &[KeyValue::new(names::REASON, reason)]);
    }

    /// The meters of alerts.
    pub fn notify(&self) -> &NotifyMetrics {
        &self.inner.notify
    }

    /// Fenced calls outside a batch: those of a checkpoint.
    pub fn fences(&self, counts: &FenceCounts) {
        self.inner.readings.fences.add(counts);
    }

    /// How many bytes a pool of memory uses now. `resident` and `cache` are measured here.
    pub fn set_memory(&self, pool: &'static str, bytes: u64) {
        lock(&self.inner.readings.pools).insert(pool, bytes);
    }

    pub(super) fn set_incidents(&self, open: Vec<(Kind, Severity)>) {
        *lock(&self.inner.readings.incidents) = open;
    }

    pub(super) fn rebalance(&self, kind: Rebalance) {
        self.inner.rebalances.add(1, &[KeyValue::new(names::KIND, kind.label())]);
    }

    pub(super) fn rewind(&self, reason: RewindReason) {
        self.inner.rewinds.add(1, &[KeyValue::new(names::REASON, reason.as_str())]);
    }

    pub(super) fn flush_batch(&self, batch: &BatchFacts) {
        self.inner.readings.fences.add(&batch.fences);
        self.inner.readings.latency.add(&batch.latency);
        if batch.records > 0 {
            self.inner.batch_records.record(batch.records, &[]);
            self.inner.batch_bytes.record(batch.bytes, &[]);
        }
    }

    pub(super) fn partitions(&self) -> &Partitions {
        &self.inner.readings.partitions
    }

    pub(super) fn provider(&self) -> &SdkMeterProvider {
        &self.inner.provider
    }
}

/// Powers of four up to the largest batch that the configuration allows.
const BATCH_RECORDS_BOUNDS: [f64; 8] = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0];
/// From one average event to the bound of a batch.
const BATCH_BYTES_BOUNDS: [f64; 8] = [512.0, 2_048.0, 8_192.0, 32_768.0, 131_072.0, 524_288.0, 2_097_152.0, 8_388_608.0];
/// A call on a healthy node takes less than a millisecond; the last bound lies above any time-out.
const CALL_BOUNDS: [f64; 14] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Room for every partition: the SDK folds what is above its default of 2,000 into one series without a word.
fn limits(instrument: &Instrument) -> Option<Stream> {
    let metric = names::ALL.iter().find(|metric| metric.name == instrument.name())?;
    // A view would take the buckets from a histogram, and none needs the room.
    let per_partition = metric.labels.contains(&names::PARTITION);
    per_partition.then(|| Stream::builder().with_cardinality_limit(metric.cardinality_limit()).build().ok())?
}

fn counter(meter: &Meter, metric: Metric) -> Counter<u64> {
    meter.u64_counter(metric.name).with_unit(metric.unit).with_description(metric.help).build()
}

fn u64_histogram(meter: &Meter, metric: Metric, bounds: &[f64]) -> Histogram<u64> {
    meter.u64_histogram(metric.name).with_unit(metric.unit).with_description(metric.help).with_boundaries(bounds.to_vec()).build()
}

fn seconds_histogram(meter: &Meter, metric: Metric, bounds: &[f64]) -> Histogram<f64> {
    meter.f64_histogram(metric.name).with_unit(metric.unit).with_description(metric.help).with_boundaries(bounds.to_vec()).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::offset::NextOffset;
    use crate::telemetry::fence::FenceOutcome;
    use crate::telemetry::names::Kind;
    use crate::telemetry::partition::LagReading;
    use crate::telemetry::partition::tests::view_of_a_stalled_partition;
    use std::collections::BTreeMap;

    /// Everything that can be counted, counted once.
    fn busy() -> Metrics {
        let metrics = Metrics::new(Build { version: "1.2.3", git_sha: "abc" }).unwrap();
        let partition = metrics.partition(0);
        let mut batch = BatchFacts { records: 2, bytes: 1_000, applied: 1, ..BatchFacts::default() };
        batch.skipped.add("applied-before", 1);
        batch.fences.add(FenceOutcome::Applied);
        batch.latency.record(700);
        partition.flush(&batch);
        partition.set_position(NextOffset::ZERO);
        partition.count_dead_letter("no-identifier");
        metrics.set_lag(0, &LagReading { end: NextOffset::at(1), lag: Some(1), age: Some(Duration::from_secs(1)) });
        metrics.set_lag_states(&view_of_a_stalled_partition());
        metrics.redis_call("127.0.0.1:7000", Duration::from_millis(3));
        metrics.redis_retry("timeout");
        metrics.notify().register("ops");
        metrics.notify().delay("ops", 1.0);
        std::mem::forget(partition);
        metrics
    }

    fn types_in(text: &str) -> BTreeMap<&str, &str> {
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
    }

    #[test]
    fn exactly_the_names_of_the_table_are_exposed() {
        let text = busy().render().unwrap();
        let expected: BTreeMap<_, _> = names::ALL
            .iter()
            .map(|metric| match metric.kind {
                Kind::Counter => (metric.name, "counter"),
                Kind::Gauge => (metric.name, "gauge"),
                Kind::Histogram => (metric.name, "histogram"),
            })
            .collect();
        assert_eq!(types_in(&text), expected, "{text}");
        for metric in names::ALL {
            assert!(text.contains(&format!("# HELP {} {}\n", metric.name, metric.help)), "{}", metric.name);
        }
    }

    #[test]
    fn series_have_the_labels_of_the_table_and_no_others() {
        let text = busy().render().unwrap();
        for series in text.lines().filter(|line| !line.starts_with('#')) {
            let name_end = series.find(['{', ' ']).unwrap();
            let name = &series[..name_end];
            let metric = names::ALL.iter().find(|metric| {
                let suffix = name.strip_prefix(metric.name);
                suffix == Some("") || (metric.kind == Kind::Histogram && matches!(suffix, Some("_bucket" | "_sum" | "_count")))
            });
            let labels = series.split_once('{').map_or("", |(_, rest)| rest.split_once('}').unwrap().0);
            let mut found: Vec<_> =
                labels.split(',').filter_map(|label| Some(label.split_once('=')?.0)).filter(|name| *name != "le").collect();
            let mut expected = metric.unwrap_or_else(|| panic!("{series} is of no metric")).labels.to_vec();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{series}");
        }
    }

    #[test]
    fn values_arrive_as_they_were_counted() {
        let text = busy().render().unwrap();
        for line in [
            "shasta_apply_latency_seconds_bucket{le=\"0.0005\"} 0",
            "shasta_apply_latency_seconds_bucket{le=\"0.001\"} 1",
            "shasta_apply_latency_seconds_bucket{le=\"+Inf\"} 1",
            "shasta_apply_latency_seconds_sum 0.0007",
            "shasta_batch_records_bucket{le=\"1\"} 0",
            "shasta_batch_records_bucket{le=\"4\"} 1",
            "shasta_redis_call_duration_seconds_bucket{node=\"127.0.0.1:7000\",le=\"0.005\"} 1",
            "shasta_redis_retries_total{reason=\"timeout\"} 1",
            "shasta_records_dead_lettered_total{partition=\"0\",reason=\"no-identifier\"} 1",
            "shasta_fence_outcomes_total{outcome=\"applied\"} 1",
            "shasta_fence_outcomes_total{outcome=\"poison\"} 0",
            "shasta_rebalances_total{kind=\"lost\"} 0",
            "shasta_rewinds_total{reason=\"topic_made_again\"} 0",
            "shasta_build_info{git_sha=\"abc\",version=\"1.2.3\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn nothing_folds_into_an_overflow_at_a_thousand_partitions_and_all_reasons() {
        const PARTITIONS: i32 = 1_024;
        const REASONS: [&str; 20] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"];
        let metrics = Metrics::new(Build::current()).unwrap();
        let mut batch = BatchFacts { records: 1, ..BatchFacts::default() };
        REASONS.iter().for_each(|reason| batch.skipped.add(reason, 1));
        let partitions: Vec<_> = (0..PARTITIONS).map(|partition| metrics.partition(partition)).collect();
        for partition in &partitions {
            partition.flush(&batch);
            partition.set_position(NextOffset::ZERO);
            REASONS.iter().for_each(|reason| partition.count_dead_letter(reason));
        }
        let text = metrics.render().unwrap();
        let series = |name: &str| text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'))).count();
        assert!(!text.contains("overflow"));
        assert_eq!(series("shasta_records_consumed_total"), 1_024);
        assert_eq!(series("shasta_partition_position"), 1_024);
        assert_eq!(series("shasta_records_skipped_total"), 20_480);
        assert_eq!(series("shasta_records_dead_lettered_total"), 20_480);
    }
}
