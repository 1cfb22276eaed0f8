//! The two things that an operator changes about a topic's log.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;

use super::Inspector;
use crate::core::offset::NextOffset;
use crate::kafka::failure::KafkaFailure;
use crate::kafka::raw;

const RETENTION: &str = "retention.ms";

impl Inspector {
    /// Deletes the records below an offset of each partition, as retention does. The answer is where the logs start then.
    ///
    /// # Errors
    /// What fails for all, or that nobody answered in time: whether it was done is then unknown.
    pub async fn delete_records(
        &self,
        topic: &str,
        before: &[(i32, NextOffset)],
        limit: Duration,
    ) -> Result<BTreeMap<i32, Result<NextOffset, KafkaFailure>>, KafkaFailure> {
        let before: Vec<(i32, i64)> = before.iter().map(|(partition, offset)| (*partition, offset.get())).collect();
        let lines = self.within(limit, raw::delete_records(self.client(), topic, &before, limit)).await?;
        let start = |offset| NextOffset::at(offset).ok_or_else(|| KafkaFailure::of(Code::OffsetNotAvailable));
        Ok(lines.into_iter().map(|line| (line.partition, line.offset.map_err(KafkaFailure::of).and_then(start))).collect())
    }

    /// Sets how long a topic keeps its records, in milliseconds (-1: for ever); `None` gives it back to the cluster's default. Nothing
    /// else of the topic changes.
    ///
    /// # Errors
    /// What the broker answers, or that it does not in time: whether it was done is then unknown.
    pub async fn set_retention(&self, topic: &str, milliseconds: Option<i64>, limit: Duration) -> Result<(), KafkaFailure> {
        let value = milliseconds.map(|milliseconds| milliseconds.to_string());
        self.within(limit, raw::set_topic_setting(self.client(), topic, RETENTION, value.as_deref(), limit)).await
    }
}
