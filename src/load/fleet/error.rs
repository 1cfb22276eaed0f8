//! Why there is no fleet.

use std::io;

use super::sink::InvalidFaults;
use crate::kafka::{ConnectError, KafkaFailure};

#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    #[error(transparent)]
    Kafka(#[from] ConnectError),
    /// A connection of one of the many could not be made or logged in.
    #[error("connect to partition {partition} of {topic} at {brokers}: {reason}")]
    Unreachable { brokers: String, topic: String, partition: i32, reason: String },
    /// A client of the few does not learn of the topic.
    #[error("{topic} at {brokers}: {failure}")]
    Topic { brokers: String, topic: String, failure: KafkaFailure },
    #[error("kafka.security: {0}")]
    Security(String),
    #[error("a fleet needs at least one {0}")]
    None(&'static str),
    #[error("fault of the sink: {0}")]
    Faults(#[from] InvalidFaults),
    #[error("thread of the fleet: {0}")]
    Thread(io::Error),
}
