//! What changes a topic.

use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::bindings as c;
use rdkafka::error::{IsError, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::admin::error_of;
use super::awaited::Awaited;
use super::list::{Line, lines};
use super::text;
use crate::kafka::context::Native;
use crate::kafka::failure::KafkaFailure;

/// Deletes the records of a topic below an offset of each partition. What comes back is where the logs start then.
pub async fn delete_records(client: Arc<Native>, topic: &str, before: &[(i32, i64)], limit: Duration) -> Result<Vec<Line>, KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETERECORDS, limit);
    {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in before {
            let added = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
            added.map_err(|error| KafkaFailure::of_error(&error))?;
        }
        // SAFETY: the list is copied; destroyed below, after the call copied it; client, options and queue are alive.
        unsafe {
            let mut wanted = c::rd_kafka_DeleteRecords_new(list.ptr());
            c::rd_kafka_DeleteRecords(request.client, &raw mut wanted, 1, request.options, request.queue);
            c::rd_kafka_DeleteRecords_destroy(wanted);
        }
    }
    let answer = request.answer().await?;
    // SAFETY: the event is alive and of this kind; the list belongs to it.
    unsafe {
        let result = c::rd_kafka_event_DeleteRecords_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        Ok(lines(c::rd_kafka_DeleteRecords_result_offsets(result)))
    }
}

/// Sets one setting of a topic; `None` gives it back to the cluster's default. The others stay as they are.
pub async fn set_topic_setting(
    client: Arc<Native>,
    topic: &str,
    setting: &str,
    value: Option<&str>,
    limit: Duration,
) -> Result<(), KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS, limit);
    let invalid = |_| KafkaFailure::of(Code::InvalidArgument);
    let (topic, setting) = (CString::new(topic).map_err(invalid)?, CString::new(setting).map_err(invalid)?);
    let value = value.map(CString::new).transpose().map_err(invalid)?;
    {
        let operation = match value {
            Some(_) => c::rd_kafka_AlterConfigOpType_t::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET,
            None => c::rd_kafka_AlterConfigOpType_t::RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE,
        };
        let value = value.as_ref().map_or(std::ptr::null(), |value| value.as_ptr());
        // SAFETY: names and value are C strings and copied (null goes with a deletion); destroyed below, after the call copied the
        // resource; client, options and queue are alive; a refusal is ours to destroy.
        unsafe {
            let mut resource = c::rd_kafka_ConfigResource_new(c::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, topic.as_ptr());
            let refused = c::rd_kafka_ConfigResource_add_incremental_config(resource, setting.as_ptr(), operation, value);
            let accepted = error_of(refused);
            if accepted.is_ok() {
                c::rd_kafka_IncrementalAlterConfigs(request.client, &raw mut resource, 1, request.options, request.queue);
            } else {
                c::rd_kafka_error_destroy(refused);
            }
            c::rd_kafka_ConfigResource_destroy(resource);
            accepted?;
        }
    }
    let answer = request.answer().await?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. The array belongs to it and has `count` entries.
    unsafe {
        let result = c::rd_kafka_event_IncrementalAlterConfigs_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        let resources = c::rd_kafka_IncrementalAlterConfigs_result_resources(result, &raw mut count);
        for index in 0..count {
            let resource = *resources.add(index);
            let code = c::rd_kafka_ConfigResource_error(resource);
            if code.is_error() {
                return Err(KafkaFailure::new(code.into(), text(c::rd_kafka_ConfigResource_error_string(resource))));
            }
        }
    }
    Ok(())
}
