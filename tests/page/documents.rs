//! What a watcher says of groups in trouble, made of the API's own types.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shasta::core::lag::{GroupView, IncidentView, Kind, Needed, PartitionView, Severity};

pub const NOW: f64 = 1_764_080_400.0;
/// Runs a program where it is taken for markup.
pub const HOSTILE: &str = "<img src=x onerror=window.bitten=1>\"'</script><script>window.bitten=2</script><b>";

/// An answer of `/api/v1/lag`. The interval is the shortest there is, so that tests do not wait.
pub fn lag(groups: Vec<Value>) -> Value {
    json!({
        "schema": "shasta.watch/1", "at": NOW, "interval_s": 1,
        "watcher": {"host": "watch-1", "version": "1.8.2", "started": NOW - 90_000.0, "trouble": null},
        "clusters": [{"name": "prod", "last_success": NOW - 3.0, "error": null, "throttle_ms": 0}],
        "groups": groups, "maintenance": [],
    })
}

/// What was announced for all groups of this name, two hours of it left.
pub fn maintenance(group: &str) -> Value {
    json!({"cluster": null, "group": group, "began": NOW, "until": NOW + 7_200.0, "by": "anna", "reason": "larger hosts"})
}

/// Workers that call Redis for every record.
pub fn bottleneck() -> Value {
    json!({
        "cache_hit_ratio": 0.11, "batch_records": 1.0, "redis_call_ms": 1.8, "round_trips_per_record": 2.0,
        "hints": ["batch.max_records (1)", "cache.bytes (0)"],
    })
}

/// A group and what else the watcher tells of it.
pub fn entry(view: GroupView) -> Value {
    let incidents: Vec<Value> = view.incidents.iter().map(|open| incident(open, view.of)).collect();
    json!({
        "view": view, "incidents": incidents, "versions": {"1.8.2": 4}, "broker_state": "Stable", "isolation": "read_committed",
        "throttle_ms": 0, "bottleneck": null, "maintenance": null, "runbook": "https://runbooks.example/slow-drain.md",
        "commands": ["shasta lag --group shasta-tags --partitions bad", "shasta lag peek tag-data/17@88120004"], "lost": 0, "skipped": 0,
    })
}

fn incident(open: &IncidentView, of: usize) -> Value {
    json!({
        "id": open.id, "class": "progress", "kind": open.kind, "severity": open.severity, "opened": open.opened, "since": open.since,
        "partitions": open.partitions, "of": of, "evidence": open.evidence, "acknowledged": null, "silenced": null,
    })
}

pub fn partition(partition: usize) -> PartitionView {
    PartitionView {
        partition,
        state: None,
        since: None,
        owned: Some(true),
        owner: Some(format!("w{} ip-10-0-3-{}", partition % 4, partition % 4)),
        committed: Some(88_120_004),
        end: Some(88_120_010),
        start: Some(1_200),
        lag: Some(6),
        age_s: Some(0.4),
        ingest: Some(3.9),
        consume: Some(3.9),
        speed: Some(1.0),
        eta_s: None,
        ttl_s: None,
        idle_s: Some(0.0),
        owners: 1,
        unstable: Some(0),
        clock_suspect: false,
        lost: None,
        skipped: None,
    }
}

/// All is well.
pub fn quiet(group: &str, partitions: usize) -> GroupView {
    GroupView {
        cluster: "prod".into(),
        group: group.into(),
        topic: Some("tag-data".into()),
        expected: true,
        at: NOW,
        read_at: Some(NOW - 3.0),
        state: None,
        severity: Severity::None,
        since: None,
        members: Some(4),
        of: partitions,
        counts: BTreeMap::new(),
        lag: Some(6 * partitions as i64),
        age_s: Some(0.4),
        oldest_partition: Some(0),
        ingest: Some(1_002.0),
        consume: Some(1_002.0),
        speed: Some(1.0),
        window_s: Some(180.0),
        eta_now_s: None,
        eta_forecast_s: None,
        needed: Vec::new(),
        ttl_s: None,
        retention_s: Some(432_000.0),
        retention_bytes: None,
        offsets_expire_s: None,
        gap_s: 5.0,
        floor_s: 30.0,
        freshness_s: 300.0,
        age_skew: None,
        ingest_skew: None,
        clock_suspect: false,
        incidents: Vec::new(),
        partitions: (0..partitions).map(partition).collect(),
    }
}

