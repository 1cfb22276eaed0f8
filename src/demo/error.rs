//! Why a demo failed.

use std::io;

use crate::kafka::{ConnectError, KafkaFailure};
use crate::local::LocalError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the accounts do not add up")]
    Accounts,
    #[error("ended at once: no accounts were made")]
    Interrupted,
    #[error(transparent)]
    Local(#[from] LocalError),
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
