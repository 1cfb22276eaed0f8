//! Why a demo failed.

use std::io;
use std::time::Duration;

use crate::kafka::{ConnectError, KafkaFailure};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo needs a redis-server of its own, and none is installed: apt-get install redis-server")]
    NoRedis,
    #[error("{name} ended unexpectedly ({status}). The end of its log:\n{tail}")]
    ChildEnded { name: String, status: String, tail: String },
    #[error("{name} is not ready after {after:?}: {reason}. The end of its log:\n{tail}")]
    NotReady { name: String, after: Duration, reason: String, tail: String },
    #[error("{name} did not end within {after:?} and was killed. The end of its log:\n{tail}")]
    NotEnded { name: String, after: Duration, tail: String },
    #[error("the accounts do not add up")]
    Accounts,
    #[error("ended at once: no accounts were made")]
    Interrupted,
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("kafka: {0}")]
    Kafka(#[from] KafkaFailure),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    /// Nobody reads what is said any more.
    #[error(transparent)]
    Output(io::Error),
}

impl DemoError {
    /// For `map_err`: what was tried.
    pub fn io(what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.to_string(), source }
    }
}
