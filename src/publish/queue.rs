//! What a publisher took and has not answered: bounded, in order per channel, and sent as soon as the topic's map allows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::entries::{Answer, Entries, Entry, Sent};
use super::error::{PublishError, Unpublished};
use super::published::{Outcome, Published};
use crate::core::publication::Publication;
use crate::core::repartition::{Order, Partitions, Route};
use crate::kafka::{CallbackProducer, FailureKind, KafkaFailure, Stored, Undelivered, UndeliveredKind};

/// How much is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub records: usize,
    pub bytes: usize,
    pub timeout: Duration,
}

impl Bounds {
    /// Whether a record of `more` bytes is taken beside these. One alone always is.
    fn admit(&self, records: usize, bytes: usize, more: usize) -> bool {
        records == 0 || (records < self.records && bytes + more <= self.bytes)
    }
}

/// What is known of the topic's partitions.
#[derive(Debug)]
pub(super) enum Map {
    /// Nothing yet: records wait.
    Unknown,
    Known(Partitions),
    /// There is no such topic for us: records come back at once.
    Refused(KafkaFailure),
}

/// Someone is to be told something: after the lock is released.
pub(super) type Told = (Answer, Outcome);

/// Under one lock, which is never held while anything waits.
#[derive(Debug)]
pub(super) struct Queue {
    topic: Arc<str>,
    bounds: Bounds,
    pub map: Map,
    pub producer: Option<Arc<CallbackProducer>>,
    pub is_paused: bool,
    pub entries: Entries,
    /// Taken and neither sent nor held, in order.
    ready: VecDeque<usize>,
    /// Of channels that move, by the partition that they lay in.
    held: BTreeMap<u32, VecDeque<usize>>,
    /// Those that wait for room, in order.
    waiting: BTreeMap<u64, Waiting>,
    flushes: BTreeMap<u64, Flush>,
    /// For tickets of those that wait and of flushes.
    next_ticket: u64,
    pub next_sequence: u64,
    pub records: usize,
    pub bytes: usize,
    /// Sent by the map of before a growth, of channels that move, and not answered.
    of_old_map: usize,
    pub published: u64,
    pub failed: u64,
    pub not_proven: u64,
}

#[derive(Debug)]
struct Waiting {
    publication: Publication,
    answer: Answer,
    admitted: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Flush {
    /// Below this sequence.
    up_to: u64,
    left: usize,
    done: oneshot::Sender<()>,
}

impl Queue {
    pub fn new(topic: Arc<str>, bounds: Bounds) -> Self {
        Self {
            topic,
            bounds,
            map: Map::Unknown,
            producer: None,
            is_paused: false,
            entries: Entries::default(),
            ready: VecDeque::new(),
            held: BTreeMap::new(),
            waiting: BTreeMap::new(),
            flushes: BTreeMap::new(),
            next_ticket: 0,
            next_sequence: 0,
            records: 0,
            bytes: 0,
            of_old_map: 0,
            published: 0,
            failed: 0,
            not_proven: 0,
        }
    }

    /// Whether a record of this size is taken now. Whoever waits goes first.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.waiting.is_empty() && self.bounds.admit(self.records, self.bytes, bytes)
    }

    pub fn take(&mut self, publication: Publication, answer: Answer) {
        self.records += 1;
        self.bytes += publication.bytes();
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let token = self.entries.insert(Entry { publication, answer, taken: Instant::now(), sequence, sent: None });
        self.ready.push_back(token);
    }

    /// Puts a record behind those that wait for room. The receiver is told when it is taken.
    pub fn wait(&mut self, publication: Publication, answer: Answer) -> (u64, oneshot::Receiver<()>) {
        let (admitted, told) = oneshot::channel();
        let ticket = self.ticket();
        self.waiting.insert(ticket, Waiting { publication, answer, admitted });
        (ticket, told)
    }

    /// Whoever waited does so no more. Nothing where it was taken meanwhile.
    pub fn leave(&mut self, ticket: u64) {
        self.waiting.remove(&ticket);
    }

