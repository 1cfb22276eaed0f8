//! Every metric by its one name, the same at `/metrics` and by OTLP: no exporter adds a suffix. Those of the watcher are in [`watch`].

pub mod watch;

pub use watch::WATCH;

/// How samples of a metric behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while the process lives.
    Counter,
    Gauge,
    Histogram,
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// In UCUM, as OpenTelemetry wants it: `s`, `By`, `{record}`, `1`.
    pub unit: &'static str,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

pub const PARTITION: &str = "partition";
pub const REASON: &str = "reason";
pub const NODE: &str = "node";
pub const OUTCOME: &str = "outcome";
pub const KIND: &str = "kind";
pub const POOL: &str = "pool";
pub const STATE: &str = "state";
pub const SEVERITY: &str = "severity";
pub const VERSION: &str = "version";
pub const GIT_SHA: &str = "git_sha";
/// A channel of `[alerts.channels]`, by its configured name.
pub const CHANNEL: &str = "channel";
pub const RESULT: &str = "result";
pub const CLUSTER: &str = "cluster";
pub const GROUP: &str = "group";
pub const TOPIC: &str = "topic";

const fn counter(name: &'static str, unit: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit, labels, help }
}

const fn gauge(name: &'static str, unit: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, labels, help }
}

const fn histogram(name: &'static str, unit: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, unit, labels, help }
}

const BY_PARTITION: &[&str] = &[PARTITION];
const BY_PARTITION_AND_REASON: &[&str] = &[PARTITION, REASON];

pub const RECORDS_CONSUMED: Metric =
    counter("shasta_records_consumed_total", "{record}", BY_PARTITION, "Kafka records taken from the partition's queue");
pub const RECORDS_APPLIED: Metric =
    counter("shasta_records_applied_total", "{record}", BY_PARTITION, "Records whose event Redis acknowledged");
pub const RECORDS_SKIPPED: Metric =
    counter("shasta_records_skipped_total", "{record}", BY_PARTITION_AND_REASON, "Records that needed no write, by why");
pub const RECORDS_DEAD_LETTERED: Metric = counter(
    "shasta_records_dead_lettered_total",
    "{record}",
    BY_PARTITION_AND_REASON,
    "Records acknowledged by the dead-letter topic, by what was wrong with them",
);
pub const BATCH_RECORDS: Metric = histogram("shasta_batch_records", "{record}", &[], "Records in a batch");
pub const BATCH_BYTES: Metric = histogram("shasta_batch_bytes", "By", &[], "Bytes of the keys and values of a batch");
pub const APPLY_LATENCY: Metric =
    histogram("shasta_apply_latency_seconds", "s", &[], "From the Kafka record's timestamp to the answer of Redis, of every applied event");
pub const REDIS_CALL_DURATION: Metric = histogram(
    "shasta_redis_call_duration_seconds",
    "s",
    &[NODE],
    "One pipeline to one Redis node, from the first byte out to the last answer",
);
pub const REDIS_RETRIES: Metric = counter("shasta_redis_retries_total", "{call}", &[REASON], "Redis calls that were sent again, by why");
pub const FENCE_OUTCOMES: Metric =
    counter("shasta_fence_outcomes_total", "{call}", &[OUTCOME], "What the compare-and-set of the positions answered");
pub const CACHE_HITS: Metric = counter("shasta_cache_hits_total", "{object}", &[], "Previous values that the read cache had");
pub const CACHE_MISSES: Metric = counter("shasta_cache_misses_total", "{object}", &[], "Previous values that were read from Redis");
pub const CACHE_EVICTIONS: Metric =
    counter("shasta_cache_evictions_total", "{object}", &[], "Values that left the read cache because its budget of bytes was spent");
pub const CACHE_ENTRIES: Metric = gauge("shasta_cache_entries", "{object}", &[], "Values in the read caches of the assigned partitions");
pub const CACHE_BYTES: Metric = gauge("shasta_cache_bytes", "By", &[], "Bytes in the read caches of the assigned partitions");
pub const PARTITION_POSITION: Metric = gauge("shasta_partition_position", "{offset}", BY_PARTITION, "First offset that is not applied yet");
pub const PARTITION_END: Metric = gauge("shasta_partition_end", "{offset}", BY_PARTITION, "End offset of the log");
pub const PARTITION_LAG: Metric =
    gauge("shasta_partition_lag", "{record}", BY_PARTITION, "Records between the position and the end; no sample while it is unknown");
pub const PARTITION_AGE: Metric =
    gauge("shasta_partition_age_seconds", "s", BY_PARTITION, "Age of the oldest record that waits; no sample while it is unknown");
pub const PARTITION_STATE: Metric = gauge(
    "shasta_partition_state",
    "1",
    &[PARTITION, STATE],
    "1 for the worst kind of trouble with lag that the partition is in; no sample else",
);
pub const WORKER_INCIDENTS: Metric =
    gauge("shasta_worker_incidents_open", "{incident}", &[KIND, SEVERITY], "1 for each open incident of lag over this worker's partitions");
