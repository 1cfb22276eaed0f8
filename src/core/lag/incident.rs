//! One incident of a class from open to close: when it changes its kind, calls, is resolved, and when it is held open because it flaps.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::event::Change;
use super::kind::{Kind, Severity};
use super::lasting::Lasting;

const FLAPPING_WITHIN_S: f64 = 1_800.0;
const FLAPPING_TRANSITIONS: usize = 3;
/// The set of partitions alone changes at most so often.
const SET_CHANGES_EVERY_S: f64 = 300.0;
const TURNS_AFTER_S: f64 = 300.0;
const SETTLED_FOR_S: f64 = 120.0;

/// What is true of a class now.
#[derive(Clone, Debug)]
pub struct Found {
    pub kind: Kind,
    pub severity: Severity,
    pub partitions: Vec<usize>,
    /// When a condition of the class was true last; up to 30 s ago it still shows.
    pub last_true: f64,
}

/// What else decides when an incident of progress is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlook {
    /// No record is late any more.
    pub settled: bool,
    /// The backlog is gone soon, at a pace that has lasted.
    pub recovering: bool,
    /// Something is consumed and the age falls.
    pub catching_up: bool,
}

/// The open incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub kind: Kind,
    pub severity: Severity,
    pub partitions: Vec<usize>,
    pub opened: f64,
    last_true: f64,
    pub kind_changed: f64,
    set_changed: f64,
}

/// The incidents of one class, one at a time. Bounded: the last few transitions are remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Class {
    pub open: Option<Incident>,
    settled: Lasting,
    /// The kind that was found last, told or not.
    seen: Option<Kind>,
    turning: Lasting,
    transitions: VecDeque<f64>,
    held_until: Option<f64>,
}

impl Class {
    /// Takes what is found now; returns the changes with the incident as it is told with each.
    pub fn step(&mut self, found: Option<Found>, outlook: Outlook, now: f64) -> Vec<(Change, Incident)> {
        let settled = self.settled.for_s(outlook.settled && found.is_none(), SETTLED_FOR_S, now);
        let Some(incident) = self.open.take() else { return found.map(|found| self.begin(found, now)).into_iter().collect() };
        let before = incident.clone();
        let nothing_found = found.is_none();
        let mut incident = self.update(incident, found, outlook, now);
        let mut changes = Vec::new();
        if is_news(&incident, &before) {
            changes.push((Change::Change, incident.clone()));
        }
        let (resolves, closes) = is_over(&incident, outlook, settled, now);
        let held = self.is_held(now);
        if nothing_found && !held && resolves && incident.severity != Severity::None {
            incident.severity = Severity::None;
            self.transition(now);
            changes.push((Change::Resolve, incident.clone()));
        }
        if nothing_found && !held && closes {
            changes.push((Change::Close, incident));
        } else {
            self.open = Some(incident);
        }
        changes
    }

    /// The time without readings did not pass for what is open.
    pub fn skip(&mut self, seconds: f64) {
        self.settled = Lasting::default();
        if let Some(incident) = &mut self.open {
            incident.last_true += seconds;
        }
    }

    /// What stays until somebody knows of it is over.
    pub fn acknowledge(&mut self) {
        self.held_until = None;
        if let Some(incident) = &mut self.open {
            incident.last_true = f64::NEG_INFINITY;
        }
    }

    /// It opened and resolved too often: it stays open.
    pub fn is_held(&self, now: f64) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    fn begin(&mut self, found: Found, now: f64) -> (Change, Incident) {
        let Found { kind, severity, partitions, last_true } = found;
        let incident = Incident { kind, severity, partitions, opened: now, last_true, kind_changed: now, set_changed: now };
        self.seen = Some(kind);
        self.transition(now);
        self.open = Some(incident.clone());
        (Change::Open, incident)
    }

    fn update(&mut self, mut incident: Incident, found: Option<Found>, outlook: Outlook, now: f64) -> Incident {
        let held = self.is_held(now);
        let Some(found) = found else {
            // Kinds of standing still are over when it moves; falling behind and a slow drain show until it is clear what follows.
            let moves = incident.kind.stands_still() && outlook.catching_up;
            if incident.kind.is_progress() && !held && (moves || outlook.recovering) {
                incident.kind = Kind::Recovering;
            }
            return incident;
        };
        incident.last_true = found.last_true;
        if self.seen.replace(found.kind).is_some_and(|seen| found.kind < seen) {
            // Worse again: a kind that goes to and fro is flapping as well.
            self.transition(now);
        }
        let holds_kind = self.is_held(now) && incident.kind != Kind::Recovering;
        let takes_kind = self.has_turned(&incident, &found, now) && (!holds_kind || found.kind < incident.kind);
        if takes_kind && found.kind != incident.kind {
            let set = set_of(&incident, &found);
            (incident.kind, incident.partitions) = (found.kind, set);
            (incident.kind_changed, incident.set_changed) = (now, now);
        }
        if found.severity > incident.severity {
            if incident.severity == Severity::None {
                self.transition(now);
            }
            incident.severity = found.severity;
        }
        let set = set_of(&incident, &found);
        if incident.partitions != set && now - incident.set_changed >= SET_CHANGES_EVERY_S {
            (incident.partitions, incident.set_changed) = (set, now);
        }
        incident
    }

