//! The object that a record is about: an identifier that is whole.

use super::{Invalid, Limits};
use crate::core::channel::ChannelKey;
use crate::core::wire::IdentifierRef;

/// An identifier's four parts, none empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    app_id: &'a str,
    tag: &'a str,
    scope: &'a str,
    pub name: &'a str,
}

impl<'a> Object<'a> {
    /// The error is the name of the first part that is missing or empty.
    pub fn of(identifier: &IdentifierRef<'a>) -> Result<Self, &'static str> {
        let [app_id, tag, scope] = channel_parts(identifier)?;
        Ok(Self { app_id, tag, scope, name: whole(identifier.name, "name")? })
    }

    /// Whether every part is within its limit.
    pub fn check(&self, limits: &Limits) -> Result<(), Invalid> {
        let parts = [("app_id", self.app_id), ("tag", self.tag), ("scope", self.scope), ("name", self.name)];
        match parts.into_iter().find(|(_, part)| part.len() > limits.field_bytes) {
            Some((field, part)) => Err(Invalid::field_too_long(field, part.len(), limits.field_bytes)),
            None => Ok(()),
        }
    }

    /// Whether the record's key leaves this object its channel. A key that is empty, does not decode or names no whole channel
    /// says nothing, and neither does the name in it.
    pub fn agree_with(&self, key: &[u8]) -> Result<(), Invalid> {
        let Ok(identifier) = IdentifierRef::decode(key) else { return Ok(()) };
        let Ok(parts) = channel_parts(&identifier) else { return Ok(()) };
        let differences = [("app_id", self.app_id), ("tag", self.tag), ("scope", self.scope)].into_iter().zip(parts);
        match differences.into_iter().find(|((_, part), key_part)| part != key_part) {
            Some(((field, _), _)) => Err(Invalid::key_mismatch(field)),
            None => Ok(()),
        }
    }

    pub fn channel(&self) -> ChannelKey {
        ChannelKey::from_parts(self.app_id, self.tag, self.scope)
    }
}

fn channel_parts<'a>(identifier: &IdentifierRef<'a>) -> Result<[&'a str; 3], &'static str> {
    Ok([whole(identifier.app_id, "app_id")?, whole(identifier.tag, "tag")?, whole(identifier.scope, "scope")?])
}

fn whole<'a>(part: Option<&'a str>, field: &'static str) -> Result<&'a str, &'static str> {
    part.filter(|part| !part.is_empty()).ok_or(field)
}
