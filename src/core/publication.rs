//! An event on its way into Kafka: checked by the worker's own rules, so that what is published is never a dead letter.

use prost::Message;

use super::channel::Channel;
use super::decode::{self, Invalid, Limits};
use super::tag_data::{TagData, TagDataObjectIdentifier};
use super::wire::IdentifierRef;

/// What the key of a record names. The partition is named by the channel under either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyForm {
    /// The channel: the identifier with `name` cleared.
    #[default]
    Channel,
    /// The object: the whole identifier.
    Object,
}

/// A record that a worker will apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    tag_data: TagData,
    form: KeyForm,
    key: Box<[u8]>,
    value: Box<[u8]>,
    /// Of the channel's key, 31 bits.
    hash: u32,
    bytes: usize,
}

impl Publication {
    /// # Errors
    /// The event itself and the reason for which a worker would dead-letter its record.
    pub fn new(tag_data: TagData, form: KeyForm, limits: &Limits) -> Result<Self, Box<(TagData, Invalid)>> {
        let Some(identifier) = tag_data.identifier.as_ref() else {
            return Err(Box::new((tag_data, Invalid::no_identifier())));
        };
        let channel = match decode::check_object(&borrowed(identifier), limits) {
            Ok(channel) => channel,
            Err(invalid) => return Err(Box::new((tag_data, invalid))),
        };
        let hash = channel.hash();
        let key = match form {
            KeyForm::Channel => channel.into_bytes(),
            KeyForm::Object => identifier.encode_to_vec().into_boxed_slice(),
        };
        let value = tag_data.encode_to_vec().into_boxed_slice();
        let bytes = key.len() + value.len();
        if bytes > limits.record_bytes {
            return Err(Box::new((tag_data, Invalid::record_too_large(bytes, limits.record_bytes))));
        }
        Ok(Self { tag_data, form, key, value, hash, bytes })
    }

    pub fn tag_data(&self) -> &TagData {
        &self.tag_data
    }

    pub fn into_tag_data(self) -> TagData {
        self.tag_data
    }

    pub fn form(&self) -> KeyForm {
        self.form
    }

    /// The record's key.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The record's value: a `TagData`.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Somebody else has the record's bytes now: key and value are empty from here on.
    pub fn forget_bytes(&mut self) {
        (self.key, self.value) = Default::default();
    }

    /// Of the channel's key, whatever the form of the record's: it names the partition.
    pub fn hash(&self) -> u32 {
        self.hash
    }

    /// Key and value together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The object that an event is about, for a sentence: channel and name, as far as they are there.
pub fn object_of(tag_data: &TagData) -> String {
    let Some(identifier) = &tag_data.identifier else { return "an event without an identifier".to_owned() };
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let channel = Channel { app_id: part(&identifier.app_id), tag: part(&identifier.tag), scope: part(&identifier.scope) };
    format!("{channel} {:?}", part(&identifier.name))
}

fn borrowed(identifier: &TagDataObjectIdentifier) -> IdentifierRef<'_> {
    IdentifierRef {
        app_id: identifier.app_id.as_deref(),
        tag: identifier.tag.as_deref(),
        scope: identifier.scope.as_deref(),
        name: identifier.name.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decode::{Codec, Input, Reason, decode};
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { field_bytes: 8, record_bytes: 60 };

    fn event([app_id, tag, scope, name]: [Option<String>; 4], data: &str) -> TagData {
        let identifier = Some(TagDataObjectIdentifier { app_id, tag, scope, name });
        TagData { identifier, deleted: None, lifetime: Some(60), data: Some(data.to_owned()) }
    }

    fn good(name: &str) -> TagData {
        event(["app", "t", "system", name].map(|part| Some(part.to_owned())), "1")
    }

    #[test]
    fn the_partition_is_named_by_the_channel_under_either_key() {
        let channel = Channel::new("app", "t", "system").unwrap().key();
        let by_channel = Publication::new(good("a"), KeyForm::Channel, &LIMITS).unwrap();
        assert_eq!((by_channel.key(), by_channel.hash()), (channel.as_bytes(), channel.hash()));
        let deletion = TagData { deleted: Some(true), data: None, ..good("b") };
        let by_object = Publication::new(deletion.clone(), KeyForm::Object, &LIMITS).unwrap();
        assert_eq!((by_object.key(), by_object.hash()), (&*deletion.identifier.unwrap().encode_to_vec(), channel.hash()));
    }

    #[test]
    fn an_invalid_event_comes_back_with_its_reason() {
        let reason = |event: TagData| {
            let (back, invalid) = *Publication::new(event.clone(), KeyForm::Channel, &LIMITS).unwrap_err();
            assert_eq!(back, event);
            invalid.reason
        };
        assert_eq!(reason(TagData::default()), Reason::NoIdentifier);
        assert_eq!(reason(good("")), Reason::EmptyField);
        assert_eq!(reason(good("123456789")), Reason::FieldTooLong);
        assert_eq!(reason(TagData { data: Some("x".repeat(60)), ..good("a") }), Reason::RecordTooLarge);
    }

    #[test]
    fn an_event_is_named_as_far_as_it_goes() {
        assert_eq!(object_of(&good("a/b")), "app/t/system \"a/b\"");
        assert_eq!(object_of(&TagData::default()), "an event without an identifier");
    }

    proptest! {
        #[test]
        fn what_is_published_is_just_what_a_worker_applies(
            parts in prop::array::uniform4(prop::option::of("[a-c]{0,9}")),
            data in "[a-z]{0,40}",
            deleted in any::<Option<bool>>(),
            by_object in any::<bool>(),
        ) {
            let form = if by_object { KeyForm::Object } else { KeyForm::Channel };
            let event = TagData { deleted, ..event(parts, &data) };
            let mut named = event.identifier.clone().unwrap_or_default();
            if form == KeyForm::Channel {
                named.name = None;
            }
            let (key, value) = (named.encode_to_vec(), event.encode_to_vec());
            let published = Publication::new(event, form, &LIMITS);
            let applied = decode(&Input { key: Some(&key), value: Some(&value), content_type: None }, Codec::Proto, &LIMITS);
            prop_assert_eq!(published.is_ok(), applied.is_ok());
            if let (Ok(publication), Ok(applied)) = (published, applied) {
                prop_assert_eq!((publication.key(), publication.value()), (&*key, &*value));
                prop_assert_eq!(publication.hash(), applied.channel.hash());
            }
        }
    }
}
