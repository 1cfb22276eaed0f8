//! What happened, as structs: one `emit` logs it and counts it, so that the two never disagree.
//!
//! A fact never has an event's name, a channel or a Redis key in it: logs are read by many, and labels must be few. Facts that can
//! come in a flood are sampled; the counters beside them count all.

mod assignment;
mod batch;
mod cost;
mod loss;
mod notification;
mod redis;
mod rewind;
mod wait;
mod watch;

pub use assignment::{CommitFailed, PartitionStarted, PartitionsAssigned, PartitionsRevoked, ProcessStarted};
pub use batch::{BatchApplied, DeadLetterRefused, RecordDeadLettered};
pub use cost::CheckpointsSpread;
pub use loss::{OffsetsLost, ReplayIncomplete};
pub use notification::{
    AlertDelivered, AlertExpired, AlertFailed, AlertRefused, DeadManNotReached, IncidentForgotten, IncidentTold, OutboxDamaged,
    OutboxFailed, PageHandedOver,
};
pub use redis::RedisCallFailed;
pub use rewind::{PartitionRewound, StartedElsewhere};
pub use wait::{KafkaFailed, LayoutNotWhole, PartitionWaits, WaitingAt};
pub use watch::{
    GroupLeftOut, LookFailed, LooksAreSlow, MaintenanceChanged, WatchStateCut, WatchStateMovedAside, WatchStateNotWritten, WorkerNotAsked,
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    use crate::config::observe::{Log, LogFormat};
    use crate::core::checkpoint_cost::CheckpointCost;
    use crate::core::delivery::State;
    use crate::core::delivery::tests::scene::alert as alert_of;
    use crate::core::lag::{Kind, Severity};
    use crate::core::offset::{NextOffset, Offset};
    use crate::core::rewind::RewindReason;
    use crate::telemetry::logging::tests::logged;
    use crate::telemetry::{BatchFacts, Build, Metrics, Sampler, SharedSampler};

    fn metrics() -> Metrics {
        Metrics::new(Build::current()).unwrap()
    }

    fn json_lines(emit: impl FnOnce()) -> Vec<serde_json::Value> {
        let config = Log { format: LogFormat::Json, filter: "debug".to_owned() };
        logged(&config, emit).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn at(offset: i64) -> NextOffset {
        NextOffset::at(offset).unwrap()
    }

    /// Every fact that is logged, with the metrics it counts in.
    fn emit_all(metrics: &Metrics) {
        let now = Instant::now();
        let (sampler, shared) = (Sampler::default, SharedSampler::default());
        let (topic, partition) = ("tag-data", 3);
        let owned = metrics.partition(partition);
        let offset = Offset::new(6).unwrap();
        ProcessStarted { service: "shasta-worker", build: Build::current() }.emit();
        PartitionsAssigned { topic, partitions: &[3, 4] }.emit(metrics);
        PartitionStarted { topic, next: at(5), because: "committed" }.emit(&owned);
        BatchApplied { topic, next: at(7), took: Duration::from_millis(2), facts: &BatchFacts { records: 2, ..BatchFacts::default() } }
            .emit(&owned);
        RecordDeadLettered { topic, offset, reason: "undecodable" }.emit(&owned, &mut sampler(), now);
        DeadLetterRefused { topic, partition, offset, error: "message too large" }.emit(&shared, now);
        ReplayIncomplete { topic, partition, lost: at(2), start: at(5) }.emit(metrics);
        OffsetsLost { topic, partition, expected: at(7), log_start: at(11) }.emit(metrics);
        PartitionRewound { topic, partition, start: at(2), reason: RewindReason::Idle, why: "slice 7 is below" }.emit(metrics);
        StartedElsewhere { topic, partition, start: at(0), reason: RewindReason::Empty, behind: 0, empty: 3 }.emit(metrics);
        StartedElsewhere { topic, partition, start: at(0), reason: RewindReason::TopicMadeAgain, behind: 0, empty: 0 }.emit(metrics);
        RedisCallFailed { node: "n:1", command: "evalsha", reason: "timeout", error: "no answer" }.emit(metrics, &shared, now);
        CommitFailed { topic, partition, next: at(7), error: "not coordinator" }.emit(&shared, now);
        PartitionWaits { topic, partition, at: WaitingAt::DecidingTheStart, error: "no answer" }.emit(&shared, now);
        KafkaFailed { error: "all brokers down" }.emit(&shared, now);
        LayoutNotWhole.emit(&shared, now);
        for calls_per_second in [800.0, 52_428.8] {
            let cost = CheckpointCost { slices: 1_024, partitions: 256, calls_per_second };
            CheckpointsSpread { topic, cost, commit_interval: Duration::from_secs(5) }.emit();
        }
        emit_notifications(metrics, &shared, now);
        emit_watching(&shared, now);
        PartitionsRevoked { topic, partitions: &[3], lost: false }.emit(metrics);
        PartitionsRevoked { topic, partitions: &[4], lost: true }.emit(metrics);
    }

    fn alert(state: State, severity: Severity) -> crate::core::delivery::Alert {
        alert_of("prod/tags/progress", state, severity, Kind::Stopped)
    }

    fn emit_notifications(metrics: &Metrics, shared: &SharedSampler, now: Instant) {
        let (metrics, channel, incident) = (metrics.notify(), "ops", "prod/tags/progress");
        let page = || alert(State::Open, Severity::Page);
        for alert in
            [page(), alert(State::Open, Severity::Warn), alert(State::Resolved, Severity::None), alert(State::Closed, Severity::None)]
        {
            IncidentTold { alert: &alert, title: "stopped" }.emit();
        }
        AlertDelivered { channel, alert: &page(), after: 2.0 }.emit(metrics);
        AlertFailed { channel, incident, error: "no answer" }.emit(metrics, shared, now);
        AlertRefused { channel, incident, error: "400" }.emit(metrics);
        AlertExpired { channel, alert: &page() }.emit(metrics);
        PageHandedOver { channel, to: "sms", incident }.emit();
        IncidentForgotten { incident }.emit(shared, now);
        OutboxFailed { error: "no space" }.emit(shared, now);
        OutboxDamaged { lines: 2 }.emit();
        DeadManNotReached { error: "no answer" }.emit(shared, now);
    }

    fn emit_watching(shared: &SharedSampler, now: Instant) {
        let (path, cluster, error) = (std::path::Path::new("/state/a.snapshot"), "prod", "no answer");
        WatchStateCut { path, bytes: 7 }.emit();
        WatchStateMovedAside { error: &"cut", aside: Some(path) }.emit();
        WatchStateNotWritten { error: &"no space" }.emit(shared, now);
        LookFailed { cluster, error: &error }.emit(shared, now);
        LooksAreSlow { cluster, took: Duration::from_secs(12) }.emit(shared, now);
        GroupLeftOut { cluster, partitions: 2_048 }.emit(shared, now);
        WorkerNotAsked { url: "http://w1:9464", error: &error }.emit(shared, now);
        MaintenanceChanged { group: "g", cluster: None, by: Some("ann"), lasts: Some(Duration::from_secs(60)) }.emit();
        MaintenanceChanged { group: "g", cluster: Some(cluster), by: None, lasts: None }.emit();
    }

    #[test]
    fn lines_are_lower_case_without_a_full_stop_and_have_known_keys_only() {
        let allowed = [
            "after",
            "after_seconds",
            "age_seconds",
            "applied",
            "because",
            "behind",
            "bytes",
            "by",
            "calls_per_second",
            "channel",
            "cluster",
            "command",
            "commit_interval",
            "count",
            "empty",
            "error",
            "evidence",
            "expected",
            "git_sha",
            "incident",
            "kind",
            "group",
            "lag",
            "late",
            "level",
            "lines",
            "log_start",
            "lost",
            "message",
            "next",
            "node",
            "offset",
            "offsets",
            "partition",
            "partitions",
            "path",
            "reason",
            "records",
            "remedy",
            "sequence",
            "service",
            "severity",
            "slices",
            "start",
            "suppressed",
            "target",
            "timestamp",
            "title",
            "to",
            "took",
            "topic",
            "url",
            "version",
            "why",
        ];
        let lines = json_lines(|| emit_all(&metrics()));
        assert_eq!(lines.len(), 42);
        for line in lines {
            let message = line["message"].as_str().unwrap();
            assert_eq!(message, message.to_lowercase());
            assert!(!message.ends_with('.'), "{message}");
            for key in line.as_object().unwrap().keys() {
                assert!(allowed.contains(&key.as_str()), "{key} in {line}");
            }
        }
    }

    #[test]
    fn what_is_logged_is_counted() {
        let metrics = metrics();
        let _assigned = metrics.partition(9);
        emit_all(&metrics);
        let text = metrics.render().unwrap();
        for line in [
            "shasta_rebalances_total{kind=\"assign\"} 1",
            "shasta_rebalances_total{kind=\"revoke\"} 1",
            "shasta_rebalances_total{kind=\"lost\"} 1",
            "shasta_records_consumed_total{partition=\"3\"} 2",
            "shasta_records_dead_lettered_total{partition=\"3\",reason=\"undecodable\"} 1",
            "shasta_offsets_lost_total{partition=\"3\"} 7",
            "shasta_rewinds_total{reason=\"idle\"} 1",
            "shasta_rewinds_total{reason=\"empty\"} 1",
            "shasta_rewinds_total{reason=\"topic_made_again\"} 1",
            "shasta_redis_retries_total{reason=\"timeout\"} 1",
            "shasta_notifications_total{channel=\"ops\",result=\"delivered\"} 1",
            "shasta_notifications_total{channel=\"ops\",result=\"failed\"} 1",
            "shasta_notifications_total{channel=\"ops\",result=\"refused\"} 1",
            "shasta_notifications_total{channel=\"ops\",result=\"expired\"} 1",
            "shasta_notification_delay_seconds_sum{channel=\"ops\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn what_every_partition_waits_for_is_one_line_of_the_worker() {
        let (shared, now) = (SharedSampler::default(), Instant::now());
        let wait = |at| (0..256).for_each(|partition| PartitionWaits { topic: "t", partition, at, error: "no answer" }.emit(&shared, now));
        let lines = json_lines(|| {
            wait(WaitingAt::DecidingTheStart);
            wait(WaitingAt::LookingAtTheTopic);
            let later = now + Duration::from_secs(10);
            PartitionWaits { topic: "t", partition: 7, at: WaitingAt::DecidingTheStart, error: "no answer" }.emit(&shared, later);
        });
        let said: Vec<_> = lines.iter().map(|line| (line["message"].as_str().unwrap(), line["suppressed"].as_u64().unwrap())).collect();
        let start = "the start can not be decided yet";
        assert_eq!(said, [(start, 0), ("no commit: the topic's id can not be read", 0), (start, 255)]);
    }

    #[test]
    fn a_flood_of_dead_letters_is_one_line_and_all_are_counted() {
        let metrics = metrics();
        let partition = metrics.partition(0);
        let start = Instant::now();
        let lines = json_lines(|| {
            let mut sampler = Sampler::every(Duration::from_secs(10));
            for offset in 0..1_000 {
                let fact = RecordDeadLettered { topic: "t", offset: Offset::new(offset).unwrap(), reason: "undecodable" };
                fact.emit(&partition, &mut sampler, start + Duration::from_millis(offset as u64 * 11));
            }
        });
        assert_eq!(lines.iter().map(|line| line["suppressed"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 909]);
        assert!(metrics.render().unwrap().contains("reason=\"undecodable\"} 1000"));
    }
}
