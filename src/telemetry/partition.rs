//! What one partition's task counts: plain integers per event, flushed once per batch into atomics that only this partition has.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use opentelemetry::KeyValue;

use super::batch::{BatchFacts, CacheFacts, ReasonCounts};
use super::metrics::Metrics;
use super::names;
use crate::core::lag::GroupView;
use crate::core::offset::NextOffset;

/// What an observer of lag found out about a partition; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LagReading {
    pub end: Option<NextOffset>,
    pub lag: Option<u64>,
    pub age: Option<Duration>,
}

/// Totals since the process started. They outlive the assignment: a counter that comes back must not have gone back.
#[derive(Debug, Default)]
pub(super) struct PartitionTotals {
    pub consumed: AtomicU64,
    pub applied: AtomicU64,
    pub skipped: Mutex<ReasonCounts>,
    pub dead_lettered: Mutex<ReasonCounts>,
    pub offsets_lost: AtomicU64,
    pub cache_hits: AtomicU64,
    pub cache_misses: AtomicU64,
    pub cache_evictions: AtomicU64,
}

/// The present state of an assigned partition. It goes with the assignment: no stale series.
#[derive(Debug, Default)]
pub(super) struct PartitionGauges {
    pub position: Gauge,
    pub end: Gauge,
    pub lag: Gauge,
    pub age_ms: Gauge,
    /// The kind of trouble by its number; unknown: none.
    pub state: Gauge,
    pub cache_entries: AtomicU64,
    pub cache_bytes: AtomicU64,
}

/// A number that may be unknown.
#[derive(Debug)]
pub(super) struct Gauge(AtomicI64);

impl Gauge {
    /// No offset, lag or age is negative.
    const UNKNOWN: i64 = -1;

    pub fn set(&self, value: Option<i64>) {
        self.0.store(value.unwrap_or(Self::UNKNOWN), Ordering::Relaxed);
    }

    pub fn get(&self) -> Option<i64> {
        let value = self.0.load(Ordering::Relaxed);
        (value >= 0).then_some(value)
    }
}

impl Default for Gauge {
    fn default() -> Self {
        Self(AtomicI64::new(Self::UNKNOWN))
    }
}

/// All partitions that this process has or had.
#[derive(Debug, Default)]
pub(super) struct Partitions(Mutex<BTreeMap<i32, Entry>>);

#[derive(Debug)]
struct Entry {
    label: KeyValue,
    totals: Arc<PartitionTotals>,
    gauges: Weak<PartitionGauges>,
}

impl Partitions {
    /// A new assignment; a former one of the same partition that is still being dropped takes nothing away from it.
    fn assign(&self, partition: i32) -> (Arc<PartitionTotals>, Arc<PartitionGauges>) {
        let gauges = Arc::new(PartitionGauges::default());
        let mut entries = lock(&self.0);
        let entry = entries.entry(partition).or_insert_with(|| Entry::new(partition));
        entry.gauges = Arc::downgrade(&gauges);
        (Arc::clone(&entry.totals), gauges)
    }

    fn gauges(&self, partition: i32) -> Option<Arc<PartitionGauges>> {
        lock(&self.0).get(&partition).and_then(|entry| entry.gauges.upgrade())
    }

    fn totals(&self, partition: i32) -> Arc<PartitionTotals> {
        Arc::clone(&lock(&self.0).entry(partition).or_insert_with(|| Entry::new(partition)).totals)
    }

    pub fn each_total(&self, mut visit: impl FnMut(&KeyValue, &PartitionTotals)) {
        lock(&self.0).values().for_each(|entry| visit(&entry.label, &entry.totals));
    }

    pub fn each_gauge(&self, mut visit: impl FnMut(&KeyValue, &PartitionGauges)) {
        for entry in lock(&self.0).values() {
            if let Some(gauges) = entry.gauges.upgrade() {
                visit(&entry.label, &gauges);
            }
        }
    }
}

impl Entry {
    fn new(partition: i32) -> Self {
        Self { label: KeyValue::new(names::PARTITION, i64::from(partition)), totals: Arc::default(), gauges: Weak::new() }
    }
}

