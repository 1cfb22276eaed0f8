//! The one thread that polls a client: rebalances, errors, logs and token refreshes are served by it, and changes of the assignment made by it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use tokio::sync::watch;

use super::client::ConnectError;
use super::context::Native;
use super::event::GroupEvent;
use super::failure::KafkaFailure;
use super::raw;
use super::rebalance::Membership;
use super::seek::{self, Restart};

/// How long a command may wait for the thread.
const POLL: Duration = Duration::from_millis(50);

/// How long the group may take to let a member go, before and while the client closes.
const LEAVE_LIMIT: Duration = Duration::from_secs(5);
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// More than partitions that a member can have: each handle waits for its own answer, so there is one at a time of each.
const COMMANDS: usize = 16_384;

pub(super) enum Command {
    Restart(Restart),
    Close { leave: bool },
}

/// To the thread.
#[derive(Clone)]
pub(super) struct Commands(SyncSender<Command>);

impl Commands {
    pub(super) fn channel() -> (Self, Receiver<Command>) {
        let (sender, receiver) = sync_channel(COMMANDS);
        (Self(sender), receiver)
    }

    pub(super) fn send(&self, command: Command) -> Result<(), KafkaFailure> {
        self.0.try_send(command).map_err(|_| KafkaFailure::new(Code::QueueFull, "the consumer's thread is closed or overrun"))
    }
}

/// The thread's handle. Dropping it asks the thread to close and waits for nothing.
pub(super) struct Poller {
    commands: Commands,
    membership: Option<Arc<Membership>>,
    ended: watch::Receiver<bool>,
}

impl Poller {
    pub(super) fn start(
        name: &str,
        client: Arc<Native>,
        membership: Option<Arc<Membership>>,
        (commands, received): (Commands, Receiver<Command>),
    ) -> Result<Self, ConnectError> {
        let (ending, ended) = watch::channel(false);
        let thread = PollThread { client, membership: membership.clone(), received, told_fatal: Cell::new(false) };
        let run = move || {
            thread.run();
            // Last: the client is closed, and destroyed unless somebody still has a handle of it.
            ending.send_replace(true);
        };
        std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(ConnectError::Thread)?;
        Ok(Self { commands, membership, ended })
    }

    /// Whether the thread closed the client and ended within `limit`.
    pub(super) async fn close(&self, leave: bool, limit: Duration) -> bool {
        self.ask_to_close(leave);
        let mut ended = self.ended.clone();
        let in_time = tokio::time::timeout(limit, ended.wait_for(|ended| *ended)).await;
        // The sender goes with the thread: gone without a word is a thread that panicked, and ended.
        in_time.is_ok()
    }

    /// The membership first: the thread may wait in a rebalance for somebody who reads no event any more.
    pub(super) fn ask_to_close(&self, leave: bool) {
        if let Some(membership) = &self.membership {
            membership.close();
        }
        let _ended_already = self.commands.send(Command::Close { leave });
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.ask_to_close(false);
    }
}

struct PollThread {
    client: Arc<Native>,
    membership: Option<Arc<Membership>>,
    received: Receiver<Command>,
    told_fatal: Cell<bool>,
}

impl PollThread {
    fn run(self) {
        loop {
            self.poll();
            while let Ok(command) = self.received.try_recv() {
                match command {
                    Command::Restart(restart) => seek::restart(&self.client, restart),
                    Command::Close { leave } => return self.close(leave),
                }
            }
        }
    }

    fn poll(&self) {
        match self.client.consumer().poll(POLL) {
            None => {}
            Some(Ok(message)) => {
                use rdkafka::Message;
                self.tell_fatal(stray(message.partition(), message.offset()));
            }
            Some(Err(error)) => self.tell_error(&error),
        }
    }

    fn tell_error(&self, error: &KafkaError) {
        if let Some((code, reason)) = self.client.consumer().client().fatal_error() {
            return self.tell_fatal(KafkaFailure::new(code, reason).into_fatal());
        }
        if let Some(membership) = &self.membership {
            membership.tell_if_room(GroupEvent::Failed(self.words_for(error)));
        }
    }

    /// The callback that ran just before kept the words; the error itself has only a code.
    fn words_for(&self, error: &KafkaError) -> KafkaFailure {
        let same = |last: &super::status::LastFailure| Some(last.failure.code()) == error.rdkafka_error_code();
        self.client.status.last_failure().filter(same).map_or_else(|| KafkaFailure::of_error(error), |last| last.failure)
    }

    fn tell_fatal(&self, failure: KafkaFailure) {
        let Some(membership) = self.membership.as_ref().filter(|membership| !membership.is_closing()) else { return };
        // It comes with every poll from then on.
        if self.told_fatal.replace(true) {
            return;
        }
        tracing::error!(code = failure.code_name(), "{failure}");
        self.client.status.failed(failure.clone(), Instant::now());
        membership.tell(GroupEvent::Fatal(failure));
    }

    fn close(self, leave: bool) {
        if leave {
            self.leave();
        }
        if self.client.consumer().close_queue().is_ok() {
            self.poll_until(CLOSE_LIMIT, |client| client.consumer().closed());
        }
        if !self.client.consumer().closed() {
            tracing::warn!("the kafka consumer did not close in time");
        }
    }

    /// Gives a static member's seat up, which closing alone keeps: the member's id is gone once the group was told.
    fn leave(&self) {
        self.client.consumer().unsubscribe();
        self.poll_until(LEAVE_LIMIT, |client| raw::member_id(client).is_empty());
        // The request was handed to the broker's thread; closing at once could overtake it.
        self.poll();
    }

    fn poll_until(&self, limit: Duration, done: impl Fn(&Native) -> bool) {
        let start = Instant::now();
        while !done(&self.client) && start.elapsed() < limit {
            self.poll();
        }
    }
}

/// Every partition has its own queue: a message here would be lost.
fn stray(partition: i32, offset: i64) -> KafkaFailure {
    KafkaFailure::new(Code::Inconsistent, format!("partition {partition}: offset {offset} came outside of its partition's queue"))
        .into_fatal()
}
