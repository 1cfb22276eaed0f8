//! The streams of the run's channels, read for the time at which each event was stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prost::Message;
use tokio::task::JoinHandle;

use super::owners::Owners;
use super::payload::Payload;
use super::seen::{At, Seen, Sightings};
use crate::core::entry_id::EntryId;
use crate::core::slice::SliceCount;
use crate::core::tag_data::{Change, Delta};
use crate::load::channels::Channels;
use crate::load::run_clock::RunClock;
use crate::store::{ChannelAt, Found, Look, Store, StoreError};

/// Entries of one stream in one look.
const PAGE: usize = 500;
/// Channels in one look: a pipeline that holds up nobody else for long.
const TOGETHER: usize = 256;
/// Looks at single streams per second: Redis has the workers to serve.
const LOOKS_PER_SECOND: usize = 4_000;
const SHORTEST_ROUND: Duration = Duration::from_millis(250);

/// The running reader of the streams; it ends when this is dropped.
#[derive(Debug)]
pub struct Stored {
    task: JoinHandle<()>,
    gaps: Arc<AtomicU64>,
}

struct Reader {
    store: Store,
    streams: Vec<(ChannelAt, EntryId)>,
    clock: RunClock,
    payload: Payload,
    owners: Arc<Owners>,
    sightings: Sightings,
    gaps: Arc<AtomicU64>,
}

impl Stored {
    /// Looks at every channel four times a second, or as often as 4,000 looks a second allow. A stream is trimmed to about 1,000 entries by
    /// default: between two looks no channel may get that many.
    pub fn start(
        store: Store,
        slices: SliceCount,
        channels: &Channels,
        clock: RunClock,
        payload: Payload,
        owners: Arc<Owners>,
        sightings: Sightings,
    ) -> Self {
        let streams = places(slices, channels).map(|at| (at, EntryId::default())).collect();
        let gaps = Arc::<AtomicU64>::default();
        let reader = Reader { store, streams, clock, payload, owners, sightings, gaps: Arc::clone(&gaps) };
        Self { task: tokio::spawn(reader.run()), gaps }
    }

    /// How often a stream had been trimmed beyond where it was read: what came between was stored, and not seen.
    pub fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::Relaxed)
    }

    /// How long a round over so many channels takes at least.
    pub fn round(channels: usize) -> Duration {
        SHORTEST_ROUND.max(Duration::from_secs_f64(channels as f64 / LOOKS_PER_SECOND as f64))
    }
}

fn places(slices: SliceCount, channels: &Channels) -> impl Iterator<Item = ChannelAt> {
    channels.iter().map(move |place| {
        let key = place.channel.key();
        ChannelAt { slice: slices.slice_of(&key), path: key.path() }
    })
}

impl Reader {
    async fn run(mut self) {
        let mut rounds = tokio::time::interval(Stored::round(self.streams.len()));
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            for first in (0..self.streams.len()).step_by(TOGETHER) {
                // What could not be read now is read in the next round: it is all still there.
                while self.look(first).await.unwrap_or_else(|error| {
                    tracing::debug!(%error, "the streams could not be read");
                    false
                }) {}
            }
        }
    }

    /// Whether there is more to be read at once.
    async fn look(&mut self, first: usize) -> Result<bool, StoreError> {
        let last = (first + TOGETHER).min(self.streams.len());
        let Some(some) = self.streams.get_mut(first..last) else { return Ok(false) };
        let mut is_more = false;
        // The entry that was read last comes first: it shows that nothing between was trimmed.
        let looks: Vec<_> = some.iter().map(|(at, id)| (at, Look::Page { from: Some(*id), count: PAGE + 1 })).collect();
        let found = self.store.look_at(&looks).await;
        for ((_, last), found) in some.iter_mut().zip(found) {
            let Found { mut entries, .. } = found?;
            is_more |= entries.len() > PAGE;
            match entries.first() {
                Some(first) if first.id == *last => drop(entries.remove(0)),
                Some(_) if *last != EntryId::default() => {
                    self.gaps.fetch_add(1, Ordering::Relaxed);
                }
                _ => {}
            }
            *last = entries.last().map_or(*last, |entry| entry.id);
            self.sightings.add(entries.iter().filter_map(|entry| {
                let delta = Delta::decode(entry.delta.as_slice()).ok()?;
                let partition = i32::try_from(delta.partition).ok()?;
                let offset = i64::try_from(delta.offset).ok()?;
                let (event, is_intact) = data_of(delta.change?).and_then(|data| self.payload.read(&data))?;
                let at_us = stored_us(&self.clock, entry.id);
                Some(Seen { event, at: At::Stored, at_us, partition, offset, witness: self.owners.of(partition), is_intact })
            }));
        }
        Ok(is_more)
    }
}

/// Redis tells whole milliseconds.
pub fn stored_us(clock: &RunClock, id: EntryId) -> i64 {
    clock.at_real_us(i64::try_from(id.ms.saturating_mul(1_000)).unwrap_or(i64::MAX))
}

/// The payload as a JSON object. Each event's is new in every member, so that a delta holds all of it.
fn data_of(change: Change) -> Option<String> {
    match change {
        Change::Set(tag_data) => tag_data.data,
        Change::Changed(changed) => {
            let member = |name: &str, json: &str| Some(format!("{}:{json}", serde_json::to_string(name).ok()?));
            let members: Option<Vec<String>> = changed.set.iter().map(|found| member(&found.name, &found.json)).collect();
            Some(format!("{{{}}}", members?.join(",")))
        }
        Change::Deleted(_) => None,
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.task.abort();
    }
}
