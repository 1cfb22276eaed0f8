//! What would be scraped while a trace goes on, as promtool's series.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use shasta::core::lag::{GroupView, PartitionView};

/// Whose metrics are scraped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scraped {
    Watcher,
    /// A worker is gone from the metrics while it is down.
    Workers,
}

const WORKERS: usize = 4;

/// Name with labels, and one value for each scrape.
type Series = BTreeMap<String, Vec<Option<f64>>>;

/// The `input_series` of a promtool test. Time 0 has no sample: the first look is after it.
pub fn input_series(views: &[GroupView], scraped: Scraped) -> String {
    let mut series = Series::new();
    for (at, view) in views.iter().enumerate() {
        let samples = match scraped {
            Scraped::Watcher => of_watcher(view),
            Scraped::Workers => of_workers(view),
        };
        for (name, value) in samples {
            series.entry(name).or_insert_with(|| vec![None; views.len()])[at] = Some(value);
        }
    }
    series.iter().fold(String::new(), |mut text, (name, values)| {
        let _ = writeln!(text, "      - series: '{name}'\n        values: '_{}'", notation(values));
        text
    })
}

/// A series that ends is marked, as a scrape without it does.
fn notation(values: &[Option<f64>]) -> String {
    let mut was_there = false;
    values.iter().fold(String::new(), |mut text, value| {
        let _ = match value {
            Some(value) => write!(text, " {value}"),
            None if was_there => write!(text, " stale"),
            None => write!(text, " _"),
        };
        was_there = value.is_some();
        text
    })
}

type Samples = Vec<(String, f64)>;

fn of_watcher(view: &GroupView) -> Samples {
    let group = format!(r#"cluster="{}",group="{}",topic="{}""#, view.cluster, view.group, view.topic.as_deref().unwrap_or_default());
    let of_group = [
        ("shasta_group_members", view.members.map(|members| members as f64)),
        ("shasta_group_lag_records", view.lag.map(|lag| lag as f64)),
        ("shasta_group_time_lag_seconds", view.age_s),
        ("shasta_group_ingest_records_per_second", view.ingest),
        ("shasta_group_consume_records_per_second", view.consume),
        ("shasta_group_eta_seconds", view.eta_now_s),
    ];
    let mut samples = named(of_group, &group);
    for incident in &view.incidents {
        let labels = format!(r#"{group},kind="{}",severity="{}""#, incident.kind, incident.severity);
        samples.push((format!("shasta_incidents_open{{{labels}}}"), 1.0));
    }
    for partition in &view.partitions {
        let PartitionView { committed, end, start, lag, age_s, ttl_s, .. } = partition;
        let of_partition = [
            ("shasta_partition_committed_offset", committed.map(|offset| offset as f64)),
            ("shasta_partition_end_offset", end.map(|offset| offset as f64)),
            ("shasta_partition_start_offset", start.map(|offset| offset as f64)),
            ("shasta_partition_lag_records", lag.map(|lag| lag as f64)),
            ("shasta_partition_time_lag_seconds", *age_s),
            ("shasta_partition_time_to_loss_seconds", *ttl_s),
        ];
        samples.extend(named(of_partition, &format!(r#"{group},partition="{}""#, partition.partition)));
    }
    samples
}

fn of_workers(view: &GroupView) -> Samples {
    let is_up = view.members != Some(0);
    let worker = |number: usize| {
        let topic = view.topic.as_deref().unwrap_or_default();
        let of = format!(r#"cluster="{}",group="{}",topic="{topic}""#, view.cluster, view.group);
        format!(r#"{of},instance="worker-{number}:9464",job="shasta-worker""#)
    };
    let mut samples: Samples = (0..WORKERS).map(|number| (format!("up{{{}}}", worker(number)), f64::from(is_up))).collect();
    for partition in view.partitions.iter().filter(|_| is_up) {
        let PartitionView { committed, end, lag, age_s, .. } = partition;
        let of_partition = [
            ("shasta_partition_position", committed.map(|offset| offset as f64)),
            ("shasta_partition_end", end.map(|offset| offset as f64)),
            ("shasta_partition_lag", lag.map(|lag| lag as f64)),
            ("shasta_partition_age_seconds", *age_s),
        ];
        let labels = worker(partition.partition % WORKERS);
        samples.extend(named(of_partition, &format!(r#"{labels},partition="{}""#, partition.partition)));
    }
    samples
}

fn named<const N: usize>(numbers: [(&str, Option<f64>); N], labels: &str) -> Samples {
    numbers.into_iter().filter_map(|(name, value)| Some((format!("{name}{{{labels}}}"), value?))).collect()
}
