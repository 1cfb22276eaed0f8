//! A member of the consumer group.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use tokio::sync::mpsc::{self, Receiver};

use super::client::{self, ConnectError, FetchBounds};
use super::cluster::Cluster;
use super::commit::Committer;
use super::context::{Context, Native};
use super::event::GroupEvent;
use super::poller::{Commands, Poller};
use super::rebalance::Membership;
use super::status::Status;
use crate::config::Kafka;

/// Changes of the assignment wait for room, failures are left out: a few are enough.
const EVENTS: usize = 64;

/// Closing has its own limits inside; longer than all of them together is a stuck thread.
const CLOSE_LIMIT: Duration = Duration::from_secs(20);

/// The member. Partitions come as [`GroupEvent::Assigned`] and are owned by whoever takes the event. Close it with [`close`](Self::close)
/// or [`leave`](Self::leave), after the partitions are drained and committed and their handles dropped.
pub struct Consumer {
    client: Arc<Native>,
    poller: Arc<Poller>,
    topic: Arc<str>,
}

/// The client did not close within its limits: the group learns of the member's end by the session timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kafka consumer did not close in time")]
pub struct CloseError;

impl Consumer {
    /// Joins the group and subscribes to the topic. `revoke_deadline`: how long a rebalance waits for a [`RevokeAck`](super::RevokeAck).
    ///
    /// # Errors
    /// Only what is wrong in the configuration: a broker that can not be reached is not among them, see [`status`](Self::status).
    pub fn join(kafka: &Kafka, bounds: FetchBounds, revoke_deadline: Duration) -> Result<(Self, Receiver<GroupEvent>), ConnectError> {
        let (events, received) = mpsc::channel(EVENTS);
        let (commands, commanded) = Commands::channel();
        let membership = Membership::new(&kafka.topic, events, revoke_deadline, commands.clone());
        let context = Context::new("worker", Status::default(), kafka).with_membership(Arc::clone(&membership));
        let client = Native::create(&client::consumer(kafka, bounds)?, context)?;
        membership.belongs_to(&client);
        client.consumer().subscribe(&[&kafka.topic])?;
        let poller = Poller::start("kafka-consumer", Arc::clone(&client), Some(membership), (commands, commanded))?;
        let consumer = Self { client, poller: Arc::new(poller), topic: Arc::from(kafka.topic.as_str()) };
        Ok((consumer, received))
    }

    /// Commits for this member.
    pub fn committer(&self) -> Committer {
        Committer::new(Arc::clone(&self.client), Arc::clone(&self.topic))
    }

    /// Looks at the cluster over this member's connections; only until the member closes.
    pub fn cluster(&self) -> Cluster {
        Cluster::of(Arc::clone(&self.client), Arc::clone(&self.poller))
    }

    pub fn status(&self) -> Status {
        self.client.status.clone()
    }

    /// Ends the membership; a static member keeps its seat until the session times out. No event comes after the call: drain and commit
    /// before it.
    ///
    /// # Errors
    /// [`CloseError`] when the library does not close in time.
    pub async fn close(self) -> Result<(), CloseError> {
        self.end(false).await
    }

    /// As [`close`](Self::close), and a static member gives its seat up at once: for scale-in.
    ///
    /// # Errors
    /// [`CloseError`] when the library does not close in time.
    pub async fn leave(self) -> Result<(), CloseError> {
        self.end(true).await
    }

    async fn end(self, leave: bool) -> Result<(), CloseError> {
        if self.poller.close(leave, CLOSE_LIMIT).await { Ok(()) } else { Err(CloseError) }
    }
}

impl Drop for Consumer {
    /// Without [`close`](Self::close) the thread closes by itself, and nobody waits for it.
    fn drop(&mut self) {
        self.poller.ask_to_close(false);
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("topic", &self.topic).finish_non_exhaustive()
    }
}
