//! What is known of one assigned partition, for `/state`, health and lag. Its task writes once per batch; others read.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::core::cache::CacheCounters;
use crate::core::liveness::{Liveness, Verdict};
use crate::core::offset::NextOffset;
use crate::telemetry::CacheFacts;

use super::intake::Taken;

/// One partition's record of itself.
#[derive(Debug)]
pub struct PartitionStatus {
    pub partition: i32,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    /// Where this assignment began.
    began: Option<NextOffset>,
    position: Option<NextOffset>,
    committed: Option<NextOffset>,
    /// Offsets that Kafka no longer had when they were needed.
    lost: i64,
    /// Where the log ended when it was last asked for; `None` where that failed.
    end: Option<NextOffset>,
    /// The timestamp of the first record that was taken and not yet applied; milliseconds since 1970.
    in_hand_since_ms: Option<i64>,
    /// The timestamp of the last record that was applied.
    applied_ms: Option<i64>,
    batch_records: usize,
    batch_bytes: u64,
    redis_call: Option<(String, Duration)>,
    cache: CacheCounters,
    waits_for: Option<&'static str>,
    last_error: Option<String>,
    liveness: Liveness,
}

/// What a partition's task is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading positions to decide where to start.
    Starting,
    Folding,
    Draining,
}

impl Phase {
    /// Every value of `phase` in `/state`.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Folding => "folding",
            Self::Draining => "draining",
        }
    }
}

/// What lag is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub position: Option<NextOffset>,
    /// Offsets that Kafka no longer had when they were needed, since the assignment.
    pub lost: i64,
    /// The timestamp of the oldest record that is known not to be applied; milliseconds since 1970.
    pub in_hand_since_ms: Option<i64>,
    /// The same of the last record that was applied.
    pub applied_ms: Option<i64>,
}

impl PartitionStatus {
    pub fn new(partition: i32, stall_limit: Duration, now_ms: u64) -> Self {
        let limit_ms = u64::try_from(stall_limit.as_millis()).unwrap_or(u64::MAX);
        let inner = Inner {
            phase: Phase::Starting,
            began: None,
            position: None,
            committed: None,
            lost: 0,
            end: None,
            in_hand_since_ms: None,
            applied_ms: None,
            batch_records: 0,
            batch_bytes: 0,
            redis_call: None,
            cache: CacheCounters::default(),
            waits_for: None,
            last_error: None,
            liveness: Liveness::new(limit_ms, now_ms),
        };
        Self { partition, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn enter(&self, phase: Phase) {
        self.inner().phase = phase;
    }

    pub fn started(&self, position: NextOffset, now_ms: u64) {
        let mut inner = self.inner();
        inner.began = inner.began.or(Some(position));
        inner.position = Some(position);
        inner.waits_for = None;
        inner.liveness.progressed(now_ms);
    }

    /// Kafka no longer had these offsets.
    pub fn lost(&self, offsets: i64) {
        self.inner().lost += offsets;
    }

    pub fn took(&self, taken: &Taken<'_>) {
        let mut inner = self.inner();
        inner.batch_records = taken.len();
        inner.batch_bytes = taken.bytes;
        inner.in_hand_since_ms = taken.oldest_ms();
    }

    /// Everything below `position` is applied; `newest_ms` is the timestamp of the last such record.
    pub fn applied(&self, position: NextOffset, newest_ms: Option<i64>, now_ms: u64) {
        let mut inner = self.inner();
        inner.position = Some(position);
        inner.applied_ms = newest_ms.or(inner.applied_ms);
        inner.in_hand_since_ms = None;
        inner.waits_for = None;
        inner.liveness.progressed(now_ms);
    }

    /// Part of a batch went through.
    pub fn progressed(&self, now_ms: u64) {
        self.inner().liveness.progressed(now_ms);
    }

    /// Nothing is ready. That is fine, unless the log is known to have more: then fetching does not get on.
    pub fn idle(&self, now_ms: u64) {
        let mut inner = self.inner();
        if inner.end.is_none() || inner.position >= inner.end {
            inner.liveness.nothing_to_do(now_ms);
        }
    }

    pub fn set_end(&self, end: Option<NextOffset>) {
        self.inner().end = end;
    }

    /// The task waits for something that it can name, and has just tried it again.
    pub fn waits_for(&self, what: &'static str, error: &str, now_ms: u64) {
        let mut inner = self.inner();
        inner.waits_for = Some(what);
        inner.last_error = Some(error.to_owned());
        inner.liveness.tried(what, now_ms);
    }

    pub fn committed(&self, at: NextOffset) {
        let mut inner = self.inner();
        inner.committed = Some(at);
        inner.waits_for = None;
    }

    /// Nothing was to be committed, and Redis has what it acknowledged.
    pub fn verified(&self) {
        self.inner().waits_for = None;
    }

    pub fn called(&self, node: &str, took: Duration) {
        let mut inner = self.inner();
        match &mut inner.redis_call {
            Some((known, last)) if known == node => *last = took,
            call => *call = Some((node.to_owned(), took)),
        }
    }

    /// What happened in the cache since the last call, and how large it is.
    pub fn cache_since_last(&self, now: CacheCounters) -> CacheFacts {
        let mut inner = self.inner();
        let before = std::mem::replace(&mut inner.cache, now);
        CacheFacts {
            hits: now.hits - before.hits,
            misses: now.misses - before.misses,
            evictions: now.evictions - before.evictions,
            entries: now.entries,
            bytes: now.bytes,
        }
    }

    pub fn cache(&self) -> CacheCounters {
        self.inner().cache
    }

    /// Whether its start was ever decided.
    pub fn has_started(&self) -> bool {
        self.inner().position.is_some()
    }

    pub fn phase(&self) -> Phase {
        self.inner().phase
    }

    pub fn verdict(&self, now_ms: u64) -> Verdict {
        self.inner().liveness.verdict(now_ms)
    }

    pub fn progress(&self) -> Progress {
        let inner = self.inner();
        Progress { position: inner.position, lost: inner.lost, in_hand_since_ms: inner.in_hand_since_ms, applied_ms: inner.applied_ms }
    }

    /// What it waits for, and the error that it waits after.
    pub fn trouble(&self) -> Option<(&'static str, String)> {
        let inner = self.inner();
        inner.waits_for.map(|what| (what, inner.last_error.clone().unwrap_or_default()))
    }

    /// The partition in `/state`.
    pub fn to_json(&self) -> Value {
        let inner = self.inner();
        let (node, call_us) = match &inner.redis_call {
            Some((node, took)) => (Some(node.as_str()), u64::try_from(took.as_micros()).ok()),
            None => (None, None),
        };
        json!({
            "partition": self.partition,
            "phase": inner.phase.as_str(),
            "began": inner.began.map(NextOffset::get),
            "position": inner.position.map(NextOffset::get),
            "committed": inner.committed.map(NextOffset::get),
            "lost": inner.lost,
            "batch": { "records": inner.batch_records, "bytes": inner.batch_bytes },
            "redis": { "node": node, "call_us": call_us },
            "cache": {
                "hits": inner.cache.hits, "misses": inner.cache.misses, "evictions": inner.cache.evictions,
                "entries": inner.cache.entries, "bytes": inner.cache.bytes,
            },
            "waits_for": inner.waits_for,
            "last_error": inner.last_error,
        })
    }
}
