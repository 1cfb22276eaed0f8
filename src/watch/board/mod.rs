//! Everything that is watched, for those who look and those who ask.
//!
//! A subject has its own lock, and files are written under it: to be called from threads that may wait.

mod calendar;
mod documents;
mod key;
mod opening;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use key::Key;
pub use watched::{Beside, Look, Teller, Watched};

use super::clock::Clock;
use super::document::ClusterDocument;
use super::lock;
use super::state::{Keeper, Place, StateError};
use crate::core::delivery::Alert;
use crate::core::lag::{Header, LagRules};
use crate::core::maintenance::Window;
use crate::core::subject::Entry;
use crate::telemetry::SharedSampler;
use crate::telemetry::facts::WatchStateNotWritten;
use calendar::Calendar;

/// What is watched, by its key.
type Subjects = BTreeMap<Key, Arc<Mutex<Watched>>>;

#[derive(Debug)]
pub struct Board {
    clock: Clock,
    place: Place,
    teller: Teller,
    started: f64,
    sampler: SharedSampler,
    subjects: Mutex<Subjects>,
    clusters: Mutex<BTreeMap<String, ClusterDocument>>,
    calendar: Mutex<Calendar>,
}

impl Board {
    pub fn now(&self) -> f64 {
        self.clock.now()
    }

    /// A look at a subject, which begins with its first. Returns what is to be handed on before [`Self::handed_on`] is said.
    pub fn take(&self, look: Look) -> Vec<Alert> {
        let key = Key::of(&look.header);
        let is_silenced = self.maintenance_of(&key.cluster, &key.group, look.time).is_some();
        let watched = self.subject(&key, &look.header, look.rules, look.time);
        let mut watched = lock(&watched);
        let alerts = watched.take(look, is_silenced, &self.teller);
        if let Some(error) = watched.keeper.trouble() {
            WatchStateNotWritten { error }.emit(&self.sampler, Instant::now());
        }
        alerts
    }

    /// All alerts of the subject until now are where they cannot be lost.
    pub fn handed_on(&self, key: &Key) {
        if let Some(watched) = self.get(key) {
            lock(&watched).keeper.handed_on();
        }
    }

    /// What is open of the subject, with newer numbers.
    pub fn open_alerts(&self, key: &Key) -> Vec<Alert> {
        self.get(key).map_or(Vec::new(), |watched| lock(&watched).open(self.now(), &self.teller))
    }

    /// Somebody takes care of the incident. `None`: there is none of that name.
    pub fn acknowledge(&self, incident: &str, by: &str) -> Option<(Key, Vec<Alert>)> {
        let is_open = |watched: &Watched| {
            let group = watched.keeper.subject().group();
            group.incidents().any(|open| group.id_of(open.kind) == incident)
        };
        let (key, watched) = self.all().into_iter().find(|(_, watched)| is_open(&lock(watched)))?;
        let now = self.now();
        let entry = Entry::Acknowledged { incident: incident.to_owned(), by: by.to_owned(), time: now };
        Some((key, lock(&watched).enter(&[entry], now, &self.teller)))
    }

    /// It is not watched any more. Returns what is to be handed on before it is [removed](Self::remove).
    pub fn end(&self, key: &Key) -> Vec<Alert> {
        let now = self.now();
        self.get(key).map_or(Vec::new(), |watched| lock(&watched).enter(&[Entry::Ended { time: now }], now, &self.teller))
    }

    pub fn remove(&self, key: &Key) {
        let Some(watched) = self.subjects().remove(key) else { return };
        // Whoever still looks at it sees it for the last time.
        let Ok(watched) = Arc::try_unwrap(watched).map(|watched| watched.into_inner().unwrap_or_else(PoisonError::into_inner)) else {
            return;
        };
        if let Err(error) = watched.keeper.remove() {
            WatchStateNotWritten { error: &error }.emit(&self.sampler, Instant::now());
        }
    }

    /// The subjects of a group.
    pub fn keys_of(&self, cluster: &str, group: &str) -> Vec<Key> {
        self.subjects().keys().filter(|key| key.is_of(cluster, group)).cloned().collect()
    }

