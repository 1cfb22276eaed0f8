//! What every kind of subscription runs on: no task of its own, only what its caller polls. Nothing is read before what was read is handed
//! out, so a slow caller costs no memory: the streams in Redis are the buffer, and where one was trimmed meanwhile the caller is told.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, Sleep, sleep};

use super::change::Change;
use super::error::ClientError;
use super::followed::Followed;
use super::inbox::Inbox;
use super::shared::Shared;
use super::token::Token;
use crate::core::channel::Channel;
use crate::store::{ChannelAt, Found, Look, StoreError};

/// Channels in one read.
const AT_ONCE: usize = 64;
/// While notices do not come, every channel is looked at this often ..
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// .. or as often as this many looks a second allow.
const LOOKS_PER_SECOND: u32 = 2_000;
/// The index of no channel.
const GONE: usize = usize::MAX;
/// So many changes in a row that no notice told of: nobody sends any.
const UNNOTICED: u32 = 2;
const FIRST_RETRY: Duration = Duration::from_millis(20);
const LAST_RETRY: Duration = Duration::from_secs(1);
/// Looks for channels that nobody told of, by going through all keys.
const SCAN_EVERY: Duration = Duration::from_secs(60);
const SCAN_EVERY_WITHOUT_NOTICES: Duration = Duration::from_secs(5);

pub struct Engine {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    /// By index; one that is followed no more leaves its place empty.
    followed: Vec<Option<Followed>>,
    free: Vec<usize>,
    by_path: HashMap<String, usize>,
    ready: VecDeque<(usize, Result<Change, ClientError>)>,
    reading: Option<Reading>,
    sweep: Sweep,
    retry: Retry,
    discovery: Option<Discovery>,
}

struct Reading {
    indices: Vec<usize>,
    found: BoxFuture<'static, Vec<Result<Found, ClientError>>>,
}

/// The backstop: all channels in turn, whether a notice came or not.
struct Sweep {
    due: Pin<Box<Sleep>>,
    next: usize,
    /// Channels whose read the sweep asked for.
    swept: HashSet<usize>,
    unnoticed: u32,
}

/// Channels whose last read failed.
struct Retry {
    waiting: Vec<usize>,
    due: Pin<Box<Sleep>>,
    after: Duration,
}

/// For a subscription to everything.
struct Discovery {
    due: Pin<Box<Sleep>>,
    scan: Option<BoxFuture<'static, Result<HashSet<String>, StoreError>>>,
}

impl Engine {
    pub fn new(shared: Arc<Shared>) -> Self {
        let due = || Box::pin(sleep(Duration::ZERO));
        Self {
            shared,
            inbox: Arc::default(),
            followed: Vec::new(),
            free: Vec::new(),
            by_path: HashMap::new(),
            ready: VecDeque::new(),
            reading: None,
            sweep: Sweep { due: due(), next: 0, swept: HashSet::new(), unnoticed: 0 },
            retry: Retry { waiting: Vec::new(), due: due(), after: FIRST_RETRY },
            discovery: None,
        }
    }

    /// Every channel that there is, and every one that comes.
    pub fn of_all(shared: Arc<Shared>) -> Self {
        let mut engine = Self::new(shared);
        engine.shared.registry.add_all(&engine.inbox);
        engine.discovery = Some(Discovery { due: Box::pin(sleep(Duration::ZERO)), scan: None });
        engine
    }

    /// Follows one more channel. False where it is followed already.
    pub fn add(&mut self, make: impl FnOnce(ChannelAt) -> Followed, channel: &Channel) -> bool {
        let at = self.shared.place(channel);
        if self.by_path.contains_key(&at.path) {
            return false;
        }
        let index = self.free.pop().unwrap_or(self.followed.len());
        self.shared.registry.add(at.slice, &at.path, &self.inbox, index);
        self.by_path.insert(at.path.clone(), index);
        if index == self.followed.len() {
            self.followed.push(None);
        }
        self.followed[index] = Some(make(at));
        self.inbox.put(index);
        true
    }

    /// Follows a channel no more. False where it was not followed.
    pub fn remove(&mut self, channel: &Channel) -> bool {
        let index = self.by_path.get(&channel.to_string()).copied();
        index.map(|index| self.forget(index)).is_some()
    }

