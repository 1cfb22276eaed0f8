//! Rebalances: from the library's callback to typed events, and back to its assign and unassign.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaRespErr;
use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::context::{Context, Native};
use super::event::{GroupEvent, RevokeAck};
use super::failure::KafkaFailure;
use super::partition::{PartitionHandle, Seat};
use super::poller::Commands;
use super::raw::PartitionQueue;
use super::start::{self, Start};

/// How often a wait inside a rebalance looks whether it still makes sense.
const LOOK: Duration = Duration::from_millis(50);

/// One member of the group: what its thread, its handles and its callbacks share.
pub(super) struct Membership {
    topic: Arc<str>,
    events: Sender<GroupEvent>,
    revoke_deadline: Duration,
    commands: Commands,
    closing: AtomicBool,
    client: OnceLock<Weak<Native>>,
    seats: Mutex<HashMap<i32, Arc<Seat>>>,
    /// One per partition that was ever ours, kept for as long as the client may call them.
    wakers: Mutex<HashMap<i32, Arc<Notify>>>,
}

impl Membership {
    pub(super) fn new(topic: &str, events: Sender<GroupEvent>, revoke_deadline: Duration, commands: Commands) -> Arc<Self> {
        Arc::new(Self {
            topic: Arc::from(topic),
            events,
            revoke_deadline,
            commands,
            closing: AtomicBool::new(false),
            client: OnceLock::new(),
            seats: Mutex::default(),
            wakers: Mutex::default(),
        })
    }

    /// Once, before the client subscribes.
    pub(super) fn belongs_to(&self, client: &Arc<Native>) {
        let _only_once = self.client.set(Arc::downgrade(client));
    }

    /// From now on no event is sent and no rebalance waits.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(super) fn rebalance(&self, consumer: &BaseConsumer<Context>, code: RDKafkaRespErr, partitions: &TopicPartitionList) {
        match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(consumer, partitions),
            _ => self.revoke(consumer, partitions),
        }
    }

    fn assign(&self, consumer: &BaseConsumer<Context>, partitions: &TopicPartitionList) {
        let starts = start::of(consumer, partitions);
        // Each queue is split before the assign: no message can reach the consumer's own queue.
        let handles = match self.client.get().and_then(Weak::upgrade) {
            Some(client) if !self.is_closing() => self.seat(&client, starts.partitions),
            _ => Vec::new(),
        };
        if let Err(error) = consumer.incremental_assign(&starts.list) {
            // The group counts on us for partitions that nobody would read.
            self.tell(GroupEvent::Fatal(KafkaFailure::of_error(&error).into_fatal()));
            return;
        }
        self.tell(GroupEvent::Assigned(handles));
    }

    fn seat(&self, client: &Arc<Native>, starts: Vec<Start>) -> Vec<PartitionHandle> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = |start: Start| {
            let waker = self.waker(start.partition);
            let queue = PartitionQueue::split(client, &self.topic, start.partition, &waker)?;
            let seat = Seat::new(start.partition);
            if let Some(earlier) = seats.insert(start.partition, Arc::clone(&seat)) {
                earlier.revoke();
            }
            let (topic, commands) = (Arc::clone(&self.topic), self.commands.clone());
            Some(PartitionHandle { queue, seat, waker, topic, committed: start.committed, started_at: start.at, commands })
        };
        starts.into_iter().filter_map(handle).collect()
    }

    fn waker(&self, partition: i32) -> Arc<Notify> {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(wakers.entry(partition).or_default())
    }

    fn revoke(&self, consumer: &BaseConsumer<Context>, list: &TopicPartitionList) {
        let partitions: Vec<i32> = list.elements().iter().map(|line| line.partition()).collect();
        self.unseat(&partitions);
        if consumer.assignment_lost() {
            self.tell(GroupEvent::Lost(partitions));
        } else if !partitions.is_empty() && !self.is_closing() {
            self.wait_for_drain(consumer, partitions);
        }
        if let Err(error) = consumer.incremental_unassign(list) {
            self.tell_if_room(GroupEvent::Failed(KafkaFailure::of_error(&error)));
        }
    }

    fn unseat(&self, partitions: &[i32]) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        for seat in partitions.iter().filter_map(|partition| seats.remove(partition)) {
            seat.revoke();
        }
    }

    fn wait_for_drain(&self, consumer: &BaseConsumer<Context>, partitions: Vec<i32>) {
        let (ack, acked) = sync_channel(1);
        let count = partitions.len();
        let start = Instant::now();
        self.tell(GroupEvent::Revoked(partitions, RevokeAck(ack)));
        while acked.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            if self.is_closing() || consumer.assignment_lost() {
                return;
            }
            if start.elapsed() >= self.revoke_deadline {
                tracing::warn!(partitions = count, deadline = ?self.revoke_deadline, "revoked partitions were not drained in time");
                return;
            }
        }
        tracing::debug!(partitions = count, took = ?start.elapsed(), "revoked partitions drained");
    }

    /// Waits for room: a change of the assignment must not get lost. Gives up when the receiver is gone or the member closes.
    pub(super) fn tell(&self, event: GroupEvent) {
        let mut event = event;
        while !self.is_closing() {
            match self.events.try_send(event) {
                Ok(()) | Err(TrySendError::Closed(_)) => return,
                Err(TrySendError::Full(unsent)) => event = unsent,
            }
            std::thread::sleep(LOOK);
        }
    }

    pub(super) fn tell_if_room(&self, event: GroupEvent) {
        let _full_or_gone = self.events.try_send(event);
    }
}
