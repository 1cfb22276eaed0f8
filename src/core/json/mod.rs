//! An event as JSON: the proto3 JSON mapping of `TagData`, read into the bytes that are stored, and written from them.
//!
//! Read as the mapping wants it: `appId` or `app_id`, unknown members passed over, `null` for what is absent, a number or a
//! numeric string for `lifetime`. A member that is there twice is an error, as the mapping's conformance tests want it.

mod error;
mod event;

use super::wire::{TagDataRef, put_bytes, put_text, put_uint};
use event::{Event, Identifier, Object, Seconds, Text};

pub use error::JsonError;

/// Reads an event and gives the bytes of its `TagData`, fields in number order.
pub fn to_proto(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let text = std::str::from_utf8(json).map_err(|error| JsonError::not_utf8(&json[..error.valid_up_to()]))?;
    let Object(event) = serde_json::from_str::<Object<Event<'_>>>(text).map_err(|error| JsonError::of(&error))?;
    // Escapes only shrink on the way, and the heads of seven fields take less than the member names did.
    let mut out = Vec::with_capacity(json.len());
    if let Some(Object(identifier)) = event.identifier {
        let mut message = Vec::new();
        let parts = [(1, identifier.app_id), (2, identifier.tag), (3, identifier.scope), (4, identifier.name)];
        for (number, Text(part)) in parts.into_iter().filter_map(|(number, part)| Some((number, part?))) {
            put_text(number, &part, &mut message);
        }
        put_bytes(1, &message, &mut out);
    }
    if let Some(deleted) = event.deleted {
        put_uint(2, u64::from(deleted), &mut out);
    }
    if let Some(Seconds(lifetime)) = event.lifetime {
        put_uint(3, u64::from(lifetime), &mut out);
    }
    if let Some(Text(data)) = event.data {
        put_text(4, &data, &mut out);
    }
    Ok(out)
}

