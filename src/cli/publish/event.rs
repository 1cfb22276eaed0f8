//! One line becomes one record, or is refused for the reason for which a worker would refuse it.

use crate::core::channel::ChannelKey;
use crate::core::decode::{self, Codec, Input, Invalid, Limits};
use crate::core::json;

/// Reads lines for one topic.
#[derive(Clone, Copy, Debug)]
pub struct Encoder {
    pub limits: Limits,
    /// Of the topic, at least 1.
    pub partitions: u32,
}

/// A record as it is published.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub key: ChannelKey,
    /// A `TagData`.
    pub value: Vec<u8>,
}

impl Encoder {
    /// The longest line that can hold a record within the limits: a JSON escape takes up to six times the byte it stands for.
    pub fn longest_line(&self) -> usize {
        self.limits.record_bytes.saturating_mul(6).saturating_add(1024)
    }

    pub fn encode(&self, line: &[u8]) -> Result<Record, Invalid> {
        // The limit is of the record that is stored, not of the line.
        let unlimited = Limits { record_bytes: usize::MAX, ..self.limits };
        let read = |input: &Input<'_>, codec, limits| decode::decode(input, codec, limits);
        let event = read(&Input { value: Some(line), ..Input::default() }, Codec::Json, &unlimited)?;
        // It was read just now.
        let value = json::to_proto(line).unwrap_or_default();
        let key = event.channel;
        read(&Input { key: Some(key.as_bytes()), value: Some(&value), content_type: None }, Codec::Proto, &self.limits)?;
        let partition = i32::try_from(key.hash() % self.partitions.max(1)).unwrap_or_default();
        Ok(Record { partition, key, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::channel::Channel;
    use crate::core::decode::Reason;
    use crate::core::murmur2;
    use crate::core::tag_data::TagData;
    use prost::Message;

    const ENCODER: Encoder = Encoder { limits: Limits { field_bytes: 8, record_bytes: 100 }, partitions: 16 };

    fn line(name: &str, data: &str) -> String {
        serde_json::json!({"identifier": {"appId": "app", "tag": "t", "scope": "system", "name": name}, "data": data}).to_string()
    }

    #[test]
    fn a_record_is_keyed_by_its_channel_and_lies_in_the_channels_partition() {
        let records = ["a", "b"].map(|name| ENCODER.encode(line(name, "1").as_bytes()).unwrap());
        let key = Channel::new("app", "t", "system").unwrap().key();
        let partition = i32::try_from(murmur2::positive(key.as_bytes()) % 16).unwrap();
        for record in &records {
            assert_eq!((record.partition, &record.key), (partition, &key));
        }
        assert_eq!(TagData::decode(&*records[1].value).unwrap().identifier.unwrap().name.as_deref(), Some("b"));
    }

    #[test]
    fn a_deletion_keeps_its_value() {
        let line = br#"{"identifier":{"appId":"app","tag":"t","scope":"system","name":"n"},"deleted":true}"#;
        assert_eq!(TagData::decode(&*ENCODER.encode(line).unwrap().value).unwrap().deleted, Some(true));
    }

    #[test]
    fn what_a_worker_would_refuse_is_refused() {
        let reason = |line: &str| ENCODER.encode(line.as_bytes()).unwrap_err().reason;
        assert_eq!(reason("x"), Reason::UndecodableJson);
        assert_eq!(reason("{}"), Reason::NoIdentifier);
        assert_eq!(reason(&line("", "1")), Reason::EmptyField);
        assert_eq!(reason(&line("123456789", "1")), Reason::FieldTooLong);
        assert_eq!(reason(&line("n", &"x".repeat(100))), Reason::RecordTooLarge);
    }

    #[test]
    fn the_limit_counts_the_record_and_not_the_line() {
        let line = line("n", &"\n".repeat(50));
        assert!(line.len() > 100 && ENCODER.encode(line.as_bytes()).is_ok());
    }
}
