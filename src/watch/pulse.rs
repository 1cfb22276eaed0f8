//! Whether all clusters are looked at: for `/livez`, `/readyz`, systemd's watchdog, and the dead man's switch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::lock;
use super::look::LIMIT;
use super::metrics::WatchMetrics;
use crate::notify::{DeadMan, Notifier};
use crate::telemetry::Verdict;

/// So many intervals may go by without a look.
const INTERVALS: u32 = 3;

#[derive(Debug)]
pub struct Pulse {
    limit: Duration,
    metrics: WatchMetrics,
    dead_man: DeadMan,
    notifier: Arc<Notifier>,
    beats: Mutex<Beats>,
}

#[derive(Debug)]
struct Beats {
    /// When each cluster was looked at last, and whether it ever was.
    clusters: BTreeMap<String, (Instant, bool)>,
    /// Those that were not looked at since the last ping.
    missing: BTreeSet<String>,
}

impl Pulse {
    pub fn new(clusters: &[String], every: Duration, metrics: WatchMetrics, dead_man: DeadMan, notifier: Arc<Notifier>) -> Self {
        let now = Instant::now();
        let clusters: BTreeMap<_, _> = clusters.iter().map(|name| (name.clone(), (now, false))).collect();
        let missing = clusters.keys().cloned().collect();
        // A cluster that hangs takes the limits of all that is asked of it one after the other.
        Self { limit: every * INTERVALS + LIMIT * 4, metrics, dead_man, notifier, beats: Mutex::new(Beats { clusters, missing }) }
    }

    /// All groups of a cluster were looked at and judged, those that could not be read included.
    pub fn evaluated(&self, cluster: &str, took: Duration) {
        self.metrics.evaluated(cluster, took);
        let mut beats = lock(&self.beats);
        beats.clusters.insert(cluster.to_owned(), (Instant::now(), true));
        beats.missing.remove(cluster);
        if beats.missing.is_empty() {
            beats.missing = beats.clusters.keys().cloned().collect();
            self.dead_man.ping(self.notifier.pages_undeliverable_for());
        }
    }

    pub fn is_alive(&self) -> bool {
        self.livez().ok
    }

    pub fn livez(&self) -> Verdict {
        let late = |(name, (at, _)): (&String, &(Instant, bool))| {
            let since = at.elapsed();
            (since > self.limit).then(|| format!("cluster {name} was not looked at for {} s", since.as_secs()))
        };
        Verdict::from_reasons(lock(&self.beats).clusters.iter().filter_map(late).collect())
    }

    pub fn readyz(&self) -> Verdict {
        let never = |(name, (_, looked)): (&String, &(Instant, bool))| (!looked).then(|| format!("cluster {name} was not looked at yet"));
        let mut reasons: Vec<String> = lock(&self.beats).clusters.iter().filter_map(never).collect();
        reasons.extend(self.livez().reasons);
        Verdict::from_reasons(reasons)
    }
}
