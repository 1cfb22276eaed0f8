//! Where the partitions of a new assignment begin.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use super::committed::{self, Committed};
use super::context::Context;
use super::failure::KafkaFailure;
use super::raw;
use crate::core::offset::NextOffset;

/// For the committed offsets, and again for the starts of logs without one. All partitions stand still meanwhile: the library pauses them
/// for a rebalance.
const LIMIT: Duration = Duration::from_secs(10);

/// One partition's start.
pub(super) struct Start {
    pub(super) partition: i32,
    pub(super) at: NextOffset,
    pub(super) committed: Result<Option<Committed>, KafkaFailure>,
}

/// As the library's assign takes it, and in our words.
pub(super) struct Starts {
    pub(super) list: TopicPartitionList,
    pub(super) partitions: Vec<Start>,
}

/// The committed offset with its leader epoch, else the start of the log, else 0; never a logical offset such as "beginning". While the
/// library still asks what that is, a seek would be accepted and then undone: the late answer, outdated by the seek, makes it ask again
/// (`rd_kafka_toppar_handle_Offset`, "outdated offset response").
pub(super) fn of(consumer: &BaseConsumer<Context>, partitions: &TopicPartitionList) -> Starts {
    if partitions.count() == 0 {
        return Starts { list: partitions.clone(), partitions: Vec::new() };
    }
    let (list, failure) = match consumer.committed_offsets(partitions.clone(), LIMIT) {
        Ok(list) => (list, None),
        Err(error) => (partitions.clone(), Some(KafkaFailure::of_error(&error))),
    };
    let committed =
        raw::elements(&list).into_iter().map(|line| (line.partition, failure.clone().map_or_else(|| committed::of_line(line), Err)));
    let committed: Vec<_> = committed.collect();
    let without: Vec<i32> = committed.iter().filter(|(_, found)| *found == Ok(None)).map(|(partition, _)| *partition).collect();
    let log_starts = log_starts(consumer, partitions, &without);
    let start = |(partition, committed): (i32, Result<Option<Committed>, KafkaFailure>)| {
        let at = match &committed {
            Ok(Some(committed)) => committed.next,
            _ => log_starts.get(&partition).copied().unwrap_or(NextOffset::ZERO),
        };
        Start { partition, at, committed }
    };
    let partitions: Vec<Start> = committed.into_iter().map(start).collect();
    for (mut line, start) in list.elements().into_iter().zip(&partitions) {
        // Only an offset that the library can not express is refused, which this is not. The line keeps its leader epoch.
        let _expressible = line.set_offset(Offset::Offset(start.at.get()));
    }
    Starts { list, partitions }
}

fn log_starts(consumer: &BaseConsumer<Context>, all: &TopicPartitionList, partitions: &[i32]) -> BTreeMap<i32, NextOffset> {
    let mut list = TopicPartitionList::new();
    for line in all.elements().into_iter().filter(|line| partitions.contains(&line.partition())) {
        // As above.
        let _expressible = list.add_partition_offset(line.topic(), line.partition(), Offset::Beginning);
    }
    if list.count() == 0 {
        return BTreeMap::new();
    }
    let answered = consumer.offsets_for_times(list, LIMIT).map(|answered| raw::elements(&answered));
    let answered = answered.unwrap_or_else(|error| {
        tracing::warn!(%error, "the starts of the logs can not be read: fetching begins at 0");
        Vec::new()
    });
    let known = answered.into_iter().filter(|line| line.error.is_none());
    known.filter_map(|line| Some((line.partition, NextOffset::at(line.offset)?))).collect()
}
