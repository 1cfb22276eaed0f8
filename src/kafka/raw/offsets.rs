//! Ends and starts of logs, asked of their leaders.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::bindings as c;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::admin::error_of;
use super::awaited::Awaited;
use super::group::list_of;
use super::list::{Line, line};
use crate::kafka::context::Native;
use crate::kafka::failure::KafkaFailure;

/// Which offset of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spec {
    Start,
    HighWatermark,
    LastStable,
}

/// One request for each broker that leads some of the partitions; those of a broker that does not answer have no offset.
pub async fn list_offsets(
    client: Arc<Native>,
    partitions: &[(&str, Vec<i32>)],
    spec: Spec,
    limit: Duration,
) -> Result<Vec<Line>, KafkaFailure> {
    let request = Awaited::new(&client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS, limit);
    {
        let mut list = list_of(partitions);
        let offset = if spec == Spec::Start { Offset::Beginning } else { Offset::End };
        list.set_all_offsets(offset).map_err(|error| KafkaFailure::of_error(&error))?;
        let isolation = match spec {
            Spec::LastStable => c::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED,
            Spec::Start | Spec::HighWatermark => c::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED,
        };
        // SAFETY: options, list, client and queue are alive; the list is copied; a refusal of the option is ours to destroy.
        unsafe {
            let refused = c::rd_kafka_AdminOptions_set_isolation_level(request.options, isolation);
            let accepted = error_of(refused);
            if !refused.is_null() {
                c::rd_kafka_error_destroy(refused);
            }
            accepted?;
            c::rd_kafka_ListOffsets(request.client, list.ptr(), request.options, request.queue);
        }
    }
    let answer = request.answer().await?;
    let mut count = 0;
    // SAFETY: the event is alive and of this kind. The array belongs to it and has `count` entries, each with a live line.
    unsafe {
        let result = c::rd_kafka_event_ListOffsets_result(answer.0);
        if result.is_null() {
            return Err(KafkaFailure::of(Code::Fail));
        }
        let found = c::rd_kafka_ListOffsets_result_infos(result, &raw mut count);
        let line = |index| line(c::rd_kafka_ListOffsetsResultInfo_topic_partition(*found.add(index)));
        Ok((0..count).map(line).collect())
    }
}
