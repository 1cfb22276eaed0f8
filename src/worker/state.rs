//! The worker as others see it: alive, ready, and what each partition is at.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::core::lag::{GroupView, PartitionView};
use crate::core::liveness::Verdict as Life;
use crate::core::offset::NextOffset;
use crate::kafka::Status;
use crate::telemetry::{Build, StateSource, Verdict};

use super::status::{PartitionStatus, Phase};

/// A failure of Kafka is told for so long after it happened.
const KAFKA_FAILURE_IS_NEWS: Duration = Duration::from_secs(10);

/// One worker's state; tasks write, HTTP and systemd read.
#[derive(Debug)]
pub struct WorkerState {
    topic: String,
    group: String,
    started: Instant,
    joined: AtomicBool,
    stopping: AtomicBool,
    /// What the worker needs before it can join, and why it does not have it.
    missing: Mutex<Option<String>>,
    kafka: Mutex<Status>,
    partitions: Mutex<BTreeMap<i32, Watched>>,
    /// Why nobody is told of incidents.
    untold: Mutex<Option<String>>,
    /// What the rules of lag found at the last look.
    view: Mutex<Option<GroupView>>,
}

#[derive(Debug)]
struct Watched {
    status: Arc<PartitionStatus>,
    lag: Lag,
}

/// How far a partition is behind, as it was read last; `None` is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lag {
    pub end: Option<NextOffset>,
    pub records: Option<u64>,
    pub age: Option<Duration>,
}

