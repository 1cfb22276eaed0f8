//! Where logs start and end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::cluster::Cluster;
use super::committed::{ByPartition, blocking, list_of};
use super::context::Native;
use super::failure::KafkaFailure;
use super::raw;
use crate::core::offset::NextOffset;

const LIMIT: Duration = Duration::from_secs(10);

/// A partition's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// The first offset that is still there.
    pub start: NextOffset,
    /// The offset that the next record gets; under `read_committed` the first that is not yet decided.
    pub end: NextOffset,
}

impl Cluster {
    /// Starts and ends of the logs, asked of their leaders: one request per broker for the ends, then one for the starts. An end is
    /// never below a start that is given with it.
    ///
    /// # Errors
    /// What failed for all. What is unknown for one partition is an error there, never 0.
    pub async fn log_ranges(&self, topic: &str, partitions: &[i32]) -> Result<BTreeMap<i32, Result<LogRange, KafkaFailure>>, KafkaFailure> {
        let (client, topic, partitions) = (Arc::clone(&self.client), topic.to_owned(), partitions.to_vec());
        blocking(move || {
            let ends = offsets(&client, &topic, &partitions, Offset::End)?;
            let mut starts = offsets(&client, &topic, &partitions, Offset::Beginning)?;
            let range = |(partition, end)| {
                let start = starts.remove(&partition).unwrap_or_else(|| Err(KafkaFailure::of(Code::UnknownPartition)));
                (partition, combine(start, end))
            };
            Ok(ends.into_iter().map(range).collect())
        })
        .await
    }

    /// One partition's.
    ///
    /// # Errors
    /// As [`log_ranges`](Self::log_ranges).
    pub async fn log_range(&self, topic: &str, partition: i32) -> Result<LogRange, KafkaFailure> {
        let mut ranges = self.log_ranges(topic, &[partition]).await?;
        ranges.remove(&partition).unwrap_or_else(|| Err(KafkaFailure::of(Code::UnknownPartition)))
    }

    /// The ends alone.
    ///
    /// # Errors
    /// As [`log_ranges`](Self::log_ranges).
    pub async fn log_ends(&self, topic: &str, partitions: &[i32]) -> Result<BTreeMap<i32, Result<NextOffset, KafkaFailure>>, KafkaFailure> {
        let (client, topic, partitions) = (Arc::clone(&self.client), topic.to_owned(), partitions.to_vec());
        blocking(move || offsets(&client, &topic, &partitions, Offset::End)).await
    }
}

/// Retention may pass an end that was read before the start.
fn combine(start: Result<NextOffset, KafkaFailure>, end: Result<NextOffset, KafkaFailure>) -> Result<LogRange, KafkaFailure> {
    let (start, end) = (start?, end?);
    Ok(LogRange { start, end: end.max(start) })
}

fn offsets(client: &Native, topic: &str, partitions: &[i32], which: Offset) -> Result<ByPartition<NextOffset>, KafkaFailure> {
    if partitions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let failed = |error| KafkaFailure::of_error(&error);
    let mut list = list_of(topic, partitions);
    list.set_all_offsets(which).map_err(failed)?;
    let answered = client.consumer().offsets_for_times(list, LIMIT).map_err(failed)?;
    client.status.succeeded();
    let offset = |line: raw::Element| match line.error {
        Some(code) => Err(KafkaFailure::of(code)),
        None => NextOffset::at(line.offset).ok_or_else(|| KafkaFailure::of(Code::OffsetNotAvailable)),
    };
    Ok(raw::elements(&answered).into_iter().map(|line| (line.partition, offset(line))).collect())
}
