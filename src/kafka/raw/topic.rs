//! What the broker tells of a topic.

use std::ffi::CString;
use std::time::Duration;

use rdkafka::bindings as c;
use rdkafka::error::{IsError, RDKafkaErrorCode as Code};

use super::admin::{Request, error_of};
use super::text;
use crate::kafka::context::Native;
use crate::kafka::failure::KafkaFailure;

/// A topic as DescribeTopics tells it.
pub struct RawTopic {
    /// All zero where the broker has none.
    pub id: [u8; 16],
    pub partitions: usize,
}

/// Asks for a topic's id and partitions. Blocks up to `timeout`.
pub fn describe_topic(client: &Native, topic: &str, timeout: Duration) -> Result<RawTopic, KafkaFailure> {
    let name = CString::new(topic).map_err(|_| KafkaFailure::of(Code::InvalidTopic))?;
    let mut names = [name.as_ptr()];
    let request = Request::new(client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout);
    // SAFETY: one name in an array of one; copied; destroyed below, after the call copied it.
    let collection = unsafe { c::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1) };
    // SAFETY: client, collection, options and queue are alive; the answer comes to the queue.
    unsafe { c::rd_kafka_DescribeTopics(request.client, collection, request.options, request.queue) };
    // SAFETY: from `_of_topic_names`, destroyed once.
    unsafe { c::rd_kafka_TopicCollection_destroy(collection) };
    let answer = request.answer()?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind: only DescribeTopics was asked on this queue. Null is checked.
    let result = unsafe { c::rd_kafka_event_DescribeTopics_result(answer.0) };
    if result.is_null() {
        return Err(KafkaFailure::of(Code::Fail));
    }
    // SAFETY: the array belongs to the event and has `count` entries.
    let topics = unsafe { c::rd_kafka_DescribeTopics_result_topics(result, &raw mut count) };
    if count == 0 {
        return Err(KafkaFailure::of(Code::UnknownTopicOrPartition));
    }
    // SAFETY: there is a first entry.
    let described = unsafe { *topics };
    // SAFETY: error, id and partitions belong to the event; null errors are looked at inside.
    unsafe {
        error_of(c::rd_kafka_TopicDescription_error(described))?;
        let id = c::rd_kafka_TopicDescription_topic_id(described);
        let mut partitions = 0;
        c::rd_kafka_TopicDescription_partitions(described, &raw mut partitions);
        Ok(RawTopic { id: id_bytes(id), partitions })
    }
}

/// # Safety
/// Null or a live id.
unsafe fn id_bytes(id: *const c::rd_kafka_Uuid_t) -> [u8; 16] {
    let mut bytes = [0; 16];
    if !id.is_null() {
        // SAFETY: promised by the caller.
        let (most, least) = unsafe { (c::rd_kafka_Uuid_most_significant_bits(id), c::rd_kafka_Uuid_least_significant_bits(id)) };
        bytes[..8].copy_from_slice(&most.to_be_bytes());
        bytes[8..].copy_from_slice(&least.to_be_bytes());
    }
    bytes
}

/// A setting of a topic or a broker.
#[derive(Debug)]
pub struct Setting {
    pub name: String,
    pub value: String,
    /// It was set for this topic: without it a default would count.
    pub is_own: bool,
}

/// All settings of a topic; those that the broker hides are left out. Blocks up to `timeout`.
pub fn topic_settings(client: &Native, topic: &str, timeout: Duration) -> Result<Vec<Setting>, KafkaFailure> {
    settings(client, c::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, topic, timeout)
}

/// All settings of the broker that answers for the cluster. Blocks up to `timeout`, twice.
#[cfg(feature = "daemon")]
pub fn broker_settings(client: &Native, timeout: Duration) -> Result<Vec<Setting>, KafkaFailure> {
    use rdkafka::consumer::Consumer;

    // SAFETY: the client is alive.
    let broker = unsafe { c::rd_kafka_controllerid(client.consumer().client().native_ptr(), super::milliseconds(timeout)) };
    if broker < 0 {
        return Err(KafkaFailure::of(Code::OperationTimedOut));
    }
    settings(client, c::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_BROKER, &broker.to_string(), timeout)
}

fn settings(client: &Native, kind: c::rd_kafka_ResourceType_t, name: &str, timeout: Duration) -> Result<Vec<Setting>, KafkaFailure> {
    let name = CString::new(name).map_err(|_| KafkaFailure::of(Code::InvalidTopic))?;
    let request = Request::new(client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
    // SAFETY: the name is a C string and copied; destroyed below, after the call copied it.
    let mut resource = unsafe { c::rd_kafka_ConfigResource_new(kind, name.as_ptr()) };
    // SAFETY: an array of one; client, options and queue are alive.
    unsafe { c::rd_kafka_DescribeConfigs(request.client, &raw mut resource, 1, request.options, request.queue) };
    // SAFETY: from `_new`, destroyed once.
    unsafe { c::rd_kafka_ConfigResource_destroy(resource) };
    let answer = request.answer()?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. Null is checked.
    let result = unsafe { c::rd_kafka_event_DescribeConfigs_result(answer.0) };
    if result.is_null() {
        return Err(KafkaFailure::of(Code::Fail));
    }
    // SAFETY: the array belongs to the event and has `count` entries.
    let resources = unsafe { c::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count) };
    if count == 0 {
        return Err(KafkaFailure::of(Code::UnknownTopicOrPartition));
    }
    // SAFETY: there is a first entry, and it belongs to the event.
    let (code, reason) =
        unsafe { (c::rd_kafka_ConfigResource_error(*resources), text(c::rd_kafka_ConfigResource_error_string(*resources))) };
    if code.is_error() {
        return Err(KafkaFailure::new(code.into(), reason));
    }
    let mut entries = 0;
    // SAFETY: the array belongs to the event and has `entries` entries.
    let configs = unsafe { c::rd_kafka_ConfigResource_configs(*resources, &raw mut entries) };
    let all = (0..entries).map(|index| {
        // SAFETY: `index` is below the count; name and value are C strings of the event, the value may be null.
        unsafe {
            let entry = *configs.add(index);
            let own = c::rd_kafka_ConfigSource_t::RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
            Setting {
                name: text(c::rd_kafka_ConfigEntry_name(entry)),
                value: text(c::rd_kafka_ConfigEntry_value(entry)),
                is_own: c::rd_kafka_ConfigEntry_source(entry) == own,
            }
        }
    });
    Ok(all.filter(|setting| !setting.value.is_empty()).collect())
}