    /// With noise a drain that takes long and falling behind are true by turns: what lasts is told, and what is told first gives way.
    fn has_turned(&mut self, incident: &Incident, found: &Found, now: f64) -> bool {
        let turns = incident.kind.is_rate() && found.kind.is_rate() && incident.kind != found.kind;
        let lasts = self.turning.for_s(turns, TURNS_AFTER_S, now);
        let is_fresh = incident.kind == Kind::FallingBehind && now - incident.kind_changed < TURNS_AFTER_S;
        !turns || lasts || is_fresh || found.severity > incident.severity
    }

    fn transition(&mut self, now: f64) {
        self.transitions.retain(|at| now - at <= FLAPPING_WITHIN_S);
        self.transitions.push_back(now);
        if self.transitions.len() > FLAPPING_TRANSITIONS {
            self.held_until = Some(now + FLAPPING_WITHIN_S);
            self.transitions.pop_front();
        }
    }
}

/// Of rates those that were in it stay: who is on which side of a threshold this minute is no news.
fn set_of(incident: &Incident, found: &Found) -> Vec<usize> {
    if !incident.kind.is_rate() || !found.kind.is_rate() {
        return found.partitions.clone();
    }
    let mut set = incident.partitions.clone();
    set.extend(&found.partitions);
    set.sort_unstable();
    set.dedup();
    set
}

/// Numbers alone are no news.
fn is_news(incident: &Incident, before: &Incident) -> bool {
    (incident.kind, incident.severity, &incident.partitions) != (before.kind, before.severity, &before.partitions)
}

/// Whether it resolves, and whether it closes.
fn is_over(incident: &Incident, outlook: Outlook, settled: bool, now: f64) -> (bool, bool) {
    let for_s = now - incident.last_true;
    if incident.kind.is_progress() {
        (settled || outlook.recovering || for_s >= 300.0, settled)
    } else {
        let over = for_s >= incident.kind.stays_s(incident.severity);
        (over, over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, severity: Severity, now: f64) -> Option<Found> {
        Some(Found { kind, severity, partitions: vec![0], last_true: now })
    }

    fn kinds(changes: Vec<(Change, Incident)>) -> Vec<(Change, Kind, Severity)> {
        changes.into_iter().map(|(change, incident)| (change, incident.kind, incident.severity)).collect()
    }

    #[test]
    fn a_page_is_resolved_by_recovering_and_closed_when_nothing_is_late() {
        let mut class = Class::default();
        let opened = class.step(found(Kind::Stopped, Severity::Page, 0.0), Outlook::default(), 0.0);
        assert_eq!(kinds(opened), [(Change::Open, Kind::Stopped, Severity::Page)]);
        assert!(class.step(found(Kind::Stopped, Severity::Page, 10.0), Outlook::default(), 10.0).is_empty());
        let recovering = Outlook { recovering: true, catching_up: true, ..Outlook::default() };
        let recovered = class.step(None, recovering, 100.0);
        let told = [(Change::Change, Kind::Recovering, Severity::Page), (Change::Resolve, Kind::Recovering, Severity::None)];
        assert_eq!(kinds(recovered), told);
        let settled = Outlook { settled: true, ..Outlook::default() };
        assert!(class.step(None, settled, 200.0).is_empty());
        assert_eq!(kinds(class.step(None, settled, 320.0)), [(Change::Close, Kind::Recovering, Severity::None)]);
        assert_eq!(class.open, None);
    }

    #[test]
    fn what_flaps_is_held_open() {
        let mut class = Class::default();
        let settled = Outlook { settled: true, ..Outlook::default() };
        let mut changes = 0;
        for step in 0..360 {
            let now = f64::from(step) * 10.0;
            let is_true = step % 30 == 0;
            let found = found(Kind::FallingBehind, Severity::Warn, now).filter(|_| is_true);
            changes += class.step(found, settled, now).len();
        }
        assert!(changes <= 14, "twelve times open, resolve and close: {changes}");
    }

    #[test]
    fn lost_data_stays_until_it_is_acknowledged() {
        let mut class = Class::default();
        class.step(found(Kind::DataLost, Severity::Page, 0.0), Outlook::default(), 0.0);
        assert!(class.step(None, Outlook::default(), 1e9).is_empty());
    }
}