/// A panic elsewhere leaves counts that are whole: each change is one addition.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The metrics of one assigned partition, owned by its task; dropping it removes the partition's gauges.
#[derive(Debug)]
pub struct PartitionMetrics {
    metrics: Metrics,
    partition: i32,
    totals: Arc<PartitionTotals>,
    gauges: Arc<PartitionGauges>,
}

impl PartitionMetrics {
    pub(super) fn new(metrics: Metrics, partition: i32) -> Self {
        let (totals, gauges) = metrics.partitions().assign(partition);
        Self { metrics, partition, totals, gauges }
    }

    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// Adds a batch to the totals: a dozen additions to memory that no other task writes, and a few that all share.
    pub fn flush(&self, batch: &BatchFacts) {
        self.totals.consumed.fetch_add(batch.records, Ordering::Relaxed);
        self.totals.applied.fetch_add(batch.applied, Ordering::Relaxed);
        if !batch.skipped.is_empty() {
            lock(&self.totals.skipped).add_all(&batch.skipped);
        }
        self.flush_cache(&batch.cache);
        self.metrics.flush_batch(batch);
    }

    fn flush_cache(&self, cache: &CacheFacts) {
        self.totals.cache_hits.fetch_add(cache.hits, Ordering::Relaxed);
        self.totals.cache_misses.fetch_add(cache.misses, Ordering::Relaxed);
        self.totals.cache_evictions.fetch_add(cache.evictions, Ordering::Relaxed);
        self.gauges.cache_entries.store(cache.entries, Ordering::Relaxed);
        self.gauges.cache_bytes.store(cache.bytes, Ordering::Relaxed);
    }

    /// Where the fold of the partition stands: all below is applied.
    pub fn set_position(&self, position: NextOffset) {
        self.gauges.position.set(Some(position.get()));
    }

    pub(super) fn count_dead_letter(&self, reason: &'static str) {
        lock(&self.totals.dead_lettered).add(reason, 1);
    }
}

impl Metrics {
    /// Begins an assignment of this partition.
    pub fn partition(&self, partition: i32) -> PartitionMetrics {
        PartitionMetrics::new(self.clone(), partition)
    }

    /// Nothing happens if the partition was revoked meanwhile.
    pub fn set_lag(&self, partition: i32, reading: &LagReading) {
        let Some(gauges) = self.partitions().gauges(partition) else { return };
        gauges.end.set(reading.end.map(NextOffset::get));
        gauges.lag.set(reading.lag.map(saturating));
        gauges.age_ms.set(reading.age.map(|age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX)));
    }

    /// The state of each partition, and what is open of all: what was told before and is not any more goes.
    pub fn set_lag_states(&self, view: &GroupView) {
        for judged in &view.partitions {
            let partition = i32::try_from(judged.partition).ok();
            if let Some(gauges) = partition.and_then(|partition| self.partitions().gauges(partition)) {
                gauges.state.set(judged.state.map(|kind| kind as i64));
            }
        }
        self.set_incidents(view.incidents.iter().map(|incident| (incident.kind, incident.severity)).collect());
    }

    pub(super) fn count_lost_offsets(&self, partition: i32, offsets: u64) {
        self.partitions().totals(partition).offsets_lost.fetch_add(offsets, Ordering::Relaxed);
    }
}

