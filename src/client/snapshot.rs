//! A channel at one instant.

use std::collections::BTreeMap;

use prost::Message;

use super::error::ClientError;
use crate::core::channel::Channel;
use crate::core::entry_id::EntryId;
use crate::core::tag_data::TagData;
use crate::core::wire::decode_envelope;
use crate::store::RawSnapshot;

/// All objects of a channel, and the entry of its stream that they stand at: whoever reads the stream after `position` misses nothing and
/// repeats nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub channel: Channel,
    /// The id of the stream's last entry; `None` where the channel has no stream.
    pub position: Option<EntryId>,
    /// By name.
    pub objects: BTreeMap<String, Object>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// As it was published.
    pub tag_data: TagData,
    /// The stream entry that set it.
    pub entry: Option<EntryId>,
    /// The timestamp of the Kafka record, milliseconds since 1970.
    pub published_at_ms: Option<i64>,
}

impl Object {
    /// The value, usually JSON text; empty where none was published.
    pub fn data(&self) -> &str {
        self.tag_data.data()
    }

    /// Seconds, informational.
    pub fn lifetime(&self) -> Option<u32> {
        self.tag_data.lifetime
    }

    fn decode(envelope: &[u8]) -> Result<Self, String> {
        let envelope = decode_envelope(envelope).map_err(|error| error.to_string())?;
        let tag_data = TagData::decode(envelope.tag_data).map_err(|error| error.to_string())?;
        let entry = envelope.sequence_number.and_then(|id| id.parse().ok());
        Ok(Self { tag_data, entry, published_at_ms: envelope.timestamp_ms })
    }
}

impl Snapshot {
    pub(super) fn decode(channel: &Channel, raw: &RawSnapshot) -> Result<Self, ClientError> {
        let object = |(name, envelope): &(Vec<u8>, Vec<u8>)| {
            let name = String::from_utf8_lossy(name).into_owned();
            match Object::decode(envelope) {
                Ok(object) => Ok((name, object)),
                Err(reason) => Err(ClientError::Undecodable { channel: channel.to_string(), name, reason }),
            }
        };
        let objects = raw.objects.iter().map(object).collect::<Result<_, _>>()?;
        Ok(Self { channel: channel.clone(), position: raw.last, objects })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::tag_data::TagDataEnvelope;

    #[test]
    fn an_object_is_what_its_envelope_says() {
        let tag_data = TagData { identifier: None, deleted: None, lifetime: Some(5), data: Some("1".to_owned()) };
        let envelope = TagDataEnvelope { tag_data: Some(tag_data), sequence_number: Some("7-2".to_owned()), timestamp_ms: Some(9) };
        let position = Some(EntryId { ms: 8, seq: 0 });
        let raw = RawSnapshot { objects: vec![(b"n".to_vec(), envelope.encode_to_vec())], last: position };
        let snapshot = Snapshot::decode(&Channel::new("a", "b", "c"), &raw).unwrap();
        let object = &snapshot.objects["n"];
        assert_eq!((object.data(), object.lifetime(), object.published_at_ms), ("1", Some(5), Some(9)));
        assert_eq!((object.entry, snapshot.position), (Some(EntryId { ms: 7, seq: 2 }), position));
    }

    #[test]
    fn an_object_that_does_not_decode_is_named() {
        let raw = RawSnapshot { objects: vec![(b"n".to_vec(), b"\x0a".to_vec())], last: None };
        let error = Snapshot::decode(&Channel::new("a", "b", "c"), &raw).unwrap_err().to_string();
        assert!(error.starts_with("channel a/b/c, object \"n\": no TagDataEnvelope: "), "{error}");
    }
}