    /// As the subjects of a group were last.
    pub fn headers_of(&self, cluster: &str, group: &str) -> Vec<Header> {
        let keys = self.keys_of(cluster, group);
        keys.iter().filter_map(|key| Some(lock(self.get(key)?.as_ref()).keeper.subject().group().header().clone())).collect()
    }

    /// The identities of all open incidents.
    pub fn incidents(&self) -> BTreeSet<String> {
        let of = |watched: &Arc<Mutex<Watched>>| {
            let watched = lock(watched);
            let group = watched.keeper.subject().group();
            group.incidents().map(|incident| group.id_of(incident.kind)).collect::<Vec<_>>()
        };
        self.all().iter().flat_map(|(_, watched)| of(watched)).collect()
    }

    pub fn has(&self, key: &Key) -> bool {
        self.subjects().contains_key(key)
    }

    pub fn keys(&self) -> Vec<Key> {
        self.subjects().keys().cloned().collect()
    }

    /// What was not handed on before the last process ended.
    pub fn pending(&self, key: &Key) -> Vec<Alert> {
        self.get(key).map_or(Vec::new(), |watched| lock(&watched).pending(self.now(), &self.teller))
    }

    /// Partitions of groups that are not configured.
    pub fn discovered_partitions(&self) -> usize {
        let of = |watched: &Arc<Mutex<Watched>>| {
            let watched = lock(watched);
            let header = watched.keeper.subject().group().header();
            if header.expected { 0 } else { header.partitions }
        };
        self.all().iter().map(|(_, watched)| of(watched)).sum()
    }

    pub fn note_cluster(&self, document: ClusterDocument) {
        let mut clusters = lock(&self.clusters);
        let last_success = clusters.get(&document.name).and_then(|known| known.last_success);
        clusters.insert(document.name.clone(), ClusterDocument { last_success: document.last_success.or(last_success), ..document });
    }

    /// `false`: too many are announced.
    ///
    /// # Errors
    /// It holds, and a restart forgets it.
    pub fn announce(&self, window: Window) -> Result<bool, StateError> {
        let now = self.now();
        lock(&self.calendar).announce(window, now)
    }

    /// `false`: there was none.
    ///
    /// # Errors
    /// It is over, and a restart believes that it is not.
    pub fn end_maintenance(&self, cluster: Option<&str>, group: &str) -> Result<bool, StateError> {
        let now = self.now();
        lock(&self.calendar).end(cluster, group, now)
    }

    /// A clean end: everything is written whole.
    pub fn close(&self) {
        let now = self.now();
        let subjects = std::mem::take(&mut *self.subjects());
        for watched in subjects.into_values().filter_map(Arc::into_inner) {
            watched.into_inner().unwrap_or_else(PoisonError::into_inner).keeper.close(now);
        }
    }

    fn maintenance_of(&self, cluster: &str, group: &str, now: f64) -> Option<Window> {
        lock(&self.calendar).of(cluster, group, now).cloned()
    }

    fn subject(&self, key: &Key, header: &Header, rules: LagRules, now: f64) -> Arc<Mutex<Watched>> {
        if let Some(known) = self.get(key) {
            return known;
        }
        let keeper = Keeper::begin(self.place.snapshot(header), header.clone(), rules, now);
        Arc::clone(self.subjects().entry(key.clone()).or_insert_with(|| Arc::new(Mutex::new(Watched::new(keeper)))))
    }

    fn get(&self, key: &Key) -> Option<Arc<Mutex<Watched>>> {
        self.subjects().get(key).cloned()
    }

    /// Nobody waits for all because of one whose files are slow.
    fn all(&self) -> Vec<(Key, Arc<Mutex<Watched>>)> {
        self.subjects().iter().map(|(key, watched)| (key.clone(), Arc::clone(watched))).collect()
    }

    fn subjects(&self) -> MutexGuard<'_, Subjects> {
        lock(&self.subjects)
    }
}

#[cfg(test)]
mod tests;
