//! The metrics of `shasta watch`. They come from what is watched at the moment of the scrape: what is not known has no sample, and what is
//! not watched any more has no series.

use super::{CLUSTER, GROUP, KIND, Metric, PARTITION, SEVERITY, STATE, TOPIC, counter, gauge, histogram};

const OF_PARTITION: &[&str] = &[CLUSTER, GROUP, TOPIC, PARTITION];
const OF_GROUP: &[&str] = &[CLUSTER, GROUP, TOPIC];

pub const PARTITION_END_OFFSET: Metric =
    gauge("shasta_partition_end_offset", "{offset}", OF_PARTITION, "Where the log ends for the isolation level of the group");
pub const PARTITION_COMMITTED_OFFSET: Metric =
    gauge("shasta_partition_committed_offset", "{offset}", OF_PARTITION, "What the group committed; -1: never");
pub const PARTITION_START_OFFSET: Metric = gauge("shasta_partition_start_offset", "{offset}", OF_PARTITION, "Where the log starts");
pub const PARTITION_LAG_RECORDS: Metric =
    gauge("shasta_partition_lag_records", "{record}", OF_PARTITION, "Records that wait; 0 where only transaction markers are left");
pub const PARTITION_TIME_LAG: Metric =
    gauge("shasta_partition_time_lag_seconds", "s", OF_PARTITION, "Age of the oldest record that waits; 0 where none does");
pub const PARTITION_TIME_TO_LOSS: Metric = gauge(
    "shasta_partition_time_to_loss_seconds",
    "s",
    OF_PARTITION,
    "Until retention deletes the first record that waits; no sample where it does not at this pace",
);
pub const GROUP_STATE: Metric = gauge(
    "shasta_group_state",
    "1",
    &[CLUSTER, GROUP, TOPIC, STATE],
    "1 for the worst kind of the open incidents, or for OK; 0 for each other kind",
);
pub const GROUP_LAG_RECORDS: Metric = gauge("shasta_group_lag_records", "{record}", OF_GROUP, "Records that wait in all partitions");
pub const GROUP_TIME_LAG: Metric =
    gauge("shasta_group_time_lag_seconds", "s", OF_GROUP, "Age of the oldest record that waits in any partition; 0 where none does");
pub const GROUP_INGEST: Metric = gauge("shasta_group_ingest_records_per_second", "{record}/s", OF_GROUP, "Records that come in");
pub const GROUP_CONSUME: Metric = gauge("shasta_group_consume_records_per_second", "{record}/s", OF_GROUP, "Records that are committed");
pub const GROUP_SPEED: Metric =
    gauge("shasta_group_speed_ratio", "1", OF_GROUP, "Seconds of event time per second: 0 stopped, 1 holding, above 1 catching up");
pub const GROUP_ETA: Metric =
    gauge("shasta_group_eta_seconds", "s", OF_GROUP, "Until nothing waits at the present speed; no sample where that is never");
pub const GROUP_ETA_FORECAST: Metric = gauge(
    "shasta_group_eta_forecast_seconds",
    "s",
    OF_GROUP,
    "Until nothing waits at the pace of the worse minutes of the last hour, with the ingest of this time of the day; no sample where that is not in sight",
);
pub const GROUP_MEMBERS: Metric = gauge("shasta_group_members", "{member}", OF_GROUP, "Members of the group");
pub const GROUP_AGE_SKEW: Metric =
    gauge("shasta_group_age_skew_ratio", "1", OF_GROUP, "How much older the oldest partition is than the median one");
pub const GROUP_INGEST_SKEW: Metric =
    gauge("shasta_group_ingest_skew_ratio", "1", OF_GROUP, "How much more comes into the busiest partition than into the mean one");
pub const GROUP_IN_MAINTENANCE: Metric =
    gauge("shasta_group_in_maintenance", "1", OF_GROUP, "1 while announced maintenance keeps the ordinary incidents quiet");
pub const RECORDS_LOST: Metric =
    counter("shasta_records_lost_total", "{record}", OF_GROUP, "Records that were deleted before the group had read them");
pub const RECORDS_PASSED_OVER: Metric =
    counter("shasta_records_skipped_total", "{record}", OF_GROUP, "Records that were committed and covered by nobody");
pub const INCIDENTS_OPEN: Metric =
    gauge("shasta_incidents_open", "{incident}", &[CLUSTER, GROUP, TOPIC, SEVERITY, KIND], "1 for each incident that is open");
pub const LAST_SUCCESS: Metric =
    gauge("shasta_watch_last_success_timestamp_seconds", "s", &[CLUSTER], "When something of the cluster could be read last, since 1970");
pub const EVALUATION_DURATION: Metric =
    histogram("shasta_watch_evaluation_duration_seconds", "s", &[CLUSTER], "One look at all groups of a cluster, with their judgement");

pub const WATCH: &[Metric] = &[
    PARTITION_END_OFFSET,
    PARTITION_COMMITTED_OFFSET,
    PARTITION_START_OFFSET,
    PARTITION_LAG_RECORDS,
    PARTITION_TIME_LAG,
    PARTITION_TIME_TO_LOSS,
    GROUP_STATE,
    GROUP_LAG_RECORDS,
    GROUP_TIME_LAG,
    GROUP_INGEST,
    GROUP_CONSUME,
    GROUP_SPEED,
    GROUP_ETA,
    GROUP_ETA_FORECAST,
    GROUP_MEMBERS,
    GROUP_AGE_SKEW,
    GROUP_INGEST_SKEW,
    GROUP_IN_MAINTENANCE,
    RECORDS_LOST,
    RECORDS_PASSED_OVER,
    INCIDENTS_OPEN,
    LAST_SUCCESS,
    EVALUATION_DURATION,
];
