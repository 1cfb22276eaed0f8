//! One record of Kafka becomes one event, or is invalid for one reason.
//!
//! The value decides: it names the object, and is stored as it was published. The key is believed only where it is whole, and
//! then only as far as the channel: publishers key by the channel or by the object. Where there is no value the key is all there
//! is, and the object it names is deleted.

mod codec;
mod invalid;
mod object;

use std::borrow::Cow;

use object::Object;

use super::channel::ChannelKey;
use super::json;
use super::wire::{IdentifierRef, TagDataRef};

pub use codec::Codec;
pub use invalid::{Invalid, Reason};

/// What a record may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest `app_id`, `tag`, `scope` and `name`, each in bytes of UTF-8.
    pub field_bytes: usize,
    /// Key and value of a record together, in bytes.
    pub record_bytes: usize,
}

/// A record's parts that matter, borrowed from the consumer. An absent part and an empty one mean the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Input<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    /// The value of the record's last `content-type` header.
    pub content_type: Option<&'a [u8]>,
}

/// What happened to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub channel: ChannelKey,
    /// The object within the channel, not empty.
    pub name: Box<str>,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The bytes of the `TagData` as they are stored: as published, or encoded from JSON.
    Set(Box<[u8]>),
    /// The object is gone.
    Delete,
}

impl Default for Limits {
    fn default() -> Self {
        Self { field_bytes: 256, record_bytes: 1024 * 1024 }
    }
}

/// Reads a record of a topic whose configured codec is `codec`; the record's own content type goes before it.
pub fn decode(input: &Input<'_>, codec: Codec, limits: &Limits) -> Result<Event, Invalid> {
    let (key, value) = (input.key.unwrap_or_default(), input.value.unwrap_or_default());
    let size = key.len() + value.len();
    if size > limits.record_bytes {
        return Err(Invalid::record_too_large(size, limits.record_bytes));
    }
    if value.is_empty() {
        return deletion(key, limits);
    }
    let stored = match codec.of_record(input.content_type) {
        Codec::Proto => Cow::Borrowed(value),
        Codec::Json => Cow::Owned(json::to_proto(value).map_err(|error| Invalid::undecodable_json(&error))?),
    };
    let tag_data = TagDataRef::decode(&stored).map_err(|error| Invalid::undecodable_value(&error))?;
    let identifier = tag_data.identifier().ok_or_else(Invalid::no_identifier)?;
    let object = Object::of(&identifier).map_err(Invalid::empty_field)?;
    object.check(limits)?;
    object.agree_with(key)?;
    let deleted = tag_data.deleted == Some(true);
    let (channel, name) = (object.channel(), Box::from(object.name));
    let change = if deleted { Change::Delete } else { Change::Set(stored.into_owned().into_boxed_slice()) };
    Ok(Event { channel, name, change })
}

/// The channel of an object, where a record about it is no fault of its identifier's: whole, and within the limits.
pub(super) fn check_object(identifier: &IdentifierRef<'_>, limits: &Limits) -> Result<ChannelKey, Invalid> {
    let object = Object::of(identifier).map_err(Invalid::empty_field)?;
    object.check(limits)?;
    Ok(object.channel())
}

