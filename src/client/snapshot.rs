//! A channel at one instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message;

use super::error::ClientError;
use super::token::{Mark, Token};
use crate::core::channel::Channel;
use crate::core::entry_id::EntryId;
use crate::core::tag_data::{Delta, TagData};
use crate::core::wire::decode_envelope;
use crate::store::{Entry, Found};

/// All objects of a channel, and the entry of its stream that they stand at: whoever goes on from there misses nothing and repeats nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// By name.
    pub objects: BTreeMap<String, Object>,
    /// Of which channel, and where in its stream.
    pub token: Token,
}

/// One object. A clone shares the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// As it was published; where only changed members came since, with these in it.
    pub tag_data: Arc<TagData>,
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
        Ok(Self { tag_data: Arc::new(tag_data), entry, published_at_ms: envelope.timestamp_ms })
    }
}

impl Snapshot {
    pub fn channel(&self) -> &Channel {
        self.token.channel()
    }

    /// The id of the stream's last entry; `None` where the channel has no stream.
    pub fn position(&self) -> Option<EntryId> {
        self.token.position()
    }

    /// Nothing is there: nothing was ever published, or all of it expired.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.position().is_none()
    }

    pub(super) fn decode(channel: &Channel, found: &Found) -> Result<Self, ClientError> {
        let object = |(name, envelope): &(String, Vec<u8>)| match Object::decode(envelope) {
            Ok(object) => Ok((name.clone(), object)),
            Err(reason) => Err(ClientError::UndecodableObject { channel: channel.clone(), name: name.clone(), reason }),
        };
        let objects = found.objects.iter().map(object).collect::<Result<_, _>>()?;
        let mark = match found.entries.last() {
            None => None,
            Some(last) => Some(mark(last, &delta(channel, last)?)),
        };
        Ok(Self { objects, token: Token::new(channel.clone(), mark) })
    }
}

pub(super) fn delta(channel: &Channel, entry: &Entry) -> Result<Delta, ClientError> {
    Delta::decode(entry.delta.as_slice()).map_err(|error| ClientError::UndecodableEntry {
        channel: channel.clone(),
        id: entry.id,
        reason: error.to_string(),
    })
}

pub(super) const fn mark(entry: &Entry, delta: &Delta) -> Mark {
    Mark { id: entry.id, partition: delta.partition, offset: delta.offset }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::tag_data::TagDataEnvelope;

    fn channel() -> Channel {
        "a/b/c".parse().unwrap()
    }

    #[test]
    fn an_object_is_what_its_envelope_says() {
        let tag_data = TagData { identifier: None, deleted: None, lifetime: Some(5), data: Some("1".to_owned()) };
        let envelope = TagDataEnvelope { tag_data: Some(tag_data), sequence_number: Some("7-2".to_owned()), timestamp_ms: Some(9) };
        let delta = Delta { partition: 3, offset: 4, ..Delta::default() };
        let last = Entry { id: EntryId { ms: 8, seq: 0 }, delta: delta.encode_to_vec() };
        let found = Found { objects: vec![("n".to_owned(), envelope.encode_to_vec())], entries: vec![last], is_whole: false };
        let snapshot = Snapshot::decode(&channel(), &found).unwrap();
        let object = &snapshot.objects["n"];
        assert_eq!((object.data(), object.lifetime(), object.published_at_ms), ("1", Some(5), Some(9)));
        assert_eq!((object.entry, snapshot.token.to_string().as_str()), (Some(EntryId { ms: 7, seq: 2 }), "a/b/c@8-0/3/4"));
    }

    #[test]
    fn what_does_not_decode_is_named() {
        let found = Found { objects: vec![("n".to_owned(), b"\x0a".to_vec())], ..Found::default() };
        let error = Snapshot::decode(&channel(), &found).unwrap_err().to_string();
        assert!(error.starts_with("channel a/b/c, object \"n\": no TagDataEnvelope: "), "{error}");
        let found = Found { entries: vec![Entry { id: EntryId { ms: 1, seq: 2 }, delta: vec![0x0a] }], ..Found::default() };
        let error = Snapshot::decode(&channel(), &found).unwrap_err().to_string();
        assert!(error.starts_with("channel a/b/c, entry 1-2: no Delta: "), "{error}");
    }
}