pub const REBALANCES: Metric = counter("shasta_rebalances_total", "{rebalance}", &[KIND], "Changes of the assignment");
pub const REWINDS: Metric =
    counter("shasta_rewinds_total", "{rewind}", &[REASON], "Partitions that went on from elsewhere than where they had been, by why");
pub const OFFSETS_LOST: Metric =
    counter("shasta_offsets_lost_total", "{offset}", BY_PARTITION, "Offsets that Kafka no longer had when they were needed");
pub const MEMORY_BYTES: Metric = gauge("shasta_memory_bytes", "By", &[POOL], "Memory in use, by what for; resident is the whole process");
pub const NOTIFICATIONS: Metric = counter(
    "shasta_notifications_total",
    "{notification}",
    &[CHANNEL, RESULT],
    "Attempts to tell a channel of an incident, by how they ended; what is only repeated for a receiver that forgets is not counted",
);
pub const NOTIFICATION_DELAY: Metric =
    histogram("shasta_notification_delay_seconds", "s", &[CHANNEL], "From the detection of an incident's state until a channel took it");
pub const NOTIFICATION_PAGES_PENDING: Metric =
    gauge("shasta_notification_pages_pending", "{page}", &[CHANNEL], "Pages that a channel still has to be sent");
pub const NOTIFICATIONS_HANDED_OVER: Metric =
    gauge("shasta_notifications_handed_over", "1", &[CHANNEL], "1 while another channel gets the pages that this one can not deliver");
pub const BUILD_INFO: Metric = gauge("shasta_build_info", "1", &[VERSION, GIT_SHA], "Always 1: which build runs");

/// Of every process that tells people of incidents.
pub const OF_NOTIFIERS: &[Metric] =
    &[NOTIFICATIONS, NOTIFICATION_DELAY, NOTIFICATION_PAGES_PENDING, NOTIFICATIONS_HANDED_OVER, MEMORY_BYTES, BUILD_INFO];

pub const ALL: &[Metric] = &[
    RECORDS_CONSUMED,
    RECORDS_APPLIED,
    RECORDS_SKIPPED,
    RECORDS_DEAD_LETTERED,
    BATCH_RECORDS,
    BATCH_BYTES,
    APPLY_LATENCY,
    REDIS_CALL_DURATION,
    REDIS_RETRIES,
    FENCE_OUTCOMES,
    CACHE_HITS,
    CACHE_MISSES,
    CACHE_EVICTIONS,
    CACHE_ENTRIES,
    CACHE_BYTES,
    PARTITION_POSITION,
    PARTITION_END,
    PARTITION_LAG,
    PARTITION_AGE,
    PARTITION_STATE,
    WORKER_INCIDENTS,
    REBALANCES,
    REWINDS,
    OFFSETS_LOST,
    MEMORY_BYTES,
    NOTIFICATIONS,
    NOTIFICATION_DELAY,
    NOTIFICATION_PAGES_PENDING,
    NOTIFICATIONS_HANDED_OVER,
    BUILD_INFO,
];

impl Metric {
    /// How many label sets the SDK may hold before it folds the rest silently into `otel_metric_overflow`; its default is 2,000.
    /// One worker may own every partition of a large topic: 4,096 partitions, and 32 reasons for each of 1,024.
    /// The SDK sizes a table by the limit, about 33 bytes each, so the limit is not simply huge.
    pub fn cardinality_limit(&self) -> usize {
        match (self.labels.contains(&PARTITION), self.labels.contains(&REASON)) {
            (true, true) => 32_768,
            (true, false) => 4_096,
            _ => 1_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for metric in ALL.iter().chain(WATCH) {
            assert!(metric.name.starts_with("shasta_"), "{}", metric.name);
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
            assert_eq!(metric.unit == "s", metric.name.ends_with("_seconds"), "{}", metric.name);
            assert_eq!(metric.unit == "By", metric.name.ends_with("_bytes"), "{}", metric.name);
        }
        // The watcher and the worker may each have a metric of one name: they are never in one process.
        for table in [ALL, WATCH] {
            let names: BTreeSet<_> = table.iter().map(|metric| metric.name).collect();
            assert_eq!(names.len(), table.len());
        }
    }

    #[test]
    fn no_label_can_name_a_channel_or_an_event() {
        let allowed = [PARTITION, REASON, NODE, OUTCOME, KIND, POOL, STATE, SEVERITY, VERSION, GIT_SHA, CHANNEL, RESULT];
        assert!(ALL.iter().flat_map(|metric| metric.labels).all(|label| allowed.contains(label)));
        // Never a member: those come and go without end.
        let allowed = [CLUSTER, GROUP, TOPIC, PARTITION, STATE, SEVERITY, KIND];
        assert!(WATCH.iter().flat_map(|metric| metric.labels).all(|label| allowed.contains(label)));
    }
}