impl WorkerState {
    pub fn new(topic: &str, group: &str, kafka: Status, started: Instant) -> Self {
        Self {
            topic: topic.to_owned(),
            group: group.to_owned(),
            started,
            joined: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            missing: Mutex::new(None),
            kafka: Mutex::new(kafka),
            partitions: Mutex::default(),
            untold: Mutex::default(),
            view: Mutex::default(),
        }
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    fn partitions(&self) -> MutexGuard<'_, BTreeMap<i32, Watched>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The group has answered: also a member without partitions is one.
    pub fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    pub fn has_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// Why the worker can not join yet; `None`: it can.
    pub fn misses(&self, what: Option<String>) {
        *self.missing.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// Why alerts can not be sent; `None`: they can, or there is nobody to be told.
    pub fn tells_nobody(&self, why: Option<String>) {
        *self.untold.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// The connection whose failures are told from now on.
    pub fn connected(&self, kafka: Status) {
        *self.kafka.lock().unwrap_or_else(PoisonError::into_inner) = kafka;
    }

    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn add(&self, status: Arc<PartitionStatus>) {
        self.partitions().insert(status.partition, Watched { status, lag: Lag::default() });
    }

    /// Removes this very assignment; a newer one of the same partition stays.
    pub fn remove(&self, status: &Arc<PartitionStatus>) {
        let mut partitions = self.partitions();
        if partitions.get(&status.partition).is_some_and(|watched| Arc::ptr_eq(&watched.status, status)) {
            partitions.remove(&status.partition);
        }
    }

    pub fn assigned(&self) -> Vec<Arc<PartitionStatus>> {
        self.partitions().values().map(|watched| Arc::clone(&watched.status)).collect()
    }

    pub fn set_lag(&self, partition: i32, lag: Lag) {
        if let Some(watched) = self.partitions().get_mut(&partition) {
            watched.lag = lag;
        }
    }

    /// How the rules of lag see the worker's own partitions.
    pub fn set_view(&self, view: GroupView) {
        *self.view() = Some(view);
    }

    fn view(&self) -> MutexGuard<'_, Option<GroupView>> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every partition gets on, has nothing to do, or waits for something that it can name.
    pub fn is_alive(&self) -> bool {
        self.stalled().is_empty()
    }

    fn stalled(&self) -> Vec<String> {
        let now_ms = self.now_ms();
        let stalled = |watched: &Watched| match watched.status.verdict(now_ms) {
            Life::Stalled { since_ms } => {
                let seconds = now_ms.saturating_sub(since_ms) / 1000;
                Some(format!("partition {}: no progress for {seconds} s", watched.status.partition))
            }
            _ => None,
        };
        self.partitions().values().filter_map(stalled).collect()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// One line for `systemctl status`: what is wrong, partitions, lag, how ingest and consumption compare, cache hits.
    pub fn line(&self) -> String {
        let (trouble, ratio) = self.view().as_ref().map_or_else(Default::default, |view| (trouble(view), ratio(view)));
        let partitions = self.partitions();
        let lags: Option<u64> = partitions.values().map(|watched| watched.lag.records).sum();
        let lag = lags.map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
        let caches = partitions.values().map(|watched| watched.status.cache());
        let (hits, misses) = caches.fold((0, 0), |(hits, misses), cache| (hits + cache.hits, misses + cache.misses));
        let percent = (hits * 100).checked_div(hits + misses);
        let hits = percent.map_or_else(String::new, |percent| format!(", {percent} % hits"));
        format!("{trouble}{} partitions, lag {lag}{ratio}{hits}", partitions.len())
    }
}

/// `SLOW_DRAIN (page) for 31m, oldest 1day 22h, done in 15days 20h: `; nothing where all is well.
fn trouble(view: &GroupView) -> String {
    let Some((state, since)) = view.state.zip(view.since) else { return String::new() };
    let age = view.age_s.map_or_else(String::new, |age| format!(", oldest {}", roughly(age)));
    let done = view.eta_now_s.map_or_else(|| ", no end in sight".to_owned(), |eta| format!(", done in {}", roughly(eta)));
    format!("{state} ({}) for {}{age}{done}: ", view.severity, roughly(view.at - since))
}

fn ratio(view: &GroupView) -> String {
    match (view.consume, view.ingest) {
        (Some(consume), Some(ingest)) if ingest > 0.0 => format!(", {:.1}x ingest", consume / ingest),
        _ => String::new(),
    }
}

/// The two largest units.
fn roughly(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.round()).unwrap_or_default();
    humantime::format_duration(whole).to_string().split(' ').take(2).collect::<Vec<_>>().join(" ")
}

impl StateSource for WorkerState {
    fn livez(&self) -> Verdict {
        Verdict::from_reasons(self.stalled())
    }

    fn readyz(&self) -> Verdict {
        let mut reasons = self.stalled();
        if self.stopping.load(Ordering::Relaxed) {
            reasons.push("stopping".to_owned());
        }
        if let Some(missing) = &*self.missing.lock().unwrap_or_else(PoisonError::into_inner) {
            reasons.push(missing.clone());
        } else if !self.has_joined() {
            reasons.push(format!("not a member of group {} yet", self.group));
        }
        if let Some(untold) = &*self.untold.lock().unwrap_or_else(PoisonError::into_inner) {
            reasons.push(format!("alerts can not be sent: {untold}"));
        }
        let kafka = self.kafka.lock().unwrap_or_else(PoisonError::into_inner).last_failure();
        if let Some(last) = kafka
            && last.at.elapsed() < KAFKA_FAILURE_IS_NEWS
        {
            reasons.push(format!("kafka: {}", last.failure));
        }
        for watched in self.partitions().values() {
            let partition = watched.status.partition;
            match watched.status.trouble() {
                Some((what, error)) => reasons.push(format!("partition {partition} waits for {what}: {error}")),
                None if watched.status.phase() == Phase::Starting => reasons.push(format!("partition {partition} is starting")),
                None => {}
            }
        }
        Verdict::from_reasons(reasons)
    }

    fn state(&self) -> Value {
        let build = Build::current();
        let view = self.view().clone();
        let judged = |partition: i32| view.as_ref()?.partitions.iter().find(|judged| i32::try_from(judged.partition) == Ok(partition));
        let partitions: Vec<Value> = self.partitions().iter().map(|(partition, watched)| watched.to_json(judged(*partition))).collect();
        json!({
            "version": build.version,
            "git_sha": build.git_sha,
            "topic": self.topic,
            "group": self.group,
            "uptime_s": self.started.elapsed().as_secs(),
            "lag": view,
            "partitions": partitions,
        })
    }
}

impl Watched {
    fn to_json(&self, judged: Option<&PartitionView>) -> Value {
        let mut value = self.status.to_json();
        let lag = &self.lag;
        value["end"] = json!(lag.end.map(NextOffset::get));
        value["lag"] = json!(lag.records);
        value["age_s"] = json!(lag.age.map(|age| age.as_secs_f64()));
        value["ingest_per_s"] = json!(judged.and_then(|judged| judged.ingest));
        value["consume_per_s"] = json!(judged.and_then(|judged| judged.consume));
        value["state"] = json!(judged.and_then(|judged| judged.state));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::lag::{Kind, Severity};
    use crate::telemetry::partition::tests::view_of_a_stalled_partition;

    fn line(view: GroupView) -> String {
        let state = WorkerState::new("tag-data", "tags", Status::default(), Instant::now());
        state.set_view(view);
        state.line()
    }

    #[test]
    fn the_line_for_systemd_begins_with_what_is_wrong() {
        let stalled = GroupView {
            at: 1_700_000_540.0,
            state: Some(Kind::Stalled),
            since: Some(1_700_000_000.0),
            severity: Severity::Page,
            age_s: Some(166_741.0),
            eta_now_s: None,
            ..view_of_a_stalled_partition()
        };
        assert_eq!(line(stalled.clone()), "STALLED (page) for 9m, oldest 1day 22h, no end in sight: 0 partitions, lag 0");
        let draining = GroupView { eta_now_s: Some(1_371_600.0), ingest: Some(100.0), consume: Some(112.0), ..stalled.clone() };
        assert_eq!(line(draining), "STALLED (page) for 9m, oldest 1day 22h, done in 15days 21h: 0 partitions, lag 0, 1.1x ingest");
        assert_eq!(line(GroupView { state: None, since: None, ..stalled }), "0 partitions, lag 0");
    }

    #[test]
    fn who_can_tell_nobody_is_not_ready_and_says_so() {
        let state = WorkerState::new("tag-data", "tags", Status::default(), Instant::now());
        state.joined();
        assert!(state.readyz().ok);
        state.tells_nobody(Some("no directory".to_owned()));
        assert_eq!(state.readyz().reasons, ["alerts can not be sent: no directory"]);
    }
}