/// A record without a value deletes the object that its key names.
fn deletion(key: &[u8], limits: &Limits) -> Result<Event, Invalid> {
    let identifier = IdentifierRef::decode(key).map_err(|error| Invalid::undecodable_object_key(&error))?;
    let object = Object::of(&identifier).map_err(Invalid::no_object_key)?;
    object.check(limits)?;
    Ok(Event { channel: object.channel(), name: Box::from(object.name), change: Change::Delete })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::channel::Channel;
    use crate::core::tag_data::{TagData, TagDataObjectIdentifier};
    use crate::core::wire::put_text;
    use proptest::prelude::*;
    use prost::Message;

    /// An identifier of these parts, an empty one written as empty.
    fn identifier(parts: &[(u32, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        parts.iter().for_each(|(number, part)| put_text(*number, part, &mut out));
        out
    }

    fn object_key(name: &str) -> Vec<u8> {
        identifier(&[(1, "app"), (2, "room"), (3, "system"), (4, name)])
    }

    fn channel_key() -> Vec<u8> {
        identifier(&[(1, "app"), (2, "room"), (3, "system")])
    }

    fn event(parts: [&str; 4], deleted: Option<bool>) -> TagData {
        let [app_id, tag, scope, name] = parts.map(|part| Some(part.to_owned()));
        let identifier = Some(TagDataObjectIdentifier { app_id, tag, scope, name });
        TagData { identifier, deleted, lifetime: Some(60), data: Some("{\"x\":1}".to_owned()) }
    }

    fn good() -> Vec<u8> {
        event(["app", "room", "system", "n/1"], None).encode_to_vec()
    }

    fn read(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Event, Invalid> {
        decode(&Input { key, value, content_type: None }, Codec::Proto, &Limits::default())
    }

    fn refused(key: Option<&[u8]>, value: Option<&[u8]>) -> (Reason, String) {
        let Invalid { reason, error } = read(key, value).unwrap_err();
        (reason, error)
    }

    fn is(change: Change) -> Event {
        Event { channel: Channel::new("app", "room", "system").unwrap().key(), name: "n/1".into(), change }
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![5 => "\\PC{1,12}", 1 => any::<String>(), 1 => "x{250,260}"]
    }

    fn events() -> impl Strategy<Value = TagData> {
        ([texts(), texts(), texts(), texts()], any::<Option<bool>>(), any::<Option<u32>>(), any::<Option<String>>()).prop_map(
            |(parts, deleted, lifetime, data)| {
                let [app_id, tag, scope, name] = parts.map(Some);
                let identifier = Some(TagDataObjectIdentifier { app_id, tag, scope, name });
                TagData { identifier, deleted, lifetime, data }
            },
        )
    }

    #[test]
    fn a_key_decides_nothing_but_that_it_may_not_name_another_channel() {
        let value = good();
        let agrees: [(&str, Option<Vec<u8>>); 12] = [
            ("no key", None),
            ("an empty one", Some(vec![])),
            ("the channel", Some(channel_key())),
            ("the channel, with an empty name", Some(object_key(""))),
            ("the whole identifier", Some(object_key("n/1"))),
            ("another object of the channel", Some(object_key("n/2"))),
            ("the channel in another order", Some(identifier(&[(3, "system"), (2, "room"), (1, "app")]))),
            ("an unknown field", Some([channel_key(), b"\x30\x01".to_vec()].concat())),
            ("not an identifier", Some(b"\xff\xff".to_vec())),
            ("truncated", Some(channel_key()[..7].to_vec())),
            ("a part of another channel", Some(identifier(&[(1, "other"), (2, "room")]))),
            ("an empty part", Some(identifier(&[(1, "other"), (2, "room"), (3, "")]))),
        ];
        for (what, key) in agrees {
            assert_eq!(read(key.as_deref(), Some(&value)), Ok(is(Change::Set(value.clone().into()))), "{what}");
        }
        for (field, parts) in [
            ("app_id", [(1, "App"), (2, "room"), (3, "system")]),
            ("tag", [(1, "app"), (2, "room2"), (3, "system")]),
            ("scope", [(1, "app"), (2, "room"), (3, "application")]),
        ] {
            let error = format!("the key names another channel than the value: their {field} differs");
            let deletion = event(["app", "room", "system", "n/1"], Some(true)).encode_to_vec();
            for value in [&value, &deletion] {
                assert_eq!(refused(Some(&identifier(&parts)), Some(value)), (Reason::KeyMismatch, error.clone()));
            }
        }
    }

    #[test]
    fn without_a_value_the_key_has_to_name_an_object() {
        let object = object_key("n/1");
        let long = object_key(&"n".repeat(257));
        for value in [None, Some(&b""[..])] {
            assert_eq!(read(Some(&object), value), Ok(is(Change::Delete)));
            let refused = |key: Option<&[u8]>| refused(key, value);
            let nameless = "the value is empty and the key names no object: its name is missing or empty";
            assert_eq!(refused(Some(&channel_key())), (Reason::EmptyValueWithoutObjectKey, nameless.to_owned()));
            assert_eq!(refused(Some(&object_key(""))).0, Reason::EmptyValueWithoutObjectKey);
            assert_eq!(refused(Some(&identifier(&[(1, "app"), (3, "s"), (4, "n")]))).0, Reason::EmptyValueWithoutObjectKey);
            let truncated = "the value is empty and the key is no identifier: the message ends within a field, at byte 21";
            assert_eq!(refused(Some(&object[..object.len() - 1])), (Reason::EmptyValueWithoutObjectKey, truncated.to_owned()));
            assert_eq!(refused(Some(&long)).0, Reason::FieldTooLong);
            assert_eq!(refused(Some(b"")).0, Reason::EmptyValueWithoutObjectKey);
            assert_eq!(refused(None).0, Reason::EmptyValueWithoutObjectKey);
        }
    }

    #[test]
    fn only_deleted_true_deletes() {
        let parts = ["app", "room", "system", "n/1"];
        assert_eq!(read(None, Some(&event(parts, Some(true)).encode_to_vec())), Ok(is(Change::Delete)));
        let kept = event(parts, Some(false)).encode_to_vec();
        assert_eq!(read(None, Some(&kept)), Ok(is(Change::Set(kept.clone().into()))));
    }

    #[test]
    fn an_invalid_value_is_refused_with_its_reason() {
        let value = |parts| event(parts, None).encode_to_vec();
        let nameless = event(["app", "room", "system", "n"], None);
        let nameless = TagData { identifier: Some(TagDataObjectIdentifier { name: None, ..nameless.identifier.unwrap() }), ..nameless };
        for (value, reason, error) in [
            (b"\x18\x01".to_vec(), Reason::NoIdentifier, "the value has no identifier"),
            (b"\x0a\x00".to_vec(), Reason::EmptyField, "the value's identifier.app_id is missing or empty"),
            (nameless.encode_to_vec(), Reason::EmptyField, "the value's identifier.name is missing or empty"),
            (value(["", "t", "s", "n"]), Reason::EmptyField, "the value's identifier.app_id is missing or empty"),
            (value(["a", "", "s", "n"]), Reason::EmptyField, "the value's identifier.tag is missing or empty"),
            (value(["a", "t", "", "n"]), Reason::EmptyField, "the value's identifier.scope is missing or empty"),
            (value(["a", "t", "s", ""]), Reason::EmptyField, "the value's identifier.name is missing or empty"),
            (
                b"\x08\x01".to_vec(),
                Reason::UndecodableValue,
                "the value is no TagData: identifier has wire type Varint instead of LengthDelimited, at byte 0",
            ),
        ] {
            // A whole key does not help a value that is not.
            assert_eq!(refused(Some(&object_key("n/1")), Some(&value)), (reason, error.to_owned()));
        }
    }

    #[test]
    fn limits_count_bytes_of_utf8_and_hold_exactly() {
        let fits = "ü".repeat(128);
        let over = format!("{fits}x");
        for field in 0..4 {
            let value = |part| {
                let mut parts = ["a", "t", "s", "n"];
                parts[field] = part;
                event(parts, None).encode_to_vec()
            };
            assert!(read(None, Some(&value(&fits))).is_ok());
            let (reason, error) = refused(None, Some(&value(&over)));
            let name = ["app_id", "tag", "scope", "name"][field];
            assert_eq!((reason, error), (Reason::FieldTooLong, format!("identifier.{name} is 257 bytes of UTF-8, the limit is 256")));
        }
    }

    #[test]
    fn the_record_limit_is_of_key_and_value_together() {
        let (key, value) = (channel_key(), good());
        let record_bytes = key.len() + value.len();
        let input = Input { key: Some(&key), value: Some(&value), content_type: None };
        let read = |record_bytes| decode(&input, Codec::Proto, &Limits { record_bytes, ..Limits::default() });
        assert!(read(record_bytes).is_ok());
        assert_eq!(read(record_bytes - 1).unwrap_err().reason, Reason::RecordTooLarge);
        assert_eq!(Limits::default(), Limits { field_bytes: 256, record_bytes: 1_048_576 });
    }

    #[test]
    fn the_content_type_of_a_record_or_the_codec_of_its_topic_say_json() {
        let json = br#"{"identifier":{"appId":"app","tag":"room","scope":"system","name":"n/1"},"lifetime":"60","data":"{\"x\":1}"}"#;
        let (json, proto) = (Some(&json[..]), good());
        let read = |value, content_type, codec| decode(&Input { key: None, value, content_type }, codec, &Limits::default());
        let expected = Ok(is(Change::Set(proto.clone().into())));
        let [json_type, proto_type] = [Some(&b"application/JSON;v=1"[..]), Some(&b"application/x-protobuf"[..])];
        for (value, content_type, codec) in [
            (json, json_type, Codec::Proto),
            (json, None, Codec::Json),
            (json, Some(b"text/plain"), Codec::Json),
            (Some(&proto), proto_type, Codec::Json),
            (Some(&proto), None, Codec::Proto),
        ] {
            assert_eq!(read(value, content_type, codec), expected);
        }
        assert_eq!(read(json, None, Codec::Proto).unwrap_err().reason, Reason::UndecodableValue);
        let Invalid { reason, error } = read(Some(&proto), None, Codec::Json).unwrap_err();
        assert_eq!((reason, &*error), (Reason::UndecodableJson, "the value is no TagData in JSON: expected value at line 2 column 1"));
        assert_eq!(read(Some(b"{}"), None, Codec::Json).unwrap_err().reason, Reason::NoIdentifier);
        // A deletion by key has no value, hence no codec.
        let key = object_key("n/1");
        assert_eq!(
            decode(&Input { key: Some(&key), value: None, content_type: json_type }, Codec::Json, &Limits::default()),
            Ok(is(Change::Delete))
        );
    }

    proptest! {
        #![proptest_config(crate::core::properties::at_least(2_000))]

        #[test]
        fn an_event_is_stored_as_published_whatever_it_came_as(event in events(), unknown in 5u32..1000, text in "\\PC{0,9}") {
            let published = event.encode_to_vec();
            let tag_data = TagDataRef::decode(&published).unwrap();
            let from_proto = read(None, Some(&published));
            let from_json = decode(&Input { value: Some(json::to_json(&tag_data).as_bytes()), ..Input::default() }, Codec::Json, &Limits::default());
            prop_assert_eq!(&from_json, &from_proto);
            let mut with_unknown = published.clone();
            put_text(unknown, &text, &mut with_unknown);
            match (from_proto, read(None, Some(&with_unknown))) {
                (Ok(event), Ok(newer)) => {
                    let identifier = tag_data.identifier().unwrap();
                    let [app_id, tag, scope, name] = [identifier.app_id, identifier.tag, identifier.scope, identifier.name].map(Option::unwrap);
                    prop_assert_eq!((&event.channel, &*event.name), (&Channel::new(app_id, tag, scope).unwrap().key(), name));
                    let deleted = tag_data.deleted == Some(true);
                    let change = |bytes: Vec<u8>| if deleted { Change::Delete } else { Change::Set(bytes.into()) };
                    prop_assert_eq!(event.change, change(published));
                    prop_assert_eq!(newer.change, change(with_unknown));
                }
                (Err(_), Err(_)) => {
                    let over = |part: &Option<String>| part.as_ref().is_none_or(|part| part.is_empty() || part.len() > 256);
                    let identifier = event.identifier.unwrap();
                    prop_assert!([&identifier.app_id, &identifier.tag, &identifier.scope, &identifier.name].into_iter().any(over));
                }
                (old, newer) => prop_assert!(false, "{old:?} {newer:?}"),
            }
        }

        #[test]
        fn no_record_panics_and_what_is_read_is_within_the_rules(
            key in prop::option::of(prop_oneof![prop::collection::vec(any::<u8>(), 0..20), texts().prop_map(|name| object_key(&name))]),
            value in prop::option::of(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                events().prop_map(|event| event.encode_to_vec()),
                events().prop_map(|event| json::to_json(&TagDataRef::decode(&event.encode_to_vec()).unwrap()).into_bytes()),
            ]),
            content_type in prop::option::of(prop_oneof![Just(b"application/json".to_vec()), prop::collection::vec(any::<u8>(), 0..20)]),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let mut value = value;
            for (index, byte) in changes {
                if let Some(value) = value.as_mut().filter(|value| !value.is_empty()) {
                    let index = index.index(value.len());
                    value[index] = byte;
                }
            }
            let input = Input { key: key.as_deref(), value: value.as_deref(), content_type: content_type.as_deref() };
            for codec in [Codec::Proto, Codec::Json] {
                match decode(&input, codec, &Limits::default()) {
                    Ok(event) => {
                        prop_assert!((1..=256).contains(&event.name.len()));
                        if let Change::Set(stored) = event.change {
                            // What is stored is read again as the same event.
                            let again = read(key.as_deref(), Some(&stored)).unwrap();
                            prop_assert_eq!((again.channel, again.name), (event.channel, event.name));
                            prop_assert_eq!(again.change, Change::Set(stored));
                        }
                    }
                    Err(invalid) => prop_assert!(!invalid.error.is_empty() && invalid.error.len() < 1_000 && invalid.reason.is_of_the_record()),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_truncation_of_a_value_is_an_event_or_a_named_fault(event in events()) {
            let bytes = event.encode_to_vec();
            for length in 1..bytes.len() {
                let expected = TagData::decode(&bytes[..length]);
                match read(None, Some(&bytes[..length])) {
                    Ok(_) => prop_assert!(expected.is_ok()),
                    Err(invalid) => prop_assert_eq!(invalid.reason == Reason::UndecodableValue, expected.is_err()),
                }
            }
        }
    }
}
