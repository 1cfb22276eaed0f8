//! The publisher: a schedule decided beforehand, and every record's acknowledgement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::event::Event;
use super::rooms::Rooms;
use crate::kafka::{ProduceError, Producer, Stored};

/// How long the last acknowledgements may take.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(10);

/// What was published so far; others look while it grows.
#[derive(Debug, Default)]
pub struct FeedCounts {
    pub sent: AtomicU64,
    pub acknowledged: AtomicU64,
    /// Refused, or of unknown outcome: the accounts can not be right after one.
    pub failed: AtomicU64,
    /// Acknowledged under another offset than the count of its partition says.
    pub misplaced: AtomicU64,
}

/// Publishes the events of [`Rooms`], each at its time.
pub struct Feed {
    producer: Producer,
    topic: Arc<str>,
    rooms: Rooms,
    /// The partition of each channel.
    partition_of: Vec<i32>,
    /// The offset of each partition's next record: nobody else writes.
    next_offset: Vec<i64>,
    rate: u32,
    limit: u64,
    counts: Arc<FeedCounts>,
}

struct Acknowledgement {
    expected: Stored,
    outcome: Result<Stored, ProduceError>,
}

impl Feed {
    pub fn new(producer: Producer, topic: &str, rooms: Rooms, partition_of: Vec<i32>, rate: u32, limit: Option<u64>) -> Self {
        let partitions = partition_of.iter().max().map_or(0, |highest| *highest as usize + 1);
        Self {
            producer,
            topic: Arc::from(topic),
            rooms,
            partition_of,
            next_offset: vec![0; partitions],
            rate,
            limit: limit.unwrap_or(u64::MAX),
            counts: Arc::default(),
        }
    }

    pub fn counts(&self) -> Arc<FeedCounts> {
        Arc::clone(&self.counts)
    }

    /// Publishes until the limit, or until it is told to stop; then waits for what is not acknowledged yet.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let (begin, begin_ms) = (Instant::now(), wall_ms());
        let rate = u64::from(self.rate);
        let mut waiting = FuturesUnordered::new();
        let mut sent = 0;
        while sent < self.limit {
            let next = begin + Duration::from_micros(sent * 1_000_000 / rate);
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                () = sleep_until(next) => {
                    let intended_ms = begin_ms + (sent * 1_000 / rate) as i64;
                    let mut delivery = self.send(intended_ms);
                    sent += 1;
                    // The first poll hands the record over: that keeps the order.
                    match futures_util::poll!(&mut delivery) {
                        std::task::Poll::Ready(done) => self.count(&done),
                        std::task::Poll::Pending => waiting.push(delivery),
                    }
                }
                Some(done) = waiting.next() => self.count(&done),
            }
        }
        let rest = async {
            while let Some(done) = waiting.next().await {
                self.count(&done);
            }
        };
        if timeout(ACKNOWLEDGED_WITHIN, rest).await.is_err() {
            self.counts.failed.fetch_add(waiting.len() as u64, Ordering::Relaxed);
        }
    }

    /// The record's timestamp is the time it was meant to be published at: a late publisher hides no latency.
    fn send(&mut self, intended_ms: i64) -> BoxFuture<'static, Acknowledgement> {
        let Some(event) = self.rooms.next() else { return Box::pin(std::future::pending()) };
        let partition = self.partition_of[event.channel];
        let next_offset = &mut self.next_offset[partition as usize];
        let expected = Stored { partition, offset: *next_offset };
        *next_offset += 1;
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        let (producer, topic) = (self.producer.clone(), Arc::clone(&self.topic));
        Box::pin(async move {
            let Event { key, value, .. } = event;
            let outcome = producer.send(&topic, Some(partition), Some(&key), value.as_deref(), &[], Some(intended_ms)).await;
            Acknowledgement { expected, outcome }
        })
    }

    fn count(&self, done: &Acknowledgement) {
        let counter = match &done.outcome {
            Ok(published) => {
                if *published != done.expected {
                    self.counts.misplaced.fetch_add(1, Ordering::Relaxed);
                }
                &self.counts.acknowledged
            }
            Err(_) => &self.counts.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whoever could tell is gone: that is a word too.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn wall_ms() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
