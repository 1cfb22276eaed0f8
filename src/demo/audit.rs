//! Reads all that Redis and Kafka have, for the accounts.

use super::accounts::FoundChannel;
use super::error::DemoError;
use crate::core::checkpoint::Checkpoint;
use crate::core::position::position_field;
use crate::core::slice::Slice;
use crate::kafka::{Cluster, Committed};
use crate::store::{ChannelAt, Entry, Found, Look, Store, StoreError};

/// Entries of a stream in one answer.
const AT_ONCE: usize = 2_000;

/// The channels with all that their keys hold.
///
/// # Errors
/// As Redis answers.
pub async fn find_channels(store: &Store, channels: &[ChannelAt], partition_of: &[i32]) -> Result<Vec<FoundChannel>, StoreError> {
    let looks: Vec<_> = channels.iter().map(|channel| (channel, Look::Snapshot)).collect();
    let snapshots: Vec<Found> = store.look_at(&looks).await.into_iter().collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(channels.len());
    for ((channel, partition), snapshot) in channels.iter().zip(partition_of).zip(snapshots) {
        let entries = whole_stream(store, channel).await?;
        found.push(FoundChannel { path: channel.path.clone(), partition: *partition, entries, snapshot: snapshot.objects });
    }
    Ok(found)
}

async fn whole_stream(store: &Store, channel: &ChannelAt) -> Result<Vec<Entry>, StoreError> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let page = Look::Page { from: entries.last().map(|entry| entry.id.next()), count: AT_ONCE };
        let before = entries.len();
        for found in store.look_at(&[(channel, page)]).await {
            entries.extend(found?.entries);
        }
        if entries.len() < before + AT_ONCE {
            return Ok(entries);
        }
    }
}

/// What the group committed against what Redis has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// Positions that were compared.
    pub compared: usize,
    /// Sentences about committed offsets that are ahead of a position, or that say nothing of positions.
    pub wrong: Vec<String>,
}

/// # Errors
/// Where Redis or the group's coordinator does not answer.
pub async fn compare_positions(store: &Store, cluster: &Cluster, topic: &str, partitions: &[i32]) -> Result<Positions, DemoError> {
    let mut result = Positions::default();
    for (partition, committed) in cluster.committed(topic, partitions).await? {
        if let Some(committed) = committed? {
            result.compare(store, topic, partition, &committed).await?;
        }
    }
    Ok(result)
}

impl Positions {
    async fn compare(&mut self, store: &Store, topic: &str, partition: i32, committed: &Committed) -> Result<(), StoreError> {
        let checkpoint = match Checkpoint::decode(&committed.metadata) {
            Ok(checkpoint) => checkpoint,
            Err(invalid) => {
                self.wrong.push(format!("partition {partition}: {invalid}"));
                return Ok(());
            }
        };
        let slices: Vec<Slice> = checkpoint.slices.iter().collect();
        let positions = store.positions(&position_field(topic, partition), 0, &slices).await?;
        for (slice, position) in slices.iter().zip(positions) {
            self.compared += 1;
            if position.as_ref().is_none_or(|position| position.next < committed.next) {
                let position = position.map_or_else(|| "gone".to_owned(), |position| position.next.to_string());
                self.wrong.push(format!("partition {partition}: committed {}, slice {slice} is at {position}", committed.next));
            }
        }
        Ok(())
    }
}
