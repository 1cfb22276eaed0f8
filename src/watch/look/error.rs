//! Why there is no sample.

use crate::kafka::{KafkaFailure, TopicError};

/// What could not be read at all. Single partitions that could not be read are unknown in the sample instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    #[error(transparent)]
    Topic(TopicError),
    #[error("committed offsets of group {group}: {failure}")]
    Committed { group: String, failure: KafkaFailure },
    #[error("log ends of topic {topic}: {failure}")]
    Ends { topic: String, failure: KafkaFailure },
}

impl LookError {
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Topic(error) => error.is_retryable(),
            Self::Committed { failure, .. } | Self::Ends { failure, .. } => failure.is_retryable(),
        }
    }
}
