//! A consumer that is stopped for two days, and then takes longer to catch up than anybody waits; one of its records is poison.

use crate::core::lag::{Group, GroupState, Header, LagRules, Reading, Retention, Sample};
use crate::watch::document::{Acknowledgement, Bottleneck, ClusterDocument, Document, GroupDocument, IncidentDocument, SCHEMA, Watcher};

pub const HOUR: f64 = 3_600.0;
/// 2026-11-19 00:00 UTC, a Thursday.
pub const BEGIN: f64 = 1_795_046_400.0;
const PARTITIONS: usize = 4;
const STEP_S: f64 = 30.0;

/// Each record's time is known from its number: so much has come in by then.
struct Log {
    /// Of every step, what was written by its end.
    written: Vec<f64>,
    committed: f64,
    /// The step in which the record at the committed offset came in.
    cursor: usize,
}

/// The group `hours` after the beginning.
pub fn group(hours: f64) -> Group {
    let header = Header {
        cluster: "prod".into(),
        group: "shasta-tags".into(),
        topic: Some("tag-data".into()),
        partitions: PARTITIONS,
        retention: Retention { seconds: Some(5.0 * 24.0 * HOUR), bytes: None },
        offsets_retention_s: Some(7.0 * 24.0 * HOUR),
        expected: true,
    };
    let mut group = Group::new(header, LagRules::default());
    let mut logs: Vec<Log> = (0..PARTITIONS).map(|_| Log { written: vec![0.0], committed: 0.0, cursor: 0 }).collect();
    for step in 1..=(hours * HOUR / STEP_S) as usize {
        let sample = sample(&mut logs, step as f64 * STEP_S);
        group.observe(Some(&sample), BEGIN + step as f64 * STEP_S);
    }
    group
}

fn sample(logs: &mut [Log], time: f64) -> Sample {
    let ingest = 250.0 * (1.0 + 0.6 * (std::f64::consts::TAU * (time / 86_400.0 - 0.375)).sin());
    let capacity = match time / HOUR {
        6.0..54.0 => 0.0,
        54.0.. => 1.12 * 250.0,
        _ => 1_000.0,
    };
    let members = if capacity > 0.0 { 4 } else { 0 };
    let stands = |number: usize| number == 3 && time > 54.5 * HOUR;
    let partitions = logs.iter_mut().enumerate();
    let partitions = partitions.map(|(number, log)| {
        let owner = if stands(number) && time > 54.75 * HOUR { 9 } else { number };
        log.step(ingest, if stands(number) { 0.0 } else { capacity });
        log.reading(time, (members > 0).then(|| format!("w{owner}-größe-ip-10-0-0-{owner}")))
    });
    let partitions = partitions.collect();
    let state = if members > 0 { GroupState::Stable } else { GroupState::Empty };
    Sample { state: Some(state), members: Some(members), empty_since: None, partitions }
}

impl Log {
    fn step(&mut self, ingest: f64, capacity: f64) {
        let end = self.written[self.written.len() - 1];
        self.committed = (self.committed + capacity * STEP_S).min(end).max(self.committed);
        self.written.push(end + ingest * STEP_S);
        while self.written[self.cursor] <= self.committed {
            self.cursor += 1;
        }
    }

    fn reading(&self, time: f64, owner: Option<String>) -> Reading {
        let end = self.written[self.written.len() - 1];
        let behind = (self.written.len() - 1 - self.cursor) as f64 * STEP_S;
        Reading {
            committed: Some(self.committed as i64),
            end: Some(end as i64),
            start: Some(0),
            timestamp: Some(BEGIN + time - behind - 5.0),
            owned: Some(owner.is_some()),
            owner,
            ..Reading::default()
        }
    }
}

/// What a watcher says of it a moment later.
pub fn document(hours: f64) -> Document {
    let at = BEGIN + hours * HOUR + 3.0;
    let view = group(hours).view(at);
    let incidents = view.incidents.iter().map(|incident| IncidentDocument {
        id: incident.id.clone(),
        class: "progress".into(),
        kind: incident.kind,
        severity: incident.severity,
        opened: incident.opened,
        since: incident.since,
        partitions: incident.partitions.clone(),
        of: view.of,
        evidence: incident.evidence.clone(),
        acknowledged: Some(Acknowledgement { by: "ada".into(), at: incident.opened + 600.0 }),
        silenced: None,
    });
    let bottleneck = Bottleneck {
        cache_hit_ratio: Some(0.11),
        batch_records: Some(1.0),
        redis_call_ms: Some(1.8),
        round_trips_per_record: Some(2.0),
        hints: vec!["batch.max_records (1)".into(), "cache.bytes (0)".into()],
    };
    let runs = view.members.is_some_and(|members| members > 0);
    Document {
        schema: SCHEMA.into(),
        at,
        watcher: Watcher { host: "w1".into(), version: "1.8.2".into(), started: BEGIN, trouble: None },
        interval_s: 10.0,
        clusters: vec![ClusterDocument { name: "prod".into(), last_success: Some(at), error: None, throttle_ms: None }],
        groups: vec![GroupDocument {
            incidents: incidents.collect::<Vec<_>>(),
            versions: if runs { [("1.8.2".to_owned(), 4)].into() } else { Default::default() },
            broker_state: Some(if runs { "Stable" } else { "Empty" }.into()),
            isolation: Some("read_committed".into()),
            runbook: Some("https://runbooks.example/slow-drain.md".into()).filter(|_| hours == 54.4),
            bottleneck: Some(bottleneck).filter(|_| hours > 54.0),
            ..GroupDocument::of(view)
        }],
        maintenance: Vec::new(),
    }
}
