//! One connection at work: open loop, in order, a few requests on their way at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep};

use super::backlog::Backlog;
use super::line::Line;
use super::nagle::Nagle;
use super::parcel::Parcel;
use super::verdict::Verdict;
use crate::load::fleet::desk::Desk;
use crate::load::fleet::{Answer, Reason};

/// Requests without an answer. As many as other clients of Kafka have by default; what is due meanwhile shares the next request.
const ON_THE_WAY: usize = 5;

/// Between two tries; doubled up to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

type Sent = (Vec<Parcel>, Result<i64, Verdict>);
type OnTheWay = FuturesUnordered<BoxFuture<'static, Sent>>;

/// The task of one connection.
pub(super) struct Lane {
    line: Line,
    queue: mpsc::Receiver<Parcel>,
    desk: Arc<Desk>,
    open: Arc<AtomicUsize>,
    nagle: Arc<Nagle>,
    is_open: bool,
    backlog: Backlog,
    pause: Duration,
    /// After a failure, until something is acknowledged: a second request could pass the first where that one does not get through.
    is_probing: bool,
    /// The connection does not answer.
    is_stuck: bool,
}

impl Lane {
    pub fn new(line: Line, queue: mpsc::Receiver<Parcel>, desk: Arc<Desk>, open: Arc<AtomicUsize>, nagle: Arc<Nagle>) -> Self {
        Self {
            line,
            queue,
            desk,
            open,
            nagle,
            is_open: true,
            backlog: Backlog::default(),
            pause: FIRST_PAUSE,
            is_probing: false,
            is_stuck: false,
        }
    }

    /// Until nobody can hand anything over any more.
    pub async fn run(mut self) {
        let mut on_the_way = OnTheWay::new();
        let mut received = Vec::new();
        loop {
            if on_the_way.is_empty() {
                self.recover().await;
            }
            let may_send = self.may_send(on_the_way.len());
            if may_send && !self.backlog.is_empty() {
                let batch = self.backlog.next_request();
                on_the_way.extend(self.send(batch).await);
                continue;
            }
            tokio::select! {
                // An answer is read before anything is sent: its time is what is measured.
                biased;
                Some(sent) = on_the_way.next(), if !on_the_way.is_empty() => self.settle(sent),
                count = self.queue.recv_many(&mut received, Backlog::REQUEST_RECORDS), if may_send => {
                    if count == 0 {
                        return;
                    }
                    self.backlog.line_up(&mut received);
                }
            }
        }
    }

    fn may_send(&self, on_the_way: usize) -> bool {
        let most = if self.is_probing { 1 } else { ON_THE_WAY };
        on_the_way < most && !self.backlog.has_failed() && !self.is_stuck
    }

    /// `None` where the time of all is over.
    async fn send(&self, batch: Vec<Parcel>) -> Option<BoxFuture<'static, Sent>> {
        let batch = self.unexpired(batch);
        let deadline = batch.iter().map(|parcel| parcel.deadline).max()?;
        let sending = self.line.send(batch.iter().map(Parcel::record).collect(), deadline);
        // Without the runtime's budget, and looked at once here and now: so requests are written in the order of these calls, and none
        // that was made before a failure is written after it.
        let mut sent: BoxFuture<'static, Sent> = Box::pin(unconstrained(async move { (batch, sending.await) }));
        Some(match futures_util::poll!(&mut sent) {
            Poll::Pending => sent,
            Poll::Ready(sent) => Box::pin(std::future::ready(sent)),
        })
    }

    /// Without those whose time is over.
    fn unexpired(&self, batch: Vec<Parcel>) -> Vec<Parcel> {
        let now = Instant::now();
        let (in_time, late): (Vec<_>, Vec<_>) = batch.into_iter().partition(|parcel| parcel.deadline > now);
        self.give_up(&late, Reason::Expired);
        in_time
    }

    fn settle(&mut self, (batch, result): Sent) {
        match result {
            Ok(first) => self.acknowledge(&batch, first),
            Err(verdict) => self.fail(batch, verdict),
        }
    }

    fn acknowledge(&mut self, batch: &[Parcel], first: i64) {
        for (offset, parcel) in (first..).zip(batch) {
            self.desk.answer(parcel.event(), Answer::Acknowledged { partition: parcel.partition(), offset });
        }
        self.pause = FIRST_PAUSE;
        self.is_probing = false;
        if !self.is_open {
            self.set_open(true);
            self.nagle.is_wanted();
        }
    }

    fn fail(&mut self, mut batch: Vec<Parcel>, verdict: Verdict) {
        for parcel in &mut batch {
            parcel.may_be_stored |= verdict.may_be_stored;
        }
        if verdict.is_broken {
            self.set_open(false);
        }
        if verdict.is_retryable {
            self.backlog.fail(batch);
        } else {
            self.give_up(&batch, verdict.reason);
        }
        self.is_stuck |= verdict == Verdict::EXPIRED;
    }

    /// After a failure, once nothing else is on its way.
    async fn recover(&mut self) {
        if std::mem::take(&mut self.is_stuck) {
            self.line.renew().await;
            self.is_probing = true;
        }
        if self.backlog.has_failed() {
            sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            self.is_probing = true;
            self.desk.count_retries(self.backlog.put_back());
        }
    }

    fn give_up(&self, batch: &[Parcel], reason: Reason) {
        for parcel in batch {
            self.desk.answer(parcel.event(), parcel.given_up(reason));
        }
    }

    fn set_open(&mut self, is_open: bool) {
        if is_open && !self.is_open {
            self.open.fetch_add(1, Ordering::Relaxed);
        }
        if !is_open && self.is_open {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        self.is_open = is_open;
    }
}
