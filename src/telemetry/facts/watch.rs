//! What happens to the watcher itself. What it finds is told by alerts.

use std::path::Path;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use crate::telemetry::SharedSampler;

/// The end of a journal was half written: the process before this one was killed.
#[derive(Debug)]
pub struct WatchStateCut<'a> {
    pub path: &'a Path,
    pub bytes: u64,
}

impl WatchStateCut<'_> {
    pub fn emit(self) {
        warn!(target: "shasta::watch", path = %self.path.display(), bytes = self.bytes, "the last entry of a journal was not whole and is dropped");
    }
}

/// State that can not be read; what it held begins anew.
#[derive(Debug)]
pub struct WatchStateMovedAside<'a, E> {
    pub error: &'a E,
    /// `None`: that failed as well.
    pub aside: Option<&'a Path>,
}

impl<E: std::fmt::Display> WatchStateMovedAside<'_, E> {
    pub fn emit(self) {
        let to = self.aside.map(|path| path.display().to_string());
        warn!(target: "shasta::watch", error = %self.error, to, "state can not be read and begins anew");
    }
}

/// What is known is in memory only.
#[derive(Debug)]
pub struct WatchStateNotWritten<'a, E> {
    pub error: &'a E,
}

impl<E: std::fmt::Display> WatchStateNotWritten<'_, E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("state", now) else { return };
        warn!(target: "shasta::watch", error = %self.error, suppressed, "state can not be written: a restart forgets what is new");
    }
}

/// A group could not be looked at.
#[derive(Debug)]
pub struct LookFailed<'a, E> {
    pub cluster: &'a str,
    pub error: &'a E,
}

impl<E: std::fmt::Display> LookFailed<'_, E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let cluster = self.cluster;
        let Some(suppressed) = sampler.admit(cluster, now) else { return };
        warn!(target: "shasta::watch", cluster, error = %self.error, suppressed, "a group can not be looked at");
    }
}

/// A look at a whole cluster took longer than looks are apart.
#[derive(Debug)]
pub struct LooksAreSlow<'a> {
    pub cluster: &'a str,
    pub took: Duration,
}

impl LooksAreSlow<'_> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let cluster = self.cluster;
        let Some(suppressed) = sampler.admit(&format!("slow {cluster}"), now) else { return };
        warn!(target: "shasta::watch", cluster, took = ?self.took, suppressed, "looking at a cluster takes longer than lag.interval");
    }
}

/// A group that is not configured is left out, as there are too many.
#[derive(Debug)]
pub struct GroupLeftOut<'a> {
    pub cluster: &'a str,
    /// How many partitions of such groups are watched.
    pub partitions: usize,
}

impl GroupLeftOut<'_> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Self { cluster, partitions } = self;
        let Some(suppressed) = sampler.admit(&format!("left out {cluster}"), now) else { return };
        warn!(target: "shasta::watch", cluster, partitions, suppressed, "a group that is not configured is left out: there are too many");
    }
}

/// A worker does not tell of itself. That is no trouble of its group.
#[derive(Debug)]
pub struct WorkerNotAsked<'a, E> {
    pub url: &'a str,
    pub error: &'a E,
}

impl<E: std::fmt::Display> WorkerNotAsked<'_, E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let url = self.url;
        let Some(suppressed) = sampler.admit(url, now) else { return };
        info!(target: "shasta::watch", url, error = %self.error, suppressed, "a worker can not be asked");
    }
}

/// Somebody told the watcher to be quiet, or not to be any more.
#[derive(Debug)]
pub struct MaintenanceChanged<'a> {
    pub group: &'a str,
    pub cluster: Option<&'a str>,
    pub by: Option<&'a str>,
    /// `None`: it is over.
    pub lasts: Option<Duration>,
}

impl MaintenanceChanged<'_> {
    pub fn emit(self) {
        let Self { group, cluster, by, lasts } = self;
        match lasts {
            Some(after) => info!(target: "shasta::watch", group, cluster, by, after = ?after, "maintenance begins and ends by itself"),
            None => info!(target: "shasta::watch", group, cluster, "maintenance was ended"),
        }
    }
}
