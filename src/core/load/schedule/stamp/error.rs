//! Why a text has no stamp, or none can be written.

use thiserror::Error;

use super::Stamp;

/// A payload without room for a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a payload of {payload} bytes has no room for the stamp of an event: at least {} are needed", Stamp::MINIMUM_PAYLOAD)]
pub struct PayloadTooSmall {
    pub payload: usize,
}

/// Why no sound stamp was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotStamped {
    /// No JSON object with an id of our form. In a channel that only a run writes to, that is damage too.
    #[error("the event is none of a load test")]
    NotOurs,
    /// It has such an id, but is not as it was sent. The stamp is there where the pad shows that the id is not what was damaged.
    #[error("the event of a load test is not as it was sent")]
    Corrupt { stamp: Option<Stamp> },
}
