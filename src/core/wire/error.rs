//! What is wrong with bytes that are no message.

use super::field::WireType;

/// Bytes that do not decode, with the place of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}, at byte {at}")]
pub struct WireError {
    /// Bytes from the start of the message that was given, to the field or the byte at fault.
    pub at: usize,
    pub problem: Problem,
}

/// The fault itself. Where a field is named, it is a known one, by its path in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the message ends within a field")]
    Truncated,
    #[error("a varint does not end or is over 64 bits")]
    InvalidVarint,
    #[error("a field's key is over 32 bits")]
    InvalidKey,
    #[error("field number 0")]
    FieldZero,
    #[error("wire type {0}, which does not exist")]
    InvalidWireType(u8),
    #[error("the end of a group that was not begun")]
    UnexpectedGroupEnd,
    #[error("groups are nested too deep")]
    TooDeep,
    #[error("{field} has wire type {found:?} instead of {expected:?}")]
    WrongWireType { field: &'static str, expected: WireType, found: WireType },
    #[error("{field} is not UTF-8")]
    NotUtf8 { field: &'static str },
    #[error("{field} is there twice")]
    Repeated { field: &'static str },
}
