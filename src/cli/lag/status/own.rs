//! Own samples, where no watcher answers: for as long as rates take.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::config::{Config, WatchedGroup};
use crate::core::lag::{Explanation, Group, GroupView, LagRules, Needed};
use crate::watch::document::{ClusterDocument, Document, GroupDocument, SCHEMA, Watcher};
use crate::watch::look::{LookDetails, Looker, Owner, TopicLook};

use super::source::SourceError;
use super::wanted::Wanted;

const LOOKS_FOR: Duration = Duration::from_secs(30);
const EVERY: Duration = Duration::from_secs(5);
/// Where nothing could be read so often, nothing will be.
const IN_VAIN: usize = 3;

/// Of one cluster.
#[derive(Debug)]
struct Cluster {
    looker: Looker,
    groups: Vec<WatchedGroup>,
    told: ClusterDocument,
}

/// By cluster, group and topic.
type Subject = (String, String, Option<String>);

#[derive(Debug)]
struct Looked {
    group: Group,
    details: Option<LookDetails>,
}

/// Looks by itself.
#[derive(Debug)]
pub struct OwnLooks {
    rules: LagRules,
    clusters: Vec<Cluster>,
    groups: BTreeMap<Subject, Looked>,
    started: f64,
    last: Option<Instant>,
}

impl OwnLooks {
    /// Connects to the clusters of the groups that are wanted.
    ///
    /// # Errors
    /// What is wrong in the configuration, or that there is no such group in it and no telling where it is.
    pub fn new(config: &Config, wanted: &Wanted) -> Result<Self, SourceError> {
        let groups = wanted.groups(config)?;
        let mut clusters = Vec::new();
        for (name, kafka) in config.watched_clusters() {
            let groups: Vec<WatchedGroup> = groups.iter().filter(|group| group.cluster == name).cloned().collect();
            if !groups.is_empty() {
                let looker = Looker::connect(&name, &kafka).map_err(|error| SourceError::Connect(name.clone(), error))?;
                clusters.push(Cluster { looker, groups, told: ClusterDocument { name, ..ClusterDocument::default() } });
            }
        }
        Ok(Self { rules: LagRules::from(&config.lag), clusters, groups: BTreeMap::new(), started: now(), last: None })
    }

    /// The first time it takes half a minute, later as long as a look.
    pub async fn look(&mut self, why: &str) -> Result<(), SourceError> {
        if self.last.is_some_and(|last| last.elapsed() < EVERY) {
            return Ok(());
        }
        if self.last.is_some() {
            return self.look_once().await;
        }
        let until = Instant::now() + LOOKS_FOR;
        tell(&format!("{why}; looking at the brokers for {} s ..", LOOKS_FOR.as_secs()), "\n");
        for number in 1.. {
            let begun = Instant::now();
            self.look_once().await?;
            if Instant::now() >= until {
                break;
            }
            if number == IN_VAIN && self.clusters.iter().all(|cluster| cluster.told.last_success.is_none()) {
                let why =
                    self.clusters.iter().map(|cluster| format!("{}: {}", cluster.told.name, cluster.told.error.as_deref().unwrap_or("-")));
                return Err(SourceError::NoBroker(why.collect()));
            }
            tell_progress(until);
            tokio::time::sleep_until(begun + EVERY).await;
        }
        Ok(())
    }

    async fn look_once(&mut self) -> Result<(), SourceError> {
        let looked = join_all(self.clusters.iter().map(Cluster::look)).await;
        for (number, looks) in looked.into_iter().enumerate() {
            for (group, looks) in looks {
                looks.into_iter().for_each(|look| self.take(number, &group, look));
            }
        }
        self.last = Some(Instant::now());
        Ok(())
    }

    fn take(&mut self, cluster: usize, group: &WatchedGroup, look: TopicLook) {
        let told = &mut self.clusters[cluster].told;
        told.throttle_ms = look.details.throttle_ms;
        told.error = look.sample.as_ref().err().map(ToString::to_string);
        if look.sample.is_ok() {
            told.last_success = Some(look.time);
        }
        let rules = LagRules { freshness_s: group.freshness.as_secs_f64(), ..self.rules };
        let subject = (group.cluster.clone(), group.group.clone(), look.header.topic.clone());
        if subject.2.is_some() {
            // It had nothing committed before.
            self.groups.remove(&(group.cluster.clone(), group.group.clone(), None));
        }
        let new = || Group::new(look.header.clone(), rules);
        let known = self.groups.entry(subject).or_insert_with(|| Looked { group: new(), details: None });
        known.details = Some(look.details);
        if !known.group.adopt(look.header.clone()) {
            known.group = new();
        }
        known.group.observe(look.sample.as_ref().ok(), look.time);
    }

    /// How things stand, and for how many seconds was looked.
    pub fn document(&self, needed_within_s: Option<f64>) -> (Document, f64) {
        let at = now();
        let group = |looked: &Looked| GroupDocument {
            broker_state: looked.details.as_ref().and_then(|details| details.state.clone()),
            isolation: looked.details.as_ref().map(|details| details.isolation.name().to_owned()),
            throttle_ms: looked.details.as_ref().and_then(|details| details.throttle_ms),
            ..GroupDocument::of(looked.view(needed_within_s, at))
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let document = Document {
            schema: SCHEMA.to_owned(),
            at,
            watcher: Watcher { host: host(), version, started: self.started, trouble: None },
            interval_s: EVERY.as_secs_f64(),
            clusters: self.clusters.iter().map(|cluster| cluster.told.clone()).collect(),
            groups: self.groups.values().map(group).collect(),
            maintenance: Vec::new(),
        };
        (document, at - self.started)
    }

    /// Each rule with its numbers, of the group that is shown so.
    pub fn explain(&self, view: &GroupView) -> Vec<Explanation> {
        let subject = (view.cluster.clone(), view.group.clone(), view.topic.clone());
        self.groups.get(&subject).map_or_else(Vec::new, |looked| looked.group.explain(now()))
    }
}

impl Looked {
    /// With rates over all that was looked at, and owners as their operators know them.
    fn view(&self, needed_within_s: Option<f64>, at: f64) -> GroupView {
        let mut view = self.group.view(at);
        let needed = needed_within_s.and_then(|within_s| Some(Needed { within_s, rate: self.group.needed(within_s)? }));
        view.needed.extend(needed);
        let owners = self.details.iter().flat_map(|details| &details.owners);
        for (partition, owner) in view.partitions.iter_mut().zip(owners) {
            partition.owner = owner.as_ref().map(|Owner { client_id, host }| format!("{client_id} {host}"));
        }
        view
    }
}

impl Cluster {
    async fn look(&self) -> Vec<(WatchedGroup, Vec<TopicLook>)> {
        let look = async |group: &WatchedGroup| (group.clone(), self.looker.look(group).await);
        join_all(self.groups.iter().map(look)).await
    }
}

fn tell(text: &str, end: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = write!(stderr(), "{text}{end}");
}

fn tell_progress(until: Instant) {
    if stderr().is_terminal() {
        tell(&format!("\r{:>3} s left", until.saturating_duration_since(Instant::now()).as_secs()), "\r");
    }
}

fn host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
