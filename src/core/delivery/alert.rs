//! What a channel is sent of an incident.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::partitions::Partitions;
use crate::core::lag::{Change, Event, GroupView, Kind, Severity, next_commands, shell_word};

/// What an alert tells beside the incident: who saw it, and what the workers run.
#[derive(Clone, Copy, Debug)]
pub struct Witness<'a> {
    /// The host that saw it.
    pub host: &'a str,
    /// A worker that tells of its own partitions: another host's are another incident.
    pub is_worker: bool,
    pub versions: &'a BTreeMap<String, usize>,
    /// The URL below which the runbooks are; empty: no link.
    pub runbooks: &'a str,
}

/// How an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    /// Nobody needs to act any more.
    Resolved,
    /// Over.
    Closed,
}

/// How it stood when it was told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    pub state: State,
    pub severity: Severity,
    pub kind: Kind,
}

/// One incident as it stands: the payload of webhooks and programs, and what the texts of the other channels are made of. What is not
/// known is `None`, never 0. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The incident's identity: the same over restarts and from every watcher; a worker's own end with its host.
    pub key: String,
    /// Counts what was said of this key; a receiver that has seen a number has seen the alert.
    pub sequence: u64,
    pub state: State,
    pub previous: Option<Previous>,
    /// `none` where nobody needs to act.
    pub severity: Severity,
    pub kind: Kind,
    pub cluster: String,
    pub group: String,
    pub topic: Option<String>,
    pub partitions: Partitions,
    /// Records that wait.
    pub lag: Option<i64>,
    /// Age of the oldest record that waits, in seconds.
    pub age_s: Option<f64>,
    /// Records per second.
    pub ingest: Option<f64>,
    /// Records per second.
    pub consume: Option<f64>,
    /// Event time consumed per second; below 1 it falls behind.
    pub speed: Option<f64>,
    /// Until nothing waits at this pace, in seconds; `None`: never.
    pub eta_now_s: Option<f64>,
    /// The same with the ingest that is to be expected: from all partitions in their better minutes of the last hour to the oldest in its worse ones.
    pub eta_forecast_s: Option<[Option<f64>; 2]>,
    /// Records per second that it takes to have nothing waiting in an hour.
    pub needed: Option<f64>,
    /// Until the first record is deleted unread, in seconds.
    pub ttl_s: Option<f64>,
    /// When the incident opened, in whole seconds.
    pub opened: i64,
    /// When this state of it was seen.
    pub detected_at: f64,
    /// When it was handed in to be sent.
    pub submitted_at: f64,
    /// The numbers that made the rule true.
    pub evidence: String,
    pub members: Option<u64>,
    /// How many workers run each version.
    pub versions: BTreeMap<String, usize>,
    /// What to type next.
    pub commands: Vec<String>,
    /// Where to read what to do.
    pub runbook: Option<String>,
    /// The host that saw it.
    pub watcher: String,
    /// A page that could not be delivered while it was open; its end follows.
    pub late: bool,
    /// Nothing is new, but it is still open.
    pub reminder: bool,
    /// Who takes care of it.
    pub acknowledged_by: Option<String>,
    /// The channel that could not deliver it.
    pub handed_over_by: Option<String>,
}

impl Alert {
    /// What `event` changed in the group of `view`. It has neither number nor predecessor before it is handed in.
    pub fn of(event: &Event, view: &GroupView, witness: &Witness<'_>) -> Self {
        let opened = view.incidents.iter().find(|incident| incident.id == event.incident).map_or(event.t, |incident| incident.opened);
        Self {
            key: if witness.is_worker { format!("{}/{}", event.incident, witness.host) } else { event.incident.clone() },
            sequence: 0,
            state: State::after(event.event, event.severity),
            previous: None,
            severity: event.severity,
            kind: event.kind,
            cluster: view.cluster.clone(),
            group: view.group.clone(),
            topic: view.topic.clone(),
            partitions: Partitions::new(&worst_first(&event.partitions, view), event.of),
            lag: event.lag,
            age_s: event.age_s,
            ingest: event.ingest,
            consume: event.consume,
            speed: event.speed,
            eta_now_s: event.eta_now_s,
            eta_forecast_s: event.eta_forecast_s,
            needed: view.needed.iter().find(|needed| needed.within_s == 3_600.0).map(|needed| needed.rate),
            ttl_s: event.ttl_s,
            opened: opened as i64,
            detected_at: event.t,
            submitted_at: event.t,
            evidence: event.evidence.clone(),
            members: view.members,
            versions: witness.versions.clone(),
            commands: commands(view),
            runbook: runbook(witness.runbooks, event.kind),
            watcher: witness.host.to_owned(),
            late: false,
            reminder: false,
            acknowledged_by: None,
            handed_over_by: None,
        }
    }

    pub fn previous(&self) -> Previous {
        Previous { state: self.state, severity: self.severity, kind: self.kind }
    }

    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Somebody has to get up.
    pub fn is_page(&self) -> bool {
        self.is_open() && self.severity == Severity::Page
    }

    /// The numbers of `fresh` without its news.
    pub(super) fn refresh(&mut self, fresh: &Self) {
        let kept = self.clone();
        *self = Self {
            sequence: kept.sequence,
            state: kept.state,
            previous: kept.previous,
            severity: kept.severity,
            kind: kept.kind,
            partitions: kept.partitions,
            opened: kept.opened,
            detected_at: kept.detected_at,
            submitted_at: kept.submitted_at,
            late: kept.late,
            reminder: kept.reminder,
            acknowledged_by: fresh.acknowledged_by.clone().or(kept.acknowledged_by),
            ..fresh.clone()
        };
    }
}

impl State {
    /// What a change of an incident leaves behind: of an incident that calls nobody nobody needs to know.
    pub fn after(change: Change, severity: Severity) -> Self {
        match (change, severity) {
            (Change::Close, _) => Self::Closed,
            (Change::Resolve, _) | (_, Severity::None) => Self::Resolved,
            _ => Self::Open,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// By age; what has none is last.
fn worst_first(affected: &[usize], view: &GroupView) -> Vec<usize> {
    let age = |number: &usize| view.partition(*number).and_then(|partition| partition.age_s).unwrap_or(-1.0);
    let mut numbers = affected.to_vec();
    numbers.sort_by(|a, b| age(b).total_cmp(&age(a)));
    numbers
}

/// What to type about a group, the look at it first.
pub fn commands(view: &GroupView) -> Vec<String> {
    let look = format!("shasta lag --group {}", shell_word(&view.group));
    std::iter::once(look).chain(next_commands(view)).collect()
}

/// Where to read what to do; `None` where no base is configured.
pub fn runbook(base: &str, kind: Kind) -> Option<String> {
    let page = kind.as_str().to_lowercase().replace('_', "-");
    (!base.is_empty()).then(|| format!("{}/{page}.md", base.trim_end_matches('/')))
}
