//! Follows the streams of all channels: when each event was stored.

use prost::Message;

use crate::core::entry_id::EntryId;
use crate::core::tag_data::Delta;
use crate::store::{ChannelAt, Found, Look, Store, StoreError};

/// Entries of one stream in one look.
const AT_ONCE: usize = 2_000;

#[derive(Debug)]
pub struct Follower {
    channels: Vec<(ChannelAt, EntryId)>,
}

/// What was stored since the last look: of every event the milliseconds from the record's timestamp, the time it was meant to be
/// published at, to the id that Redis gave the entry. Both are of this machine's clock.
#[derive(Debug, Default)]
pub struct NewlyStored {
    pub latencies_ms: Vec<u64>,
}

impl Follower {
    pub fn new(channels: &[ChannelAt]) -> Self {
        Self { channels: channels.iter().map(|channel| (channel.clone(), EntryId::default())).collect() }
    }

    /// # Errors
    /// As Redis answers.
    pub async fn advance(&mut self, store: &Store) -> Result<NewlyStored, StoreError> {
        let mut stored = NewlyStored::default();
        loop {
            let page = |last: &EntryId| Look::Page { from: Some(last.next()), count: AT_ONCE };
            let looks: Vec<_> = self.channels.iter().map(|(channel, last)| (channel, page(last))).collect();
            let streams: Vec<Found> = store.look_at(&looks).await.into_iter().collect::<Result<_, _>>()?;
            let more = streams.iter().any(|found| found.entries.len() == AT_ONCE);
            for ((_, last), Found { entries, .. }) in self.channels.iter_mut().zip(streams) {
                *last = entries.last().map_or(*last, |entry| entry.id);
                stored.latencies_ms.extend(entries.iter().map(|entry| latency_ms(entry.id, &entry.delta)));
            }
            if !more {
                return Ok(stored);
            }
        }
    }
}

/// A delta that can not be read is for the accounts to find.
fn latency_ms(id: EntryId, delta: &[u8]) -> u64 {
    let timestamp_ms = Delta::decode(delta).map_or(0, |delta| delta.timestamp_ms);
    id.ms.saturating_sub(timestamp_ms.unsigned_abs())
}
