//! The two forms an event may come in.

/// How the values of a topic, or of one record, are written. Keys are always Protocol Buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Codec {
    /// `TagData` in Protocol Buffers.
    #[default]
    Proto,
    /// The proto3 JSON mapping of it.
    Json,
}

impl Codec {
    /// The codec of a record with this `content-type` in a topic with this codec. The media type counts, whatever its case and
    /// parameters; one that is neither JSON nor Protocol Buffers says nothing.
    pub fn of_record(self, content_type: Option<&[u8]>) -> Self {
        let Some(media_type) = content_type.and_then(|value| value.split(|byte| *byte == b';').next()) else { return self };
        let is = |known: &&str| media_type.trim_ascii().eq_ignore_ascii_case(known.as_bytes());
        if is(&"application/json") {
            return Self::Json;
        }
        let protobuf = ["application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf"];
        if protobuf.iter().any(is) { Self::Proto } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::Codec::{self, Json, Proto};

    #[test]
    fn a_records_media_type_goes_before_the_topics_codec() {
        let json: [&[u8]; 4] = [
            b"application/json",
            b"Application/JSON",
            b"application/json; charset=utf-8",
            b" application/json\t;a=\"application/protobuf\"",
        ];
        let proto: [&[u8]; 3] = [b"application/x-protobuf", b"APPLICATION/protobuf", b"application/vnd.google.protobuf;proto=TagData"];
        let neither: [&[u8]; 7] =
            [b"", b";", b"text/plain", b"application/jsonl", b"application/octet-stream;application/json", b"\xff", b"application /json"];
        for codec in [Proto, Json] {
            let read = |content_types: &[&[u8]]| content_types.iter().map(|value| codec.of_record(Some(value))).collect::<Vec<Codec>>();
            assert_eq!(read(&json), [Json; 4]);
            assert_eq!(read(&proto), [Proto; 3]);
            assert_eq!(read(&neither), [codec; 7]);
            assert_eq!(codec.of_record(None), codec);
        }
    }
}
