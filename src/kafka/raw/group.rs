//! Consumer groups, whichever, each asked of its coordinator.

use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as c;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::admin::error_of;
use super::awaited::Awaited;
use super::list::{Line, lines};
use super::text;
use crate::kafka::context::Native;
use crate::kafka::failure::KafkaFailure;

/// A group as DescribeConsumerGroups tells it.
#[derive(Debug)]
pub struct RawGroup {
    pub state: String,
    pub members: Vec<RawMember>,
}

#[derive(Debug)]
pub struct RawMember {
    pub id: String,
    pub client_id: String,
    pub host: String,
    pub instance_id: Option<String>,
    /// Topics and partitions.
    pub assigned: Vec<(String, i32)>,
}

fn name(group: &str) -> Result<CString, KafkaFailure> {
    CString::new(group).map_err(|_| KafkaFailure::of(Code::InvalidGroupId))
}

/// The names of all groups that the brokers answer for.
pub async fn list_groups(client: Arc<Native>, limit: Duration) -> Result<Vec<String>, KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, limit);
    // SAFETY: client, options and queue are alive; the answer comes to the queue.
    unsafe { c::rd_kafka_ListConsumerGroups(request.client, request.options, request.queue) };
    let answer = request.answer().await?;
    let (mut failed, mut count) = (0, 0);
    // SAFETY: the event is alive and of this kind: only this was asked on its queue. The arrays belong to it and have as many entries.
    unsafe {
        let result = c::rd_kafka_event_ListConsumerGroups_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        let errors = c::rd_kafka_ListConsumerGroups_result_errors(result, &raw mut failed);
        if failed > 0 {
            error_of(*errors)?;
        }
        let groups = c::rd_kafka_ListConsumerGroups_result_valid(result, &raw mut count);
        Ok((0..count).map(|index| text(c::rd_kafka_ConsumerGroupListing_group_id(*groups.add(index)))).collect())
    }
}

/// The ids of all brokers that are up.
pub async fn brokers(client: Arc<Native>, limit: Duration) -> Result<Vec<i32>, KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, limit);
    // SAFETY: client, options and queue are alive; the answer comes to the queue.
    unsafe { c::rd_kafka_DescribeCluster(request.client, request.options, request.queue) };
    let answer = request.answer().await?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. The array belongs to it and has `count` entries.
    unsafe {
        let result = c::rd_kafka_event_DescribeCluster_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        let nodes = c::rd_kafka_DescribeCluster_result_nodes(result, &raw mut count);
        Ok((0..count).map(|index| c::rd_kafka_Node_id(*nodes.add(index))).collect())
    }
}

/// State, members and what they are assigned, asked of this broker.
pub async fn describe_group(client: Arc<Native>, broker: i32, group: &str, limit: Duration) -> Result<RawGroup, KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, limit).at_broker(broker)?;
    let group = name(group)?;
    {
        let mut names = [group.as_ptr()];
        // SAFETY: an array of one C string, which is copied; client, options and queue are alive.
        unsafe { c::rd_kafka_DescribeConsumerGroups(request.client, names.as_mut_ptr(), 1, request.options, request.queue) };
    }
    let answer = request.answer().await?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. The array belongs to it and has `count` entries.
    unsafe {
        let result = c::rd_kafka_event_DescribeConsumerGroups_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        let groups = c::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
        if count == 0 {
            return Err(KafkaFailure::of(Code::GroupIdNotFound));
        }
        let described = *groups;
        error_of(c::rd_kafka_ConsumerGroupDescription_error(described))?;
        let state = text(c::rd_kafka_consumer_group_state_name(c::rd_kafka_ConsumerGroupDescription_state(described)));
        let members = c::rd_kafka_ConsumerGroupDescription_member_count(described);
        let members = (0..members).map(|index| member(c::rd_kafka_ConsumerGroupDescription_member(described, index))).collect();
        Ok(RawGroup { state, members })
    }
}

/// # Safety
/// A live member.
unsafe fn member(member: *const c::rd_kafka_MemberDescription_t) -> RawMember {
    // SAFETY: promised by the caller; the strings live as long as the member, those that may be null are checked.
    unsafe {
        let instance_id = c::rd_kafka_MemberDescription_group_instance_id(member);
        let assignment = c::rd_kafka_MemberDescription_assignment(member);
        let assigned = if assignment.is_null() { Vec::new() } else { lines(c::rd_kafka_MemberAssignment_partitions(assignment)) };
        RawMember {
            id: text(c::rd_kafka_MemberDescription_consumer_id(member)),
            client_id: text(c::rd_kafka_MemberDescription_client_id(member)),
            host: text(c::rd_kafka_MemberDescription_host(member)),
            instance_id: (!instance_id.is_null()).then(|| CStr::from_ptr(instance_id).to_string_lossy().into_owned()),
            assigned: assigned.into_iter().map(|line| (line.topic, line.partition)).collect(),
        }
    }
}

/// What a group has committed, asked of this broker: for these partitions, or (`None`) all that it has.
pub async fn committed(
    client: Arc<Native>,
    broker: i32,
    group: &str,
    partitions: Option<&[(&str, Vec<i32>)]>,
    limit: Duration,
) -> Result<Vec<Line>, KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, limit).at_broker(broker)?;
    let group = name(group)?;
    {
        let list = partitions.map(list_of);
        let list = list.as_ref().map_or(ptr::null_mut(), TopicPartitionList::ptr);
        // SAFETY: name and list are copied, null is "all"; destroyed below, after the call copied it.
        unsafe {
            let mut wanted = c::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), list);
            c::rd_kafka_ListConsumerGroupOffsets(request.client, &raw mut wanted, 1, request.options, request.queue);
            c::rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
        }
    }
    let answer = request.answer().await?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. The array belongs to it and has `count` entries; null errors are looked at inside.
    unsafe {
        let result = c::rd_kafka_event_ListConsumerGroupOffsets_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        let groups = c::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &raw mut count);
        if count == 0 {
            return Err(KafkaFailure::of(Code::GroupIdNotFound));
        }
        error_of(c::rd_kafka_group_result_error(*groups))?;
        Ok(lines(c::rd_kafka_group_result_partitions(*groups)))
    }
}

pub fn list_of(partitions: &[(&str, Vec<i32>)]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.iter().map(|(_, numbers)| numbers.len()).sum());
    for (topic, numbers) in partitions {
        for number in numbers {
            list.add_partition(topic, *number);
        }
    }
    list
}