    fn ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }

    /// Takes and sends what can be, in order.
    pub fn pump(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        loop {
            self.admit();
            if self.is_paused {
                break;
            }
            let Some(token) = self.ready.pop_front() else { break };
            match self.send(token) {
                Ok(()) => {}
                Err(Refusal::NotNow) => {
                    self.ready.push_front(token);
                    break;
                }
                Err(Refusal::Final(undelivered)) => told.extend(self.fail(token, undelivered)),
            }
        }
        told
    }

    fn admit(&mut self) {
        while let Some(first) = self.waiting.first_entry() {
            let bytes = first.get().publication.bytes();
            if !self.bounds.admit(self.records, self.bytes, bytes) {
                return;
            }
            let Waiting { publication, answer, admitted } = first.remove();
            self.take(publication, answer);
            let _nobody_waits_any_more = admitted.send(());
        }
    }

    /// Sends one, or holds it.
    fn send(&mut self, token: usize) -> Result<(), Refusal> {
        let (Some(entry), Some(producer)) = (self.entries.get_mut(token), &self.producer) else { return Ok(()) };
        let publication = &entry.publication;
        let partitions = match &self.map {
            Map::Known(partitions) => partitions,
            Map::Unknown => return Err(Refusal::NotNow),
            Map::Refused(failure) => return Err(Refusal::no_topic(failure.clone())),
        };
        match partitions.route(publication.hash()) {
            Route::Hold { old } => self.held.entry(old).or_default().push_back(token),
            Route::Send { partition, order } => {
                let partition = i32::try_from(partition).unwrap_or(i32::MAX);
                let sent = producer.send(&self.topic, partition, publication.key(), publication.value(), None, token);
                sent.map_err(Refusal::of)?;
                entry.publication.forget_bytes();
                entry.sent = Some(Sent { partition, order, is_of_old_map: false });
            }
        }
        Ok(())
    }

    /// A record was answered by the broker or the client library.
    pub fn settle(&mut self, token: usize, outcome: Result<Stored, Undelivered>) -> Option<Told> {
        let Stored { partition, offset } = match outcome {
            Ok(stored) => stored,
            Err(undelivered) => return self.fail(token, undelivered),
        };
        let entry = self.remove(token)?;
        let order = entry.sent.map_or(Order::Kept, |sent| sent.order);
        self.published += 1;
        self.not_proven += u64::from(order == Order::NotProven);
        Some((entry.answer, Ok(Published { topic: Arc::clone(&self.topic), partition, offset, order })))
    }

    fn fail(&mut self, token: usize, undelivered: Undelivered) -> Option<Told> {
        let ended = undelivered.kind == UndeliveredKind::Purged || undelivered.failure.is_fatal();
        let producer = self.producer.as_ref();
        let fatal = producer.filter(|_| ended).and_then(|producer| producer.fatal_failure());
        let (after, cause) = (self.bounds.timeout, self.cause());
        self.give_back(token, |unpublished| PublishError::undelivered(unpublished, undelivered, fatal, after, cause))
    }

    fn give_back(&mut self, token: usize, error: impl FnOnce(Unpublished) -> PublishError) -> Option<Told> {
        let entry = self.remove(token)?;
        self.failed += 1;
        let partition = entry.sent.map(|sent| sent.partition);
        Some((entry.answer, Err(error(Unpublished::of(&self.topic, entry.publication, partition)))))
    }

    /// What the connection failed of last, if that is young enough to be a cause.
    fn cause(&self) -> Option<KafkaFailure> {
        let last = self.producer.as_ref()?.status().last_failure()?;
        (last.at.elapsed() <= self.bounds.timeout).then_some(last.failure)
    }

    fn remove(&mut self, token: usize) -> Option<Entry> {
        let entry = self.entries.remove(token)?;
        self.records -= 1;
        self.bytes -= entry.publication.bytes();
        self.of_old_map -= usize::from(entry.sent.is_some_and(|sent| sent.is_of_old_map));
        for flush in self.flushes.values_mut().filter(|flush| entry.sequence < flush.up_to) {
            flush.left -= 1;
        }
        if !self.flushes.is_empty() {
            let done: Vec<u64> = self.flushes.iter().filter(|(_, flush)| flush.left == 0).map(|(ticket, _)| *ticket).collect();
            for flush in done.iter().filter_map(|ticket| self.flushes.remove(ticket)) {
                let _nobody_waits_any_more = flush.done.send(());
            }
        }
        Some(entry)
    }

    /// A flush of all that was taken before now; `None` where that is nothing.
    pub fn flush(&mut self) -> Option<(u64, u64, oneshot::Receiver<()>)> {
        if self.records == 0 {
            return None;
        }
        let (done, told) = oneshot::channel();
        let (ticket, up_to) = (self.ticket(), self.next_sequence);
        self.flushes.insert(ticket, Flush { up_to, left: self.records, done });
        Some((ticket, up_to, told))
    }

    /// Ends a flush and gives what is not answered, in order. It stays on its way.
    pub fn end_flush(&mut self, ticket: u64, up_to: u64) -> Vec<Unpublished> {
        self.flushes.remove(&ticket);
        let mut left: Vec<&Entry> = self.entries.iter().filter(|entry| entry.sequence < up_to).collect();
        left.sort_by_key(|entry| entry.sequence);
        let unpublished = |entry: &Entry| {
            let partition = entry.sent.map(|sent| sent.partition);
            Unpublished::of(&self.topic, entry.publication.clone(), partition)
        };
        left.into_iter().map(unpublished).collect()
    }

    /// Fails what waits here for longer than it may. What is sent the client library expires.
    pub fn expire(&mut self) -> Vec<Told> {
        let mut late = Vec::new();
        let (entries, timeout) = (&self.entries, self.bounds.timeout);
        for queue in std::iter::once(&mut self.ready).chain(self.held.values_mut()) {
            let is_late = |token: &usize| entries.get(*token).is_none_or(|entry| entry.taken.elapsed() >= timeout);
            while queue.front().is_some_and(is_late) {
                late.extend(queue.pop_front());
            }
        }
        let (after, cause) = (self.bounds.timeout, self.cause());
        let expired = |unpublished| PublishError::Expired { unpublished: Box::new(unpublished), after, cause: cause.clone() };
        late.into_iter().filter_map(|token| self.give_back(token, expired)).collect()
    }

    /// Channels move: what was sent of them has to be answered before anything else.
    pub fn begin_growth(&mut self) {
        let Map::Known(partitions) = &self.map else { return };
        let mut of_old_map = 0;
        for entry in self.entries.iter_mut() {
            let moves = partitions.moves(entry.publication.hash());
            if let Some(sent) = &mut entry.sent {
                sent.is_of_old_map = moves;
                of_old_map += usize::from(moves);
            }
        }
        self.of_old_map = of_old_map;
    }

    /// Whether nothing is on its way for the map of before a growth.
    pub fn is_drained(&self) -> bool {
        self.of_old_map == 0
    }

    /// What is held goes on, where it may, before all that came later.
    pub fn release(&mut self) {
        let Map::Known(partitions) = &mut self.map else { return };
        for old in partitions.take_freed() {
            for token in self.held.remove(&old).unwrap_or_default().into_iter().rev() {
                self.ready.push_front(token);
            }
        }
    }

    /// Another topic, or none: nothing is held any more.
    pub fn release_all(&mut self) {
        for (_, tokens) in std::mem::take(&mut self.held) {
            tokens.into_iter().rev().for_each(|token| self.ready.push_front(token));
        }
    }

    /// Gives back all that is not sent.
    pub fn close(&mut self) -> (Option<Arc<CallbackProducer>>, Vec<Told>) {
        let producer = self.producer.take();
        self.release_all();
        let unsent: Vec<usize> = self.ready.drain(..).collect();
        let mut told: Vec<Told> = unsent.into_iter().filter_map(|token| self.give_back(token, closed)).collect();
        for Waiting { publication, answer, .. } in std::mem::take(&mut self.waiting).into_values() {
            told.push((answer, Err(closed(Unpublished::of(&self.topic, publication, None)))));
        }
        (producer, told)
    }

    /// Gives back what is left when no answer can come any more.
    pub fn abandon(&mut self) -> Vec<Told> {
        let left: Vec<usize> = (0..self.entries.places()).collect();
        left.into_iter().filter_map(|token| self.give_back(token, closed)).collect()
    }
}

/// Why a record is not handed over.
enum Refusal {
    /// The next try may succeed: the record keeps its place.
    NotNow,
    Final(Undelivered),
}

impl Refusal {
    /// The partition is one of the topic's: where the client library does not know it yet it soon will.
    fn of(undelivered: Undelivered) -> Self {
        let is_unknown = undelivered.failure.kind() == FailureKind::UnknownTopic;
        let is_passing = undelivered.kind == UndeliveredKind::QueueFull || is_unknown;
        if is_passing { Self::NotNow } else { Self::Final(undelivered) }
    }

    fn no_topic(failure: KafkaFailure) -> Self {
        Self::Final(Undelivered { kind: UndeliveredKind::Failed, failure, may_have_been_stored: false })
    }
}

fn closed(unpublished: Unpublished) -> PublishError {
    PublishError::Closed { unpublished: Box::new(unpublished) }
}
