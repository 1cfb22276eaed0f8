//! Why there is no answer.

use crate::store::StoreError;
use crate::store::layout::LayoutError;

/// A failed connection or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no layout under prefix {prefix:?}: has a worker run?")]
    NoLayout { prefix: String },
    /// The layout is of another format, or is being rebuilt.
    #[error(transparent)]
    Layout(LayoutError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What Redis holds for an object is none.
    #[error("channel {channel}, object {name:?}: no TagDataEnvelope: {reason}")]
    Undecodable { channel: String, name: String, reason: String },
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
