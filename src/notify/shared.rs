//! What the tasks of a notifier share, and the one way in which changes reach the file.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedMutexGuard, watch};

use super::channel::Channel;
use super::clock::Clock;
use super::outbox::{Outbox, OutboxError};
use crate::core::delivery::{Change, Desk};
use crate::telemetry::facts::OutboxFailed;
use crate::telemetry::{NotifyMetrics, SharedSampler};

/// What a disk that hangs may hold up: then alerts go out from memory.
const DISK_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Shared {
    pub clock: Clock,
    pub metrics: NotifyMetrics,
    pub sampler: SharedSampler,
    pub channels: BTreeMap<String, Channel>,
    /// Changes when there may be something to send.
    pub news: watch::Sender<u64>,
    /// Alerts are numbered and kept one after the other.
    pub submitting: tokio::sync::Mutex<()>,
    desk: Mutex<Desk>,
    pub(super) outbox: Option<Arc<tokio::sync::Mutex<Outbox>>>,
    /// The file lacks what only memory has.
    is_behind: AtomicBool,
}

impl Shared {
    pub fn new(clock: Clock, metrics: NotifyMetrics, desk: Desk, channels: BTreeMap<String, Channel>, outbox: Option<Outbox>) -> Self {
        Self {
            clock,
            metrics,
            channels,
            sampler: SharedSampler::default(),
            news: watch::Sender::new(0),
            submitting: tokio::sync::Mutex::new(()),
            desk: Mutex::new(desk),
            outbox: outbox.map(|outbox| Arc::new(tokio::sync::Mutex::new(outbox))),
            is_behind: AtomicBool::new(false),
        }
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tasks look again.
    pub fn wake(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Puts a change into the file, on the disk when it returns. Where that fails or takes long it is said, and made up for later.
    pub async fn keep(self: &Arc<Self>, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.write(move |_, outbox| outbox.append(&changes)).await;
        }
    }

    /// The same of what a channel knows of an incident, as it is when its turn comes; it survives a kill, not a power cut.
    pub async fn keep_entry(self: &Arc<Self>, change: Option<Change>) {
        let Some(Change::Entry { channel, key, .. }) = change else { return };
        let newest = move |shared: &Self, outbox: &mut Outbox| {
            let entry = shared.desk().entry(&channel, &key);
            entry.map_or(Ok(()), |entry| outbox.note(&[entry]))
        };
        self.write(newest).await;
    }

    /// Writes the file anew where it lacks something, or has too much. To be called while nothing is handed in.
    pub async fn tidy(self: &Arc<Self>) {
        let anew = |shared: &Self, outbox: &mut Outbox| {
            if !shared.is_behind.swap(false, Ordering::Relaxed) && !outbox.is_untidy() {
                return Ok(());
            }
            let changes: Vec<Change> = shared.desk().changes().collect();
            outbox.rewrite(changes.into_iter())
        };
        self.write(anew).await;
    }

    /// One at a time, so that what is written last is what is true.
    async fn write(self: &Arc<Self>, work: impl FnOnce(&Self, &mut Outbox) -> Result<(), OutboxError> + Send + 'static) {
        let Some(outbox) = self.outbox.clone() else { return };
        // A disk that hung holds up nobody twice; what is missing comes when it is back.
        if self.is_behind.load(Ordering::Relaxed) && outbox.try_lock().is_err() {
            return;
        }
        let shared = Arc::clone(self);
        let written = tokio::time::timeout(DISK_LIMIT, async {
            let mut outbox: OwnedMutexGuard<Outbox> = outbox.lock_owned().await;
            tokio::task::spawn_blocking(move || work(&shared, &mut outbox)).await
        });
        let error = match written.await {
            Ok(Ok(Ok(()))) => return,
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("the disk does not answer within {DISK_LIMIT:?}"),
        };
        self.is_behind.store(true, Ordering::Relaxed);
        OutboxFailed { error }.emit(&self.sampler, Instant::now());
    }
}
