//! Why a record goes to the dead letters.

use std::fmt;

use crate::core::json::JsonError;
use crate::core::wire::WireError;

/// A record that is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Invalid {
    pub reason: Reason,
    /// A sentence that says what is wrong and where, of bounded length. It names fields, and of a JSON value may quote a little.
    pub error: String,
}

/// The fixed codes of the dead letters' header `shasta-reason`, also the values of a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Key and value together are over the limit.
    RecordTooLarge,
    /// The value is no `TagData`: a wrong wire type, truncated, not UTF-8.
    UndecodableValue,
    /// The value is no JSON, or not of an event.
    UndecodableJson,
    /// The value has no identifier.
    NoIdentifier,
    /// A part of the value's identifier is missing or empty.
    EmptyField,
    /// A part of the identifier is over the limit.
    FieldTooLong,
    /// The key names another whole channel than the value.
    KeyMismatch,
    /// Without a value the key has to name a whole channel and an object, and does not.
    EmptyValueWithoutObjectKey,
    /// Redis holds something else than a hash or a stream where the channel's keys are.
    WrongType,
}

impl Reason {
    pub const ALL: [Self; 9] = [
        Self::RecordTooLarge,
        Self::UndecodableValue,
        Self::UndecodableJson,
        Self::NoIdentifier,
        Self::EmptyField,
        Self::FieldTooLong,
        Self::KeyMismatch,
        Self::EmptyValueWithoutObjectKey,
        Self::WrongType,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordTooLarge => "record_too_large",
            Self::UndecodableValue => "undecodable_value",
            Self::UndecodableJson => "undecodable_json",
            Self::NoIdentifier => "no_identifier",
            Self::EmptyField => "empty_field",
            Self::FieldTooLong => "field_too_long",
            Self::KeyMismatch => "key_mismatch",
            Self::EmptyValueWithoutObjectKey => "empty_value_without_object_key",
            Self::WrongType => "wrong_type",
        }
    }

    /// Whether the record is invalid by itself, at every reading, and not for what Redis held: a replay need not send it again.
    pub const fn is_of_the_record(self) -> bool {
        !matches!(self, Self::WrongType)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Invalid {
    pub(in crate::core) fn record_too_large(bytes: usize, limit: usize) -> Self {
        Self::new(Reason::RecordTooLarge, format!("key and value are {bytes} bytes, the limit is {limit}"))
    }

    pub(super) fn undecodable_value(error: &WireError) -> Self {
        Self::new(Reason::UndecodableValue, format!("the value is no TagData: {error}"))
    }

    pub(super) fn undecodable_json(error: &JsonError) -> Self {
        Self::new(Reason::UndecodableJson, format!("the value is no TagData in JSON: {error}"))
    }

    pub(in crate::core) fn no_identifier() -> Self {
        Self::new(Reason::NoIdentifier, "the value has no identifier".to_owned())
    }

    pub(super) fn empty_field(field: &'static str) -> Self {
        Self::new(Reason::EmptyField, format!("the value's identifier.{field} is missing or empty"))
    }

    pub(super) fn field_too_long(field: &'static str, bytes: usize, limit: usize) -> Self {
        Self::new(Reason::FieldTooLong, format!("identifier.{field} is {bytes} bytes of UTF-8, the limit is {limit}"))
    }

    pub(super) fn key_mismatch(field: &'static str) -> Self {
        Self::new(Reason::KeyMismatch, format!("the key names another channel than the value: their {field} differs"))
    }

    pub(super) fn undecodable_object_key(error: &WireError) -> Self {
        Self::new(Reason::EmptyValueWithoutObjectKey, format!("the value is empty and the key is no identifier: {error}"))
    }

    pub(super) fn no_object_key(field: &'static str) -> Self {
        let error = format!("the value is empty and the key names no object: its {field} is missing or empty");
        Self::new(Reason::EmptyValueWithoutObjectKey, error)
    }

    fn new(reason: Reason, error: String) -> Self {
        Self { reason, error }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }
}
