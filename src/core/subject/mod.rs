//! What is watched: a group and one of its topics, over time, with what people were told of it.
//!
//! A [`Subject`] is a function of its [`Entry`]s and of nothing else. Whoever writes each entry down before it is applied has the same
//! subject again after a crash, with the same incidents, and knows which [`Notice`]s may not have been handed on yet.

mod entry;
mod gone;
mod graph;
mod told;

use serde::{Deserialize, Serialize};

pub use entry::Entry;
pub use graph::{Graph, GraphPoint};
pub use told::{Acknowledgement, Notice};

use crate::core::lag::{Change, Event, Explanation, Group, GroupView, Header, IncidentView, Kind, LagRules, Severity};
use gone::GoneTotals;
use told::Told;

/// Memory: that of the [`Group`], and 120 kB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subject {
    group: Group,
    rules: LagRules,
    told: Told,
    graph: Graph,
    gone: GoneTotals,
    /// Notices that are not known to be handed on.
    pending: Vec<Notice>,
}

impl Subject {
    pub fn new(header: Header, rules: LagRules) -> Self {
        Self {
            group: Group::new(header, rules),
            rules,
            told: Told::default(),
            graph: Graph::default(),
            gone: GoneTotals::default(),
            pending: Vec::new(),
        }
    }

    /// What people are to be told because of it. The same notices stay [pending](Self::pending) until they are [handed
    /// on](Entry::HandedOn).
    pub fn apply(&mut self, entry: &Entry) -> Vec<Notice> {
        let notices = match entry {
            Entry::Looked { time, sample, silenced } => self.look(sample.as_ref(), *silenced, *time),
            Entry::Resumed { time } => {
                self.group.resume(*time);
                Vec::new()
            }
            Entry::Adopted { header, time } => self.adopt(header, *time),
            Entry::Ruled { rules } => {
                self.rules = *rules;
                self.group.follow(*rules);
                Vec::new()
            }
            Entry::Acknowledged { incident, by, time } => self.acknowledge(incident, by, *time),
            Entry::Ended { time } => self.end(*time),
            Entry::HandedOn => {
                self.pending.clear();
                Vec::new()
            }
        };
        self.pending.extend(notices.iter().cloned());
        notices
    }

    pub fn group(&self) -> &Group {
        &self.group
    }

    pub fn rules(&self) -> &LagRules {
        &self.rules
    }

    /// How things stand at `now`, in seconds since 1970.
    pub fn view(&self, now: f64) -> GroupView {
        self.group.view(now)
    }

    /// Each rule with the numbers that it was judged by.
    pub fn explain(&self, now: f64) -> Vec<Explanation> {
        self.group.explain(now)
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Records that were deleted unread, and that were committed and covered by nobody, since it is watched.
    pub fn gone(&self) -> (u64, u64) {
        (self.gone.lost(), self.gone.skipped())
    }

    pub fn acknowledgement(&self, incident: &str) -> Option<&Acknowledgement> {
        self.told.acknowledgement(incident)
    }

    /// All that is open as it stands now.
    pub fn open(&self, now: f64) -> Vec<Notice> {
        let view = self.group.view(now);
        let notice = |incident: &IncidentView| Notice {
            event: event_of(&view, incident, Change::Change),
            acknowledged_by: self.acknowledgement(&incident.id).map(|acknowledged| acknowledged.by.clone()),
        };
        view.incidents.iter().map(notice).collect()
    }

    pub fn pending(&self) -> &[Notice] {
        &self.pending
    }

    fn look(&mut self, sample: Option<&crate::core::lag::Sample>, silenced: bool, now: f64) -> Vec<Notice> {
        let events = self.group.observe(sample, now);
        self.gone.note(self.group.gone());
        let mut notices: Vec<Notice> = events.into_iter().filter_map(|event| self.told.take(event, silenced)).collect();
        if !silenced {
            notices.extend(self.told_late(now));
        }
        if self.graph.is_due(now) {
            self.graph.push(&self.group.view(now));
        }
        notices
    }

    /// What is open and was kept quiet until now, as it stands now.
    fn told_late(&mut self, now: f64) -> Vec<Notice> {
        if !self.group.incidents().any(|incident| self.told.is_behind(&self.group.id_of(incident.kind), incident.kind, incident.severity)) {
            return Vec::new();
        }
        let view = self.group.view(now);
        let behind = view.incidents.iter().filter(|incident| self.told.is_behind(&incident.id, incident.kind, incident.severity));
        let events: Vec<Event> = behind.map(|incident| event_of(&view, incident, self.told.next_change(&incident.id))).collect();
        events.into_iter().filter_map(|event| self.told.take(event, false)).collect()
    }

    fn adopt(&mut self, header: &Header, now: f64) -> Vec<Notice> {
        if self.group.adopt(header.clone()) {
            return Vec::new();
        }
        // Fewer partitions are another topic of the same name.
        let notices = self.end(now);
        self.group = Group::new(header.clone(), self.rules);
        self.gone.forget();
        notices
    }

    /// What cannot be undone is over once somebody knows of it; of all else only the reminders are.
    fn acknowledge(&mut self, incident: &str, by: &str, now: f64) -> Vec<Notice> {
        let view = self.group.view(now);
        let Some(open) = view.incidents.iter().find(|open| open.id == incident) else { return Vec::new() };
        if matches!(open.kind, Kind::DataLost | Kind::Skipped) {
            self.group.acknowledge(open.kind);
        }
        self.told.acknowledge(event_of(&view, open, Change::Change), Acknowledgement { by: by.to_owned(), at: now }).into_iter().collect()
    }

    /// It is not watched any more: what is open is over for those who were told.
    fn end(&mut self, now: f64) -> Vec<Notice> {
        let view = self.group.view(now);
        let close = |incident: &IncidentView| Event { severity: Severity::None, ..event_of(&view, incident, Change::Close) };
        let events: Vec<Event> = view.incidents.iter().map(close).collect();
        events.into_iter().filter_map(|event| self.told.take(event, false)).collect()
    }
}

/// The incident as it stands, told as this change.
fn event_of(view: &GroupView, incident: &IncidentView, change: Change) -> Event {
    Event {
        t: view.at,
        incident: incident.id.clone(),
        event: change,
        kind: incident.kind,
        severity: incident.severity,
        partitions: incident.partitions.clone(),
        of: view.of,
        age_s: view.age_s,
        lag: view.lag,
        ingest: view.ingest,
        consume: view.consume,
        speed: view.speed,
        eta_now_s: view.eta_now_s,
        eta_forecast_s: view.eta_forecast_s,
        ttl_s: view.ttl_s,
        evidence: incident.evidence.clone(),
    }
}

#[cfg(test)]
mod tests;
