//! Why a load test could not be run, or not to its end.

use super::fleet::FleetError;
use super::host::HostError;
use super::raw::RawError;
use crate::client::ClientError;
use crate::kafka::{ConnectError, KafkaFailure, TopicError};
use crate::local::LocalError;
use crate::store::StoreError;
use crate::store::layout::LayoutError;

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Kafka(#[from] ConnectError),
    #[error("kafka at {brokers}: {error}")]
    Topic { brokers: String, error: TopicError },
    #[error("topic {topic}: {failure}")]
    Log { topic: String, failure: KafkaFailure },
    #[error(transparent)]
    Fleet(#[from] FleetError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// No worker ever ran with this Redis: nothing would be stored.
    #[error("redis has no layout under {prefix:?}: no worker has run there yet; start one, or test without: --level kafka")]
    NoLayout { prefix: String },
    #[error(transparent)]
    Follower(#[from] ClientError),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Local(#[from] LocalError),
    /// A command that was given to stop or start the workers.
    #[error("{line:?} failed: {reason}")]
    Command { line: String, reason: String },
    #[error(transparent)]
    Raw(#[from] RawError),
    #[error("workers' endpoints: {0}")]
    Endpoints(#[from] reqwest::Error),
    #[error("{events} events need about {needed_bytes} bytes here, and {free_bytes} are free: a shorter run, or several load hosts")]
    Memory { events: u64, needed_bytes: u64, free_bytes: u64 },
}

impl LoadError {
    /// Whether a dependency is missing that may come back; everything else is wrong until somebody changes it.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Topic { error, .. } => error.is_retryable(),
            Self::Log { failure, .. } => failure.is_retryable(),
            Self::Store(error) => error.is_retryable() && !error.needs_action(),
            Self::Follower(error) => error.is_retryable(),
            Self::Fleet(error) => matches!(error, FleetError::Unreachable { .. }),
            _ => false,
        }
    }
}