fn saturating(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::core::lag::{Group, Header, IncidentView, Kind, LagRules, Retention, Severity};
    use crate::telemetry::Build;

    fn metrics() -> Metrics {
        Metrics::new(Build::current()).unwrap()
    }

    fn known(lag: u64) -> LagReading {
        LagReading { end: NextOffset::at(107), lag: Some(lag), age: Some(Duration::from_millis(1_500)) }
    }

    #[test]
    fn a_flush_adds_a_batch_once() {
        let metrics = metrics();
        let partition = metrics.partition(3);
        let mut batch = BatchFacts { records: 5, applied: 3, bytes: 700, ..BatchFacts::default() };
        batch.skipped.add("applied-before", 2);
        batch.cache = CacheFacts { hits: 2, misses: 1, evictions: 0, entries: 9, bytes: 90 };
        partition.flush(&batch);
        batch.clear();
        partition.flush(&batch);
        let text = metrics.render().unwrap();
        for line in [
            "shasta_records_consumed_total{partition=\"3\"} 5",
            "shasta_records_applied_total{partition=\"3\"} 3",
            "shasta_records_skipped_total{partition=\"3\",reason=\"applied-before\"} 2",
            "shasta_cache_hits_total 2",
            "shasta_cache_misses_total 1",
            "shasta_batch_bytes_sum 700",
            "shasta_offsets_lost_total{partition=\"3\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn a_revoked_partition_leaves_no_gauge_and_keeps_its_counters() {
        let metrics = metrics();
        let partition = metrics.partition(7);
        partition.flush(&BatchFacts { records: 4, cache: CacheFacts { bytes: 50, ..CacheFacts::default() }, ..BatchFacts::default() });
        partition.set_position(NextOffset::at(100).unwrap());
        metrics.set_lag(7, &known(7));
        let assigned = metrics.render().unwrap();
        for line in [
            "shasta_partition_position{partition=\"7\"} 100",
            "shasta_partition_end{partition=\"7\"} 107",
            "shasta_partition_lag{partition=\"7\"} 7",
            "shasta_partition_age_seconds{partition=\"7\"} 1.5",
            "shasta_cache_bytes 50",
        ] {
            assert!(assigned.lines().any(|found| found == line), "{line} is missing in\n{assigned}");
        }

        drop(partition);
        metrics.set_lag(7, &known(9));
        let revoked = metrics.render().unwrap();
        assert!(!revoked.contains("shasta_partition_"), "{revoked}");
        assert!(revoked.contains("shasta_cache_bytes 0"), "{revoked}");
        assert!(revoked.contains("shasta_records_consumed_total{partition=\"7\"} 4"), "{revoked}");
    }

    #[test]
    fn an_unknown_lag_is_absent_and_never_zero() {
        let metrics = metrics();
        let _partition = metrics.partition(1);
        metrics.set_lag(1, &known(0));
        assert!(metrics.render().unwrap().contains("shasta_partition_lag{partition=\"1\"} 0"));
        metrics.set_lag(1, &LagReading::default());
        let text = metrics.render().unwrap();
        for name in ["shasta_partition_lag", "shasta_partition_end", "shasta_partition_age_seconds"] {
            assert!(!text.contains(name), "{name} in\n{text}");
        }
    }

    /// Partition 0 of a group of two.
    pub fn view_of_a_stalled_partition() -> GroupView {
        let header = Header {
            cluster: "default".to_owned(),
            group: "tags".to_owned(),
            topic: None,
            partitions: 2,
            retention: Retention::default(),
            offsets_retention_s: None,
            expected: true,
        };
        let mut view = Group::new(header, LagRules::default()).view(0.0);
        view.partitions[0].state = Some(Kind::Stalled);
        let (id, evidence) = ("x".to_owned(), String::new());
        let (kind, severity) = (Kind::Stalled, Severity::Page);
        view.incidents = vec![IncidentView { id, kind, severity, opened: 0.0, since: 0.0, partitions: vec![0], evidence }];
        view
    }

    #[test]
    fn a_state_and_an_incident_are_told_as_long_as_they_are_there() {
        let metrics = metrics();
        let _partition = metrics.partition(0);
        let mut view = view_of_a_stalled_partition();
        let told = |view: &GroupView| {
            metrics.set_lag_states(view);
            let text = metrics.render().unwrap();
            let is_ours = |line: &&str| line.starts_with("shasta_partition_state{") || line.starts_with("shasta_worker_incidents_open{");
            text.lines().filter(is_ours).map(str::to_owned).collect::<Vec<_>>()
        };
        let expected = [
            "shasta_partition_state{partition=\"0\",state=\"STALLED\"} 1",
            "shasta_worker_incidents_open{kind=\"STALLED\",severity=\"page\"} 1",
        ];
        assert_eq!(told(&view), expected);
        view.partitions[0].state = None;
        view.incidents.clear();
        assert_eq!(told(&view), Vec::<String>::new());
    }

    #[test]
    fn an_old_assignment_that_goes_late_takes_nothing_from_the_new_one() {
        let metrics = metrics();
        let old = metrics.partition(2);
        let new = metrics.partition(2);
        new.set_position(NextOffset::at(5).unwrap());
        drop(old);
        assert!(metrics.render().unwrap().contains("shasta_partition_position{partition=\"2\"} 5"));
    }
}
