//! Followers of the library: what an application sees, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinHandle;

use super::owners::Owners;
use super::payload::Payload;
use super::seen::{At, Seen, Sightings};
use super::stored::stored_us;
use crate::client::{Change, Client, ClientError, Subscriptions};
use crate::config::Redis;
use crate::load::channels::Channels;
use crate::load::run_clock::RunClock;

/// The running followers; they end when this is dropped.
#[derive(Debug)]
pub struct Delivered {
    tasks: Vec<JoinHandle<()>>,
    restarts: Arc<AtomicU64>,
}

struct Follower {
    number: u16,
    changes: Subscriptions,
    clock: RunClock,
    payload: Payload,
    owners: Arc<Owners>,
    sightings: Sightings,
    restarts: Arc<AtomicU64>,
}

impl Delivered {
    /// `followers` clients of their own, each with its share of the channels. They follow all of them before this returns.
    ///
    /// # Errors
    /// Where Redis can not be read.
    pub async fn start(
        redis: &Redis,
        channels: &Channels,
        followers: u16,
        clock: &RunClock,
        payload: Payload,
        owners: &Arc<Owners>,
        sightings: &Sightings,
    ) -> Result<Self, ClientError> {
        let restarts = Arc::default();
        let mut tasks = Vec::new();
        for number in 0..followers.max(1) {
            let own = channels.iter().skip(usize::from(number)).step_by(usize::from(followers.max(1)));
            let client = Client::connect(redis.clone()).await?;
            let changes = client.follow_many(own.map(|place| place.channel.clone()));
            let (clock, owners, sightings, restarts) = (clock.clone(), Arc::clone(owners), sightings.clone(), Arc::clone(&restarts));
            let follower = Follower { number, changes, clock, payload, owners, sightings, restarts };
            tasks.push(tokio::spawn(follower.run()));
        }
        Ok(Self { tasks, restarts })
    }

    /// How often a follower had to begin again from a snapshot: what came between was not told to it.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }
}

impl Follower {
    async fn run(mut self) {
        while let Some((_, change)) = self.changes.next().await {
            match change {
                Ok(Change::Set { object, event, .. }) => {
                    let at_us = self.clock.now_us();
                    let (partition, offset) = (event.partition.cast_signed(), event.offset.cast_signed());
                    let Some((number, is_intact)) = self.payload.read(object.data()) else { continue };
                    let delivered = Seen { event: number, at: At::Delivered, at_us, partition, offset, witness: self.number, is_intact };
                    let witness = self.owners.of(partition);
                    let stored = Seen { at: At::Stored, at_us: stored_us(&self.clock, event.entry), witness, ..delivered };
                    self.sightings.add([stored, delivered]);
                }
                Ok(Change::Restarted(_)) => {
                    self.restarts.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Change::Snapshot(_) | Change::Deleted { .. }) => {}
                // It is asked again after a pause; what it misses is found missing.
                Err(error) => tracing::debug!(%error, "a follower can not read"),
            }
        }
    }
}

impl Drop for Delivered {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
