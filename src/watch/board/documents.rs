//! The board as the API tells it.

use super::watched::Teller;
use super::{Board, Key, Watched};
use crate::core::delivery::{commands, runbook};
use crate::core::lag::{Explanation, GroupView, IncidentView, Needed, Severity};
use crate::core::maintenance::Window;
use crate::core::subject::{GraphPoint, Subject};
use crate::telemetry::Build;
use crate::watch::document::{Bottleneck, ClusterDocument, Document, GroupDocument, IncidentDocument, SCHEMA, Watcher};
use crate::watch::lock;

impl Board {
    /// All of it, or the groups of one name; also with the rate that it takes to be done within so many seconds.
    pub fn document(&self, group: Option<&str>, needed_within_s: Option<f64>, interval_s: f64) -> Document {
        let now = self.now();
        let mut groups: Vec<GroupDocument> = self
            .keys()
            .iter()
            .filter(|key| group.is_none_or(|name| key.group == name))
            .filter_map(|key| self.group_document(key, needed_within_s, now))
            .collect();
        groups.sort_by(|a, b| badness(&b.view).cmp(&badness(&a.view)).then_with(|| a.view.group.cmp(&b.view.group)));
        Document {
            schema: SCHEMA.to_owned(),
            at: now,
            watcher: self.watcher(),
            interval_s,
            clusters: self.clusters(),
            groups,
            maintenance: lock(&self.calendar).active(now).cloned().collect(),
        }
    }

    pub fn clusters(&self) -> Vec<ClusterDocument> {
        lock(&self.clusters).values().cloned().collect()
    }

    pub fn history(&self, key: &Key) -> Option<Vec<GraphPoint>> {
        let watched = self.get(key)?;
        let watched = lock(&watched);
        Some(watched.keeper.subject().graph().points().copied().collect())
    }

    /// Each rule with the numbers that it was judged by.
    pub fn explain(&self, key: &Key) -> Option<Vec<Explanation>> {
        let watched = self.get(key)?;
        let watched = lock(&watched);
        Some(watched.keeper.subject().explain(self.now()))
    }

    /// One line for `systemctl status`: how many groups, and the worst of them.
    pub fn line(&self) -> String {
        let now = self.now();
        let views: Vec<GroupView> =
            self.keys().iter().filter_map(|key| Some(lock(self.get(key)?.as_ref()).keeper.subject().view(now))).collect();
        let worst = views.iter().filter(|view| view.state.is_some()).max_by_key(|view| badness(view));
        let state = worst.map_or("all is well".to_owned(), |view| {
            let kind = view.state.map_or("", crate::core::lag::Kind::as_str);
            let age = view.age_s.map_or("unknown".to_owned(), |age| format!("{age:.0} s"));
            let eta = view.eta_now_s.map_or("never at this pace".to_owned(), |eta| format!("in {eta:.0} s"));
            format!("{} {kind}, age {age}, done {eta}", view.group)
        });
        format!("{} groups; {state}", views.len())
    }

    fn watcher(&self) -> Watcher {
        let trouble =
            self.keys().iter().filter_map(|key| self.get(key)).find_map(|watched| lock(&watched).keeper.trouble().map(ToString::to_string));
        Watcher { host: self.teller.host.clone(), version: Build::current().version.to_owned(), started: self.started, trouble }
    }

    fn group_document(&self, key: &Key, needed_within_s: Option<f64>, now: f64) -> Option<GroupDocument> {
        let maintenance = self.maintenance_of(&key.cluster, &key.group, now);
        let watched = self.get(key)?;
        let watched = lock(&watched);
        let mut document = watched.document(maintenance, &self.teller, now);
        let needed = |within_s: f64| Some(Needed { within_s, rate: watched.keeper.subject().group().needed(within_s)? });
        document.view.needed.extend(needed_within_s.filter(|within_s| *within_s > 0.0).and_then(needed));
        Some(document)
    }
}

impl Watched {
    fn document(&self, maintenance: Option<Window>, teller: &Teller, now: f64) -> GroupDocument {
        let subject = self.keeper.subject();
        let view = subject.view(now);
        let (lost, skipped) = subject.gone();
        let is_late = view.age_s.is_some_and(|age| age >= view.floor_s);
        GroupDocument {
            incidents: view.incidents.iter().map(|incident| document_of(incident, &view, subject, maintenance.as_ref())).collect(),
            commands: if view.state.is_some() { commands(&view) } else { Vec::new() },
            runbook: view.state.and_then(|kind| runbook(&teller.runbooks, kind)),
            view,
            versions: self.beside.versions.clone(),
            broker_state: self.beside.broker_state.clone(),
            isolation: self.beside.isolation.map(str::to_owned),
            throttle_ms: self.beside.throttle_ms,
            // Small batches are right where nothing waits.
            bottleneck: self
                .beside
                .bottleneck
                .clone()
                .map(|told| Bottleneck { hints: if is_late { told.hints } else { Vec::new() }, ..told }),
            maintenance,
            lost,
            skipped,
        }
    }
}

fn document_of(incident: &IncidentView, view: &GroupView, subject: &Subject, maintenance: Option<&Window>) -> IncidentDocument {
    let class = if incident.kind.is_progress() { "progress".to_owned() } else { incident.kind.as_str().to_lowercase() };
    IncidentDocument {
        id: incident.id.clone(),
        class,
        kind: incident.kind,
        severity: incident.severity,
        opened: incident.opened,
        since: incident.since,
        partitions: incident.partitions.clone(),
        of: view.of,
        evidence: incident.evidence.clone(),
        acknowledged: subject.acknowledgement(&incident.id).cloned(),
        silenced: maintenance.filter(|_| !incident.kind.is_never_silenced()).cloned(),
    }
}

/// What calls somebody stands first; of those what is worse, and then what is older.
fn badness(view: &GroupView) -> (Severity, std::cmp::Reverse<Option<crate::core::lag::Kind>>, i64) {
    (view.severity, std::cmp::Reverse(view.state), view.age_s.unwrap_or(0.0) as i64)
}