/// Writes an event: what is present, under its proto3 JSON name, in number order.
pub fn to_json(event: &TagDataRef<'_>) -> String {
    let identifier =
        Identifier { app_id: Text::of(event.app_id), tag: Text::of(event.tag), scope: Text::of(event.scope), name: Text::of(event.name) };
    let event = Event {
        identifier: event.has_identifier.then_some(Object(identifier)),
        deleted: event.deleted,
        lifetime: event.lifetime.map(Seconds),
        data: Text::of(event.data),
    };
    // Structs of text, numbers and truth values can always be written.
    serde_json::to_string(&event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::tag_data::{TagData, TagDataObjectIdentifier};
    use proptest::prelude::*;
    use prost::Message;

    fn read(json: &str) -> TagData {
        TagData::decode(&to_proto(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))[..]).unwrap()
    }

    fn refused(json: impl AsRef<[u8]>) -> String {
        to_proto(json.as_ref()).unwrap_err().to_string()
    }

    fn events() -> impl Strategy<Value = TagData> {
        let part = || prop::option::of("\\PC{0,12}");
        let identifier =
            (part(), part(), part(), part()).prop_map(|(app_id, tag, scope, name)| TagDataObjectIdentifier { app_id, tag, scope, name });
        (prop::option::of(identifier), any::<Option<bool>>(), any::<Option<u32>>(), any::<Option<String>>())
            .prop_map(|(identifier, deleted, lifetime, data)| TagData { identifier, deleted, lifetime, data })
    }

    #[test]
    fn the_contracts_names_are_read_and_the_proto_names_too() {
        let event =
            read(r#"{"identifier":{"appId":"a","tag":"t","scope":"s","name":"n"},"deleted":false,"lifetime":7,"data":"{\"x\":1}"}"#);
        let part = |part: &str| Some(part.to_owned());
        let identifier = TagDataObjectIdentifier { app_id: part("a"), tag: part("t"), scope: part("s"), name: part("n") };
        let expected = TagData { identifier: Some(identifier), deleted: Some(false), lifetime: Some(7), data: part(r#"{"x":1}"#) };
        assert_eq!(event, expected);
        assert_eq!(read(r#"{"identifier":{"app_id":"\u0061"}}"#).identifier.unwrap().app_id, part("a"));
    }

    #[test]
    fn null_is_absent_and_unknown_members_are_passed_over() {
        assert_eq!(read("{}"), TagData::default());
        assert_eq!(read(r#" {"identifier":null,"deleted":null,"lifetime":null,"data":null} "#), TagData::default());
        assert_eq!(
            read(r#"{"identifier":{"appId":null,"x":[1]},"y":{"z":"\ud800"}}"#).identifier,
            Some(TagDataObjectIdentifier::default())
        );
        assert_eq!(read(r#"{"data":""}"#).data, Some(String::new()));
    }

    #[test]
    fn a_lifetime_is_a_number_or_a_numeric_string() {
        for (json, seconds) in [
            ("0", 0),
            ("4294967295", u32::MAX),
            ("1e2", 100),
            ("100.000", 100),
            ("4.294967295E9", u32::MAX),
            ("-0", 0),
            ("\"60\"", 60),
            ("\"1e2\"", 100),
            ("\"6\\u0030\"", 60),
        ] {
            assert_eq!(read(&format!(r#"{{"lifetime":{json}}}"#)).lifetime, Some(seconds), "{json}");
        }
        for json in
            ["-1", "4294967296", "0.5", "1e400", "\"\"", "\" 1\"", "\"1 \"", "\"+1\"", "\"0x1\"", "\"NaN\"", "true", "[1]", "{}", "01"]
        {
            refused(format!(r#"{{"lifetime":{json}}}"#));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert_eq!(refused(""), "EOF while parsing a value at line 1 column 0");
        assert_eq!(refused("{\n \"data\": 5}"), "invalid type: integer `5`, expected a string at line 2 column 10");
        assert_eq!(refused("[{}]"), "invalid type: sequence, expected an object at line 1 column 0");
        assert_eq!(refused(r#"{"identifier":["a"]}"#), "invalid type: sequence, expected an object at line 1 column 14");
        assert_eq!(refused(r#"{"data":"a","data":null}"#), "duplicate field `data` at line 1 column 18");
        assert_eq!(refused(r#"{"identifier":{"appId":"a","app_id":"a"}}"#), "duplicate field `appId` at line 1 column 35");
        assert_eq!(refused("{} x"), "trailing characters at line 1 column 4");
        assert_eq!(refused(b"{\n\"\xff\":1}"), "not UTF-8 at line 2 column 2");
        for json in [
            "null",
            "5",
            "\"x\"",
            "{\"deleted\":\"true\"}",
            "{\"deleted\":1}",
            "{\"data\":\"\\ud800\"}",
            "{\"data\":\"\n\"}",
            "{'data':''}",
        ] {
            refused(json);
        }
    }

    #[test]
    fn a_sentence_is_short_whatever_was_sent() {
        let sentence = refused(format!(r#"{{"deleted":"{}"}}"#, "ü".repeat(100_000)));
        assert!(sentence.chars().count() < 260 && sentence.ends_with("... at line 1 column 200013"), "{sentence}");
    }

    #[test]
    fn deep_nesting_is_no_stack_overflow() {
        let deep = "[".repeat(500_000);
        for json in [format!("{{\"x\":{deep}"), format!("{{\"data\":{deep}"), deep] {
            refused(json);
        }
    }

    #[test]
    fn what_is_present_is_written_in_number_order() {
        let json = r#"{"identifier":{"appId":"a","tag":"","scope":"s","name":"n/1"},"deleted":true,"lifetime":0,"data":"{\"x\":1}"}"#;
        assert_eq!(to_json(&TagDataRef::decode(&to_proto(json.as_bytes()).unwrap()).unwrap()), json);
        assert_eq!(to_json(&TagDataRef::decode(b"").unwrap()), "{}");
        assert_eq!(to_json(&TagDataRef::decode(b"\x0a\x00").unwrap()), r#"{"identifier":{}}"#);
    }

    proptest! {
        #![proptest_config(crate::core::properties::at_least(1_000))]

        #[test]
        fn an_event_is_the_same_bytes_after_json(event in events()) {
            let bytes = event.encode_to_vec();
            let json = to_json(&TagDataRef::decode(&bytes).unwrap());
            prop_assert_eq!(to_proto(json.as_bytes()).unwrap(), bytes, "{}", json);
        }

        #[test]
        fn every_truncation_is_refused(event in events()) {
            let json = to_json(&TagDataRef::decode(&event.encode_to_vec()).unwrap());
            for length in 0..json.len() {
                prop_assert!(to_proto(&json.as_bytes()[..length]).is_err());
            }
        }
    }
}
