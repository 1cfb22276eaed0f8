//! Where logs end and start.

use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;

use super::group::by_topic;
use super::{ByTopic, Inspector};
use crate::core::offset::NextOffset;
use crate::kafka::failure::KafkaFailure;
use crate::kafka::raw::{self, Spec};

/// An edge of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEdge {
    /// The first offset that is still there.
    Start,
    /// The offset that the next record gets.
    HighWatermark,
    /// The first offset of a transaction that is not decided yet; the high watermark where there is none.
    LastStable,
}

impl Inspector {
    /// The edges of many logs at once: one request for each broker that leads some of them.
    ///
    /// # Errors
    /// What fails for all. What is not known of one partition is an error there, never 0: a broker that hangs costs its own only, at
    /// the end of the limit.
    pub async fn edges(
        &self,
        partitions: &[(&str, Vec<i32>)],
        edge: LogEdge,
        limit: Duration,
    ) -> Result<ByTopic<NextOffset>, KafkaFailure> {
        if partitions.iter().all(|(_, numbers)| numbers.is_empty()) {
            return Ok(ByTopic::new());
        }
        let spec = match edge {
            LogEdge::Start => Spec::Start,
            LogEdge::HighWatermark => Spec::HighWatermark,
            LogEdge::LastStable => Spec::LastStable,
        };
        let lines = self.within(limit, raw::list_offsets(self.client(), partitions, spec, limit)).await?;
        // The library leaves those of a broker that did not answer without an offset and without an error.
        let unanswered = || KafkaFailure::new(Code::OperationTimedOut, format!("the leader did not answer within {limit:?}"));
        Ok(by_topic(lines, |offset| NextOffset::at(offset).ok_or_else(unanswered)))
    }
}
