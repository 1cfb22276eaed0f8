//! A field of the snapshot hash: the event, and beside it the id of the stream entry that set it.
//!
//! The id is Redis' own and only known inside the script, so an envelope is written in two parts: all but the id here, and the
//! id appended there (field 2: byte `0x12`, its length, the id). Protocol Buffers does not mind the order of fields.

use super::encode::{put_bytes, put_uint};
use super::error::WireError;
use super::field::Fields;

/// A borrowed `TagDataEnvelope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeRef<'a> {
    /// The bytes of the `TagData` as they were stored, not looked into; empty where the field is missing.
    pub tag_data: &'a [u8],
    /// The id of the stream entry that set the object.
    pub sequence_number: Option<&'a str>,
    /// The timestamp of the Kafka record, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
}

/// Appends a `TagDataEnvelope` up to, without, its `sequence_number`. Whoever appends that completes it.
pub fn encode_envelope_head(tag_data: &[u8], timestamp_ms: Option<i64>, out: &mut Vec<u8>) {
    // The event's key and length are at most 6 bytes, the timestamp 11, the id to be appended 2 and at most 41.
    out.reserve(tag_data.len() + 60);
    put_bytes(1, tag_data, out);
    if let Some(timestamp_ms) = timestamp_ms {
        put_uint(3, timestamp_ms as u64, out);
    }
}

/// Reads a snapshot's field. An envelope with two events in it is refused: nobody writes one, and merging them takes a copy.
pub fn decode_envelope(bytes: &[u8]) -> Result<EnvelopeRef<'_>, WireError> {
    const TAG_DATA: &str = "tag_data";
    let mut tag_data = None;
    let mut envelope = EnvelopeRef { tag_data: &[], sequence_number: None, timestamp_ms: None };
    for field in Fields::of(bytes) {
        let field = field?;
        match field.number {
            1 if tag_data.is_some() => return Err(field.is_repeated(TAG_DATA)),
            1 => tag_data = Some(field.bytes(TAG_DATA)?),
            2 => envelope.sequence_number = Some(field.text("sequence_number")?),
            3 => envelope.timestamp_ms = Some(field.varint("timestamp_ms")? as i64),
            _ => {}
        }
    }
    envelope.tag_data = tag_data.unwrap_or_default();
    Ok(envelope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::tag_data::{TagData, TagDataEnvelope};
    use proptest::prelude::*;
    use prost::Message;

    fn event(data: String) -> TagData {
        TagData { identifier: None, deleted: None, lifetime: None, data: Some(data) }
    }

    #[test]
    fn two_events_in_one_envelope_are_refused() {
        let error = decode_envelope(b"\x0a\x00\x18\x01\x0a\x00").unwrap_err();
        assert_eq!(error.to_string(), "tag_data is there twice, at byte 4");
    }

    #[test]
    fn unknown_fields_are_passed_over() {
        let envelope = decode_envelope(b"\x22\x01x\x12\x011").unwrap();
        assert_eq!(envelope, EnvelopeRef { tag_data: b"", sequence_number: Some("1"), timestamp_ms: None });
    }

    proptest! {
        #[test]
        fn a_head_and_the_id_that_redis_appends_are_an_envelope(
            data in "\\PC{0,300}", timestamp_ms in prop::option::of(any::<i64>()), id in "[0-9]{1,20}-[0-9]{1,20}",
        ) {
            let tag_data = event(data).encode_to_vec();
            let mut out = Vec::new();
            encode_envelope_head(&tag_data, timestamp_ms, &mut out);
            out.extend([0x12, u8::try_from(id.len()).unwrap()]);
            out.extend(id.bytes());
            let read = EnvelopeRef { tag_data: &tag_data, sequence_number: Some(&id), timestamp_ms };
            prop_assert_eq!(decode_envelope(&out).unwrap(), read);
            let owned = TagDataEnvelope::decode(&out[..]).unwrap();
            prop_assert_eq!(owned.tag_data.unwrap().encode_to_vec(), tag_data);
            prop_assert_eq!((owned.sequence_number, owned.timestamp_ms), (Some(id), timestamp_ms));
        }

        #[test]
        fn an_envelope_is_read_as_prost_reads_it(data in prop::option::of("\\PC{0,99}"), id: Option<String>, timestamp_ms: Option<i64>) {
            let owned = TagDataEnvelope { tag_data: data.map(event), sequence_number: id, timestamp_ms };
            let bytes = owned.encode_to_vec();
            let read = decode_envelope(&bytes).unwrap();
            prop_assert_eq!(read.tag_data, owned.tag_data.map(|tag_data| tag_data.encode_to_vec()).unwrap_or_default());
            prop_assert_eq!(read.sequence_number, owned.sequence_number.as_deref());
            prop_assert_eq!(read.timestamp_ms, owned.timestamp_ms);
        }

        #[test]
        fn no_bytes_panic_and_what_is_read_prost_reads_too(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(read) = decode_envelope(&bytes) {
                // An envelope does not look into its event, prost does.
                if TagData::decode(read.tag_data).is_ok() {
                    let owned = TagDataEnvelope::decode(&bytes[..]).unwrap();
                    prop_assert_eq!(owned.sequence_number.as_deref(), read.sequence_number);
                    prop_assert_eq!(owned.timestamp_ms, read.timestamp_ms);
                }
            }
        }
    }
}