    fn forget(&mut self, index: usize) {
        if let Some(followed) = self.followed.get_mut(index).and_then(Option::take) {
            self.by_path.remove(&followed.at.path);
            self.shared.registry.remove(followed.at.slice, &followed.at.path, &self.inbox);
            self.ready.retain(|(of, _)| *of != index);
            // Its place may be another's before what is being read of it comes.
            let reading = self.reading.iter_mut().flat_map(|reading| &mut reading.indices);
            reading.filter(|of| **of == index).for_each(|of| *of = GONE);
            self.free.push(index);
        }
    }

    /// How many channels are followed.
    pub fn len(&self) -> usize {
        self.by_path.len()
    }

    /// Where the caller is in a channel.
    pub fn token(&self, channel: &Channel) -> Option<Token> {
        let index = *self.by_path.get(&channel.to_string())?;
        self.followed[index].as_ref().map(Followed::token)
    }

    /// The next change, of any of the channels.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<(Channel, Result<Change, ClientError>)> {
        loop {
            if let Some(told) = self.hand_out() {
                return Poll::Ready(told);
            }
            if let Some(reading) = &mut self.reading {
                let Poll::Ready(found) = reading.found.poll_unpin(cx) else { return Poll::Pending };
                let indices = std::mem::take(&mut reading.indices);
                self.reading = None;
                self.settle(indices, found);
                continue;
            }
            // Before looking: what comes later wakes.
            self.inbox.register(cx.waker());
            self.discover(cx);
            self.poll_sweep(cx);
            self.poll_retry(cx);
            let indices = self.inbox.take(AT_ONCE);
            if indices.is_empty() {
                return Poll::Pending;
            }
            self.read(indices);
        }
    }

    /// Waits until there is something to hand out; an error of the first read is the answer.
    pub async fn begin(&mut self) -> Result<(), ClientError> {
        let first = std::future::poll_fn(|cx| self.poll_next(cx)).await;
        let index = self.by_path.get(&first.0.to_string()).copied().unwrap_or_default();
        self.ready.push_front((index, Ok(first.1?)));
        Ok(())
    }

    fn hand_out(&mut self) -> Option<(Channel, Result<Change, ClientError>)> {
        loop {
            let (index, change) = self.ready.pop_front()?;
            let Some(followed) = self.followed[index].as_mut() else { continue };
            if let Ok(change) = &change {
                followed.told = change.mark();
            }
            let channel = followed.channel.clone();
            // Of everything, only what is there is followed: the rest would never end.
            let is_over = self.discovery.is_some() && followed.is_empty() && !self.ready.iter().any(|(of, _)| *of == index);
            if is_over {
                self.forget(index);
                if matches!(change, Ok(Change::Snapshot(_))) {
                    continue;
                }
            }
            return Some((channel, change));
        }
    }

    fn read(&mut self, indices: Vec<usize>) {
        let followed = |index: &usize| self.followed[*index].as_ref();
        let (indices, looks): (Vec<usize>, Vec<(ChannelAt, Look)>) = indices
            .into_iter()
            .filter_map(|index| followed(&index).map(|followed| (index, (followed.at.clone(), followed.look()))))
            .unzip();
        if !indices.is_empty() {
            let shared = Arc::clone(&self.shared);
            self.reading = Some(Reading { indices, found: async move { shared.look_at(&looks).await }.boxed() });
        }
    }

    fn settle(&mut self, indices: Vec<usize>, found: Vec<Result<Found, ClientError>>) {
        let mut failed = false;
        for (index, found) in indices.into_iter().zip(found) {
            let was_swept = self.sweep.swept.remove(&index);
            let Some(followed) = self.followed.get_mut(index).and_then(Option::as_mut) else { continue };
            let error = match found {
                Ok(found) => {
                    let settled = followed.settle(&found);
                    if was_swept && matches!(settled.changes.first(), Some(Change::Set { .. } | Change::Deleted { .. })) {
                        self.sweep.unnoticed = if self.inbox.take_noticed() { 0 } else { self.sweep.unnoticed + 1 };
                    }
                    self.ready.extend(settled.changes.into_iter().map(|change| (index, Ok(change))));
                    if settled.again {
                        self.inbox.put(index);
                    }
                    settled.error
                }
                Err(error) => Some(error),
            };
            if let Some(error) = error {
                failed = true;
                self.retry.waiting.push(index);
                if error.is_retryable() {
                    tracing::debug!(channel = %followed.channel, %error, "trying again");
                } else {
                    self.retry.after = LAST_RETRY;
                    self.ready.push_back((index, Err(error)));
                }
            }
        }
        self.retry.settle(failed);
    }

    fn poll_retry(&mut self, cx: &mut Context<'_>) {
        if !self.retry.waiting.is_empty() && self.retry.due.poll_unpin(cx).is_ready() {
            self.retry.waiting.drain(..).for_each(|index| self.inbox.put(index));
        }
    }

    fn poll_sweep(&mut self, cx: &mut Context<'_>) {
        if self.inbox.take_noticed() {
            self.sweep.unnoticed = 0;
        }
        while !self.followed.is_empty() && self.sweep.due.poll_unpin(cx).is_ready() {
            let count = AT_ONCE.min(self.followed.len());
            for _ in 0..count {
                let index = self.sweep.next % self.followed.len();
                self.sweep.next = index + 1;
                if self.followed[index].is_some() {
                    self.sweep.swept.insert(index);
                    self.inbox.put(index);
                }
            }
            let next = Instant::now() + self.round().mul_f64(count as f64 / self.followed.len() as f64);
            self.sweep.due.as_mut().reset(next);
        }
    }

    /// How long it takes to look at every channel once.
    fn round(&self) -> Duration {
        if self.hears() {
            return self.shared.sweep_every;
        }
        let count = u32::try_from(self.followed.len()).unwrap_or(u32::MAX);
        LOOK_EVERY.max(Duration::from_secs(1) * count / LOOKS_PER_SECOND).min(self.shared.sweep_every)
    }

    fn hears(&self) -> bool {
        self.shared.registry.is_listening() && self.sweep.unnoticed < UNNOTICED
    }

    fn discover(&mut self, cx: &mut Context<'_>) {
        let hears = self.hears();
        let Some(discovery) = &mut self.discovery else { return };
        let mut paths = self.inbox.take_discovered();
        if discovery.scan.is_none() && (self.inbox.take_may_be_new() || discovery.due.poll_unpin(cx).is_ready()) {
            let shared = Arc::clone(&self.shared);
            discovery.scan = Some(async move { shared.store.channels().await }.boxed());
        }
        if let Some(Poll::Ready(found)) = discovery.scan.as_mut().map(|scan| scan.poll_unpin(cx)) {
            discovery.scan = None;
            let wait = match &found {
                // What came behind the place where the scan was is missed by it.
                Ok(_) if self.inbox.take_may_be_new() => Duration::ZERO,
                Ok(_) if hears => SCAN_EVERY,
                Ok(_) => SCAN_EVERY_WITHOUT_NOTICES,
                Err(_) => LAST_RETRY,
            };
            discovery.due.as_mut().reset(Instant::now() + wait);
            match found {
                Ok(found) => paths.extend(found),
                Err(error) => tracing::debug!(%error, "looking for channels failed"),
            }
            // Polled once, so that its end wakes.
            if discovery.due.poll_unpin(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        for channel in paths.iter().filter_map(|path| path.parse::<Channel>().ok()) {
            self.add(|at| Followed::new(channel.clone(), at), &channel);
        }
    }
}

impl Retry {
    fn settle(&mut self, failed: bool) {
        if failed {
            let jitter = 0.5 + fastrand::f64();
            self.due.as_mut().reset(Instant::now() + self.after.mul_f64(jitter));
            self.after = (self.after * 2).min(LAST_RETRY);
        } else if self.waiting.is_empty() {
            self.after = FIRST_RETRY;
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        (0..self.followed.len()).for_each(|index| self.forget(index));
        if self.discovery.is_some() {
            self.shared.registry.remove_all(&self.inbox);
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("channels", &self.len()).field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
