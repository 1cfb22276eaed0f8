//! The messages of the wire and of Redis, owned: for readers, tools and tests. A worker's per-event path reads the same bytes
//! borrowed, through [`super::wire`], and writes them from parts.
//!
//! The derives stand for the `.proto` text in the public contract; the tests hold them to its bytes.

use std::collections::BTreeMap;

/// Names one object, or with `name` cleared the channel it lives in. Package `TagDataProto`, proto2.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TagDataObjectIdentifier {
    /// The application.
    #[prost(string, optional, tag = "1")]
    pub app_id: Option<String>,
    /// The channel's id within the application.
    #[prost(string, optional, tag = "2")]
    pub tag: Option<String>,
    /// `system` or `application`.
    #[prost(string, optional, tag = "3")]
    pub scope: Option<String>,
    /// The object within the channel, for example `recording/71111-050`.
    #[prost(string, optional, tag = "4")]
    pub name: Option<String>,
}

/// One event: the new value of an object, or its end. Package `TagDataProto`, proto2.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TagData {
    #[prost(message, optional, tag = "1")]
    pub identifier: Option<TagDataObjectIdentifier>,
    /// The object is gone.
    #[prost(bool, optional, tag = "2")]
    pub deleted: Option<bool>,
    /// Seconds, informational to clients.
    #[prost(uint32, optional, tag = "3")]
    pub lifetime: Option<u32>,
    /// The object's value, usually JSON text.
    #[prost(string, optional, tag = "4")]
    pub data: Option<String>,
}

/// A field of a channel's snapshot hash. Package `TagDataProto`, proto2.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TagDataEnvelope {
    #[prost(message, optional, tag = "1")]
    pub tag_data: Option<TagData>,
    /// The id of the stream entry that set the object.
    #[prost(string, optional, tag = "2")]
    pub sequence_number: Option<String>,
    /// The timestamp of the Kafka record, milliseconds since 1970.
    #[prost(int64, optional, tag = "3")]
    pub timestamp_ms: Option<i64>,
}

/// A whole channel: its live objects by name. Package `TagDataProto`, proto2.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TagDataSnapshot {
    #[prost(btree_map = "string, message", tag = "1")]
    pub snapshot: BTreeMap<String, TagDataEnvelope>,
    /// The id of the last stream entry that the snapshot holds.
    #[prost(string, optional, tag = "2")]
    pub sequence_number: Option<String>,
}

/// An entry of a channel's delta stream, its field `d`. Package `shasta.v1`, proto3.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Delta {
    /// Partition, offset and timestamp (milliseconds since 1970) of the Kafka record.
    #[prost(uint32, tag = "1")]
    pub partition: u32,
    #[prost(uint64, tag = "2")]
    pub offset: u64,
    #[prost(int64, tag = "3")]
    pub timestamp_ms: i64,
    /// The object.
    #[prost(string, tag = "4")]
    pub name: String,
    #[prost(oneof = "Change", tags = "5, 6, 7")]
    pub change: Option<Change>,
}

/// What a [`Delta`] does to its object.
#[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
pub enum Change {
    /// The object as it is now.
    #[prost(message, tag = "5")]
    Set(TagData),
    /// What is different from the object's previous value.
    #[prost(message, tag = "6")]
    Changed(Changed),
    /// The object is gone; always `true`.
    #[prost(bool, tag = "7")]
    Deleted(bool),
}

/// The difference between two values that are JSON objects. Package `shasta.v1`, proto3.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Changed {
    /// Members that are new or have another text.
    #[prost(message, repeated, tag = "1")]
    pub set: Vec<Member>,
    /// Names of members that went.
    #[prost(string, repeated, tag = "2")]
    pub removed: Vec<String>,
    /// The new lifetime in seconds, where it changed.
    #[prost(uint32, optional, tag = "3")]
    pub lifetime: Option<u32>,
}

/// A member of a JSON object. Package `shasta.v1`, proto3.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Member {
    /// The name, unescaped.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The value's exact text.
    #[prost(string, tag = "2")]
    pub json: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn event() -> TagData {
        let identifier = TagDataObjectIdentifier { app_id: text("a"), tag: text("t"), scope: text("s"), name: text("n") };
        TagData { identifier: Some(identifier), deleted: Some(false), lifetime: Some(300), data: text("{}") }
    }

    const EVENT: &[u8] = b"\x0a\x0c\x0a\x01a\x12\x01t\x1a\x01s\x22\x01n\x10\x00\x18\xac\x02\x22\x02{}";

    fn with_prefix(prefix: &[u8], length: usize, suffix: &[u8]) -> Vec<u8> {
        [prefix, &[u8::try_from(length).unwrap()], EVENT, suffix].concat()
    }

    #[test]
    fn an_event_has_the_bytes_of_the_contract() {
        assert_eq!(event().encode_to_vec(), EVENT);
        assert_eq!(TagData::decode(EVENT).unwrap(), event());
    }

    #[test]
    fn an_envelope_has_the_bytes_of_the_contract() {
        let envelope = TagDataEnvelope { tag_data: Some(event()), sequence_number: text("1-2"), timestamp_ms: Some(5) };
        assert_eq!(envelope.encode_to_vec(), with_prefix(b"\x0a", EVENT.len(), b"\x12\x031-2\x18\x05"));
    }

    #[test]
    fn a_snapshot_has_the_bytes_of_the_contract() {
        let envelope = TagDataEnvelope { tag_data: None, sequence_number: text("1"), timestamp_ms: None };
        let snapshot = TagDataSnapshot { snapshot: BTreeMap::from([("n".to_owned(), envelope)]), sequence_number: text("1") };
        assert_eq!(snapshot.encode_to_vec(), b"\x0a\x08\x0a\x01n\x12\x03\x12\x011\x12\x011");
    }

    #[test]
    fn deltas_have_the_bytes_of_the_contract() {
        let delta = |change| Delta { partition: 1, offset: 2, timestamp_ms: 3, name: "n".to_owned(), change: Some(change) };
        const HEAD: &[u8] = b"\x08\x01\x10\x02\x18\x03\x22\x01n";
        let set = delta(Change::Set(event())).encode_to_vec();
        assert_eq!(set, with_prefix(&[HEAD, b"\x2a"].concat(), EVENT.len(), b""));
        let member = Member { name: "m".to_owned(), json: "1".to_owned() };
        let changed = Changed { set: vec![member], removed: vec!["r".to_owned()], lifetime: Some(0) };
        let changed = delta(Change::Changed(changed)).encode_to_vec();
        assert_eq!(changed, [HEAD, b"\x32\x0d\x0a\x06\x0a\x01m\x12\x011\x12\x01r\x18\x00"].concat());
        assert_eq!(delta(Change::Deleted(true)).encode_to_vec(), [HEAD, b"\x38\x01"].concat());
    }
}
