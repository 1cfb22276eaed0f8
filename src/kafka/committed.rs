//! Committed offsets, with all that was committed beside them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::context::Native;
use super::failure::KafkaFailure;
use super::raw::{self, Element};
use crate::core::offset::NextOffset;

const LIMIT: Duration = Duration::from_secs(10);

/// What a group committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub next: NextOffset,
    /// As it was committed, by whomever: any bytes.
    pub metadata: Vec<u8>,
    pub leader_epoch: Option<i32>,
}

/// `None`: nothing is committed.
pub(super) fn of_line(line: Element) -> Result<Option<Committed>, KafkaFailure> {
    if let Some(code) = line.error {
        return Err(KafkaFailure::of(code));
    }
    let leader_epoch = Some(line.leader_epoch).filter(|epoch| *epoch >= 0);
    Ok(NextOffset::at(line.offset).map(|next| Committed { next, metadata: line.metadata, leader_epoch }))
}

pub(super) type ByPartition<T> = BTreeMap<i32, Result<T, KafkaFailure>>;

pub(super) async fn fetch(
    client: Arc<Native>,
    topic: Arc<str>,
    partitions: Vec<i32>,
) -> Result<ByPartition<Option<Committed>>, KafkaFailure> {
    let fetch = move || {
        let fetched =
            client.consumer().committed_offsets(list_of(&topic, &partitions), LIMIT).map_err(|error| KafkaFailure::of_error(&error))?;
        client.status.succeeded();
        Ok(raw::elements(&fetched).into_iter().map(|line| (line.partition, of_line(line))).collect())
    };
    blocking(fetch).await
}

pub(super) fn list_of(topic: &str, partitions: &[i32]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(topic, *partition);
    }
    list
}

/// The library's requests block: never on a thread that runs tasks.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KafkaFailure> + Send + 'static,
) -> Result<T, KafkaFailure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(KafkaFailure::of(Code::Fail)))
}
