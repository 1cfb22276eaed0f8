//! The closed loop: each thread waits for the answer before it sends again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::dispatch::Dispatch;
use crate::core::load::schedule::{Closed, Due, Population};
use crate::load::fleet::{Listener, Outcome, Outcomes};

/// Keeps the answers, and wakes who waits for one.
#[derive(Debug, Default)]
pub struct Answers {
    pub outcomes: Arc<Outcomes>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<()>>>,
}

/// All threads of a closed loop.
pub struct Loops {
    pub dispatch: Dispatch,
    pub answers: Arc<Answers>,
    pub closed: Closed,
    pub population: Population,
    /// An answer is waited for so long.
    pub longest: Duration,
    pub stop: watch::Receiver<bool>,
}

impl Answers {
    pub fn new(outcomes: Arc<Outcomes>) -> Self {
        Self { outcomes, waiting: Mutex::default() }
    }

    fn wait_for(&self, event: u64) -> oneshot::Receiver<()> {
        let (answered, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(event, answered);
        answer
    }

    fn forget(&self, event: u64) -> Option<oneshot::Sender<()>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&event)
    }
}

impl Listener for Answers {
    fn answered(&self, outcome: Outcome) {
        self.outcomes.answered(outcome);
        // Nobody waits in the open loop, nor for the last answers.
        let _ = self.forget(outcome.event).map(|waiting| waiting.send(()));
    }
}

impl Loops {
    /// Until every thread has sent its events, or all are told to stop.
    pub async fn run(self) {
        let shared = Arc::new(self);
        let numbers = Arc::new(Mutex::new(0));
        let mut threads = JoinSet::new();
        for thread in 0..shared.closed.threads() {
            threads.spawn(Arc::clone(&shared).thread(thread, Arc::clone(&numbers)));
        }
        while threads.join_next().await.is_some() {}
    }

    async fn thread(self: Arc<Self>, thread: u32, numbers: Arc<Mutex<u64>>) {
        let starts_us = self.closed.starts_at(thread).as_micros() as i64;
        let wait = starts_us - self.dispatch.clock.now_us();
        tokio::time::sleep(Duration::from_micros(wait.max(0).unsigned_abs())).await;
        for sequence in 0..self.closed.loops() {
            if *self.stop.borrow() {
                return;
            }
            self.send_one(thread, sequence, &numbers).await;
        }
    }

    /// What it is meant to be is when it is sent: that is what a closed loop can not do better.
    async fn send_one(&self, thread: u32, sequence: u64, numbers: &Mutex<u64>) {
        let producer = thread % self.population.producers();
        let (channel, object) = self.population.place(producer, sequence);
        let due = {
            let mut next = numbers.lock().unwrap_or_else(PoisonError::into_inner);
            let due = Due { event: *next, at_us: self.dispatch.clock.now_us(), producer, sequence, channel, object };
            *next += 1;
            self.dispatch.intake.schedule(self.dispatch.scheduled(&due));
            due
        };
        let answer = self.answers.wait_for(due.event);
        if self.dispatch.ship_waiting(&due, due.at_us).await {
            let mut stop = self.stop.clone();
            tokio::select! {
                _answered = answer => {}
                _told = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(self.longest) => {}
            }
        } else {
            self.answers.forget(due.event);
        }
    }
}
