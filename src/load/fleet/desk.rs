//! Who is let in, and what has no answer: whatever the producers do, each event taken is answered once.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use super::outcome::{Answer, Listener, Outcome, Reason};

/// Microseconds since the start of the run on the load host's monotonic clock.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

const SHARDS: usize = 16;

pub(super) struct Desk {
    clock: Clock,
    listener: Arc<dyn Listener>,
    /// `None`: there is always room.
    room: Option<Semaphore>,
    unanswered: [Mutex<HashSet<u64>>; SHARDS],
    outstanding: AtomicUsize,
    retries: AtomicU64,
    emptied: Notify,
}

impl Desk {
    /// `bound`: records that may be without an answer at a time.
    pub fn new(bound: Option<usize>, clock: Clock, listener: Arc<dyn Listener>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            listener,
            room: bound.map(|bound| Semaphore::new(bound.min(Semaphore::MAX_PERMITS))),
            unanswered: Default::default(),
            outstanding: AtomicUsize::new(0),
            retries: AtomicU64::new(0),
            emptied: Notify::new(),
        })
    }

    /// Takes a place, if there is one. It is given back by [`Self::answer`] or [`Self::leave`].
    pub fn has_room(&self) -> bool {
        let Some(room) = &self.room else { return true };
        room.try_acquire().map(SemaphorePermit::forget).is_ok()
    }

    /// Takes a place once there is one, in the order of the calls.
    pub async fn wait_for_room(&self) {
        let Some(room) = &self.room else { return };
        // It is never closed.
        let _place_taken = room.acquire().await.map(SemaphorePermit::forget);
    }

    /// The event has its place: from here on it is owed an answer. Before it is handed on, as the answer may come at once.
    pub fn enter(&self, event: u64) {
        self.outstanding.fetch_add(1, Ordering::AcqRel);
        self.shard(event).insert(event);
    }

    /// The event was not handed on after all.
    pub fn leave(&self, event: u64) {
        if self.shard(event).remove(&event) {
            self.settled();
        }
    }

    /// The answer is here. A second one for the same event, or one after the end, is ignored.
    pub fn answer(&self, event: u64, answer: Answer) {
        let at_us = (self.clock)();
        if self.shard(event).remove(&event) {
            // Told before it is uncounted: whoever sees nothing outstanding has heard of everything.
            self.listener.answered(Outcome { event, at_us, answer });
            self.settled();
        }
    }

    pub fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Acquire)
    }

    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    pub fn count_retries(&self, records: usize) {
        self.retries.fetch_add(records as u64, Ordering::Relaxed);
    }

    pub fn now_us(&self) -> i64 {
        (self.clock)()
    }

    /// Until nothing is outstanding.
    pub async fn idle(&self) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.outstanding() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// Answers all that is unanswered as unknown, and says how many that were.
    pub fn close(&self) -> usize {
        let left: Vec<u64> = self.unanswered.iter().flat_map(|shard| lock(shard).iter().copied().collect::<Vec<_>>()).collect();
        for event in &left {
            self.answer(*event, Answer::Unknown { reason: Reason::Ended });
        }
        left.len()
    }

    fn settled(&self) {
        if self.outstanding.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.emptied.notify_waiters();
        }
        if let Some(room) = &self.room {
            room.add_permits(1);
        }
    }

    fn shard(&self, event: u64) -> MutexGuard<'_, HashSet<u64>> {
        let [first, ..] = &self.unanswered;
        lock(self.unanswered.get(event as usize % SHARDS).unwrap_or(first))
    }
}

fn lock(shard: &Mutex<HashSet<u64>>) -> MutexGuard<'_, HashSet<u64>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("outstanding", &self.outstanding()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::fleet::Outcomes;

    fn desk(bound: Option<usize>) -> (Arc<Desk>, Arc<Outcomes>) {
        let outcomes = Arc::new(Outcomes::default());
        (Desk::new(bound, Arc::new(|| 7), Arc::<Outcomes>::clone(&outcomes)), outcomes)
    }

    const HERE: Answer = Answer::Acknowledged { partition: 0, offset: 0 };

    #[test]
    fn above_the_bound_nobody_is_let_in_until_one_is_answered() {
        let (desk, _) = desk(Some(1));
        assert!(desk.has_room());
        desk.enter(1);
        assert!(!desk.has_room());
        desk.answer(1, HERE);
        assert!(desk.has_room());
    }

    #[test]
    fn an_event_is_answered_once() {
        let (desk, outcomes) = desk(None);
        desk.enter(1);
        desk.answer(1, HERE);
        desk.answer(1, Answer::Failed { reason: Reason::Expired });
        assert_eq!(outcomes.take(), [Outcome { event: 1, at_us: 7, answer: HERE }]);
        assert_eq!(desk.outstanding(), 0);
    }

    #[test]
    fn what_has_no_answer_at_the_end_is_unknown() {
        let (desk, outcomes) = desk(None);
        (0..40).for_each(|event| desk.enter(event));
        desk.answer(3, HERE);
        assert_eq!(desk.close(), 39);
        let told = outcomes.take();
        assert_eq!(told.len(), 40);
        assert_eq!(told.iter().filter(|outcome| outcome.answer == Answer::Unknown { reason: Reason::Ended }).count(), 39);
    }

    #[tokio::test]
    async fn idle_means_that_all_is_answered() {
        let (desk, outcomes) = desk(None);
        desk.enter(1);
        let other = Arc::clone(&desk);
        let answering = tokio::spawn(async move { other.answer(1, HERE) });
        desk.idle().await;
        assert_eq!(outcomes.take().len(), 1);
        answering.await.unwrap();
    }
}
