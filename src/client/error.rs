//! Why there is no answer.

use std::convert::Infallible;

use crate::config::InvalidRedisUrl;
use crate::core::channel::Channel;
use crate::core::entry_id::EntryId;
use crate::store::StoreError;
use crate::store::layout::LayoutError;

/// A failed connection or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    #[error(transparent)]
    Url(#[from] InvalidRedisUrl),
    #[error("no layout under prefix {prefix:?}: has a worker run?")]
    NoLayout { prefix: String },
    /// The layout is of another format, or is being rebuilt.
    #[error(transparent)]
    Layout(LayoutError),
    /// The channels are elsewhere since: connect again.
    #[error("the layout under prefix {prefix:?} has {now} slices, and had {before}: connect again")]
    LayoutChanged { prefix: String, before: u32, now: u32 },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What Redis holds for an object is none.
    #[error("channel {channel}, object {name:?}: no TagDataEnvelope: {reason}")]
    UndecodableObject { channel: Channel, name: String, reason: String },
    /// What stands in a stream is no delta.
    #[error("channel {channel}, entry {id}: no Delta: {reason}")]
    UndecodableEntry { channel: Channel, id: EntryId, reason: String },
}

impl ClientError {
    /// Whether the same call may go through later without anybody's action.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable() && !error.needs_action())
    }
}

impl From<LayoutError> for ClientError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Store(error) => Self::Store(error),
            error => Self::Layout(error),
        }
    }
}

/// Settings that are given as settings can not be misread.
impl From<Infallible> for ClientError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