/// The outage that is remembered: two days behind, and catching up only slightly faster than events come in.
pub fn slow_drain(group: &str, partitions: usize) -> GroupView {
    let mut view = quiet(group, partitions);
    let since = NOW - 1_860.0;
    for each in &mut view.partitions {
        let number = each.partition as f64;
        let age = 150_000.0 + 900.0 * (number % 17.0);
        (each.state, each.since, each.age_s) = (Some(Kind::SlowDrain), Some(since), Some(age));
        (each.lag, each.consume, each.speed) = (Some(640_000 + each.partition as i64), Some(4.4), Some(1.12));
        (each.eta_s, each.ttl_s, each.end) = (Some(age / 0.12), Some(265_000.0), Some(88_770_144));
    }
    let stalled = partitions / 15;
    let worst = &mut view.partitions[stalled];
    (worst.state, worst.since, worst.age_s) = (Some(Kind::Stalled), Some(NOW - 540.0), Some(166_755.0));
    (worst.consume, worst.speed, worst.eta_s, worst.idle_s, worst.owners) = (Some(0.0), Some(0.0), None, Some(540.0), 3);
    view.counts = BTreeMap::from([(Kind::Stalled, 1), (Kind::SlowDrain, partitions - 1)]);
    (view.state, view.severity, view.since) = (Some(Kind::SlowDrain), Severity::Page, Some(since));
    (view.lag, view.age_s, view.oldest_partition) = (Some(165_900_000), Some(166_755.0), Some(stalled));
    (view.consume, view.speed) = (Some(1_124.0), Some(1.12));
    (view.eta_now_s, view.eta_forecast_s) = (Some(1_368_000.0), Some([Some(1_209_600.0), Some(1_468_800.0)]));
    let rates = [(3_600.0, 47_085.0), (14_400.0, 12_523.0), (28_800.0, 6_762.0), (86_400.0, 2_922.0)];
    view.needed = rates.into_iter().map(|(within_s, rate)| Needed { within_s, rate }).collect();
    view.ttl_s = Some(265_800.0);
    view.incidents = vec![IncidentView {
        id: format!("prod/{group}/progress/tag-data"),
        kind: Kind::SlowDrain,
        severity: Severity::Page,
        opened: NOW - 170_000.0,
        since,
        partitions: (0..partitions).collect(),
        evidence: "c_180s=1124.0/s >= i_180s=1002.0/s; speed 1.12; age 166755 s >= 30 s".into(),
    }];
    view
}

/// Less goes out than comes in, and nobody needs to be called yet.
pub fn falling_behind(group: &str, partitions: usize) -> GroupView {
    let mut view = quiet(group, partitions);
    let number = partitions - 1;
    let each = &mut view.partitions[number];
    (each.state, each.since, each.age_s, each.lag) = (Some(Kind::FallingBehind), Some(NOW - 70.0), Some(151.0), Some(3_120));
    (each.consume, each.speed) = (Some(2.0), Some(0.51));
    view.counts = BTreeMap::from([(Kind::FallingBehind, 1)]);
    (view.state, view.severity, view.since) = (Some(Kind::FallingBehind), Severity::Warn, Some(NOW - 70.0));
    (view.age_s, view.oldest_partition, view.lag, view.speed) = (Some(151.0), Some(number), Some(4_200), Some(0.51));
    view.incidents = vec![IncidentView {
        id: format!("prod/{group}/progress/tag-data"),
        kind: Kind::FallingBehind,
        severity: Severity::Warn,
        opened: NOW - 70.0,
        since: NOW - 70.0,
        partitions: vec![number],
        evidence: format!("partition {number}: c_180s=2.0/s < i_180s=3.9/s; speed 0.51; age 151 s >= 30 s"),
    }];
    view
}

/// Nothing could be read: every number that can be unknown is.
pub fn unknown(group: &str, partitions: usize) -> GroupView {
    let blind = PartitionView {
        owned: None,
        owner: None,
        committed: None,
        end: None,
        start: None,
        lag: None,
        age_s: None,
        ingest: None,
        consume: None,
        speed: None,
        idle_s: None,
        unstable: None,
        ..partition(0)
    };
    GroupView {
        topic: None,
        read_at: None,
        state: Some(Kind::Unknown),
        severity: Severity::Page,
        since: Some(NOW - 130.0),
        members: None,
        lag: None,
        age_s: None,
        oldest_partition: None,
        ingest: None,
        consume: None,
        speed: None,
        window_s: None,
        retention_s: None,
        partitions: (0..partitions).map(|partition| PartitionView { partition, ..blind.clone() }).collect(),
        ..quiet(group, partitions)
    }
}

/// A stop at `stopped` hours ago for all but the last hour, a point a minute; what was not read is null.
pub fn history(hours: usize) -> Value {
    let point = |minute: usize| {
        let before = (60 * hours - minute) as f64 * 60.0;
        let age = if before > 3_600.0 { (60.0 * hours as f64 * 60.0 - before).max(0.0) } else { 166_755.0 + 0.12 * before };
        let consume = if before > 3_600.0 { 0.0 } else { 1_124.0 };
        let ingest = 1_000.0 + 400.0 * (before / 13_750.0).sin();
        json!({"t": NOW - before, "age_s": age.min(166_755.0 + 432.0), "lag": (age * 995.0) as i64, "ingest": ingest, "consume": consume})
    };
    let mut points: Vec<Value> = (0..60 * hours).map(point).collect();
    for hidden in points.iter_mut().skip(30 * hours).take(7) {
        *hidden = json!({"t": hidden["t"], "age_s": null, "lag": null, "ingest": null, "consume": null});
    }
    json!({"points": points})
}
