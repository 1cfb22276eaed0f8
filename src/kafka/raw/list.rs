//! Lists of partitions with all that their lines hold.

use rdkafka::TopicPartitionList;
use rdkafka::bindings as c;
use rdkafka::consumer::Consumer;
use rdkafka::error::{IsError, RDKafkaErrorCode as Code};

use super::bytes;
use crate::kafka::context::Native;

/// One line of a partition list, all of it.
#[derive(Clone, Debug)]
pub struct Element {
    pub partition: i32,
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: Vec<u8>,
    pub error: Option<Code>,
}

pub fn elements(list: &TopicPartitionList) -> Vec<Element> {
    (0..list.count()).map(|index| element(list, index)).collect()
}

fn element(list: &TopicPartitionList, index: usize) -> Element {
    // SAFETY: the list is alive and `index` below its count.
    let line = unsafe { (*list.ptr()).elems.add(index) };
    // SAFETY: as above; metadata is null or `metadata_size` bytes, of which a copy is taken: anybody may commit what is not UTF-8.
    unsafe {
        Element {
            partition: (*line).partition,
            offset: (*line).offset,
            leader_epoch: c::rd_kafka_topic_partition_get_leader_epoch(line),
            metadata: bytes((*line).metadata, (*line).metadata_size).unwrap_or_default().to_vec(),
            error: (*line).err.is_error().then(|| (*line).err.into()),
        }
    }
}

/// A line of a list of several topics, as answers have it.
#[cfg(feature = "daemon")]
#[derive(Clone, Debug)]
pub struct Line {
    pub topic: String,
    pub partition: i32,
    pub offset: Result<i64, Code>,
}

/// # Safety
/// A live line.
#[cfg(feature = "daemon")]
pub unsafe fn line(line: *const c::rd_kafka_topic_partition_t) -> Line {
    // SAFETY: promised by the caller; the topic is a C string that lives as long as the line.
    unsafe {
        let error = (*line).err;
        let offset = if error.is_error() { Err(error.into()) } else { Ok((*line).offset) };
        Line { topic: super::text((*line).topic), partition: (*line).partition, offset }
    }
}

/// # Safety
/// Null or a live list.
#[cfg(feature = "daemon")]
pub unsafe fn lines(list: *const c::rd_kafka_topic_partition_list_t) -> Vec<Line> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: promised by the caller; `index` is below the list's count.
    unsafe { (0..usize::try_from((*list).cnt).unwrap_or(0)).map(|index| line((*list).elems.add(index))).collect() }
}

/// Sets the leader epoch of the last line of a list.
pub fn set_last_leader_epoch(list: &mut TopicPartitionList, leader_epoch: i32) {
    if let Some(last) = list.count().checked_sub(1) {
        // SAFETY: the list is ours alone here and `last` is one of its lines.
        unsafe { c::rd_kafka_topic_partition_set_leader_epoch((*list.ptr()).elems.add(last), leader_epoch) };
    }
}

/// The offset after what was polled last, markers of transactions included; negative where nothing was polled since the last seek or assign.
pub fn position(client: &Native, topic: &str, partition: i32) -> i64 {
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, partition);
    // SAFETY: client and list are alive; the call writes offsets into the list.
    unsafe { c::rd_kafka_position(client.consumer().client().native_ptr(), list.ptr()) };
    elements(&list).first().map_or(-1, |line| line.offset)
}

/// What a commit by somebody else may hold.
#[cfg(test)]
#[cfg(feature = "daemon")]
pub fn set_metadata_bytes(line: &mut rdkafka::topic_partition_list::TopicPartitionListElem<'_>, metadata: &[u8]) {
    // SAFETY: the setter copies the bytes and never looks at them as text.
    line.set_metadata(unsafe { std::str::from_utf8_unchecked(metadata) });
}
