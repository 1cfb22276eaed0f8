//! One line becomes one event, or is refused.

use prost::Message as _;

use crate::core::decode::{self, Codec, Input, Invalid, Limits};
use crate::core::json;
use crate::core::tag_data::TagData;

/// Reads lines. What a record may hold is for the publisher to say.
#[derive(Clone, Copy, Debug)]
pub struct LineReader {
    pub limits: Limits,
}

impl LineReader {
    /// The longest line that can hold a record within the limits: a JSON escape takes up to six times the byte it stands for.
    pub fn longest_line(&self) -> usize {
        self.limits.record_bytes.saturating_mul(6).saturating_add(1024)
    }

    pub fn read(&self, line: &[u8]) -> Result<TagData, Invalid> {
        // The limit is of the record that is stored, not of the line.
        let unlimited = Limits { record_bytes: usize::MAX, ..self.limits };
        decode::decode(&Input { value: Some(line), ..Input::default() }, Codec::Json, &unlimited)?;
        // It was read just now.
        let value = json::to_proto(line).unwrap_or_default();
        Ok(TagData::decode(&*value).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decode::Reason;

    const READER: LineReader = LineReader { limits: Limits { field_bytes: 8, record_bytes: 100 } };

    fn line(name: &str, data: &str) -> String {
        serde_json::json!({"identifier": {"appId": "app", "tag": "t", "scope": "system", "name": name}, "data": data}).to_string()
    }

    #[test]
    fn a_line_is_read_as_it_is_meant() {
        let event = READER.read(line("b", "1").as_bytes()).unwrap();
        assert_eq!((event.identifier.unwrap().name.as_deref(), event.data.as_deref()), (Some("b"), Some("1")));
        let deletion = br#"{"identifier":{"appId":"app","tag":"t","scope":"system","name":"n"},"deleted":true}"#;
        assert_eq!(READER.read(deletion).unwrap().deleted, Some(true));
    }

    #[test]
    fn what_a_worker_would_refuse_is_refused() {
        let reason = |line: &str| READER.read(line.as_bytes()).unwrap_err().reason;
        assert_eq!(reason("x"), Reason::UndecodableJson);
        assert_eq!(reason("{}"), Reason::NoIdentifier);
        assert_eq!(reason(&line("", "1")), Reason::EmptyField);
        assert_eq!(reason(&line("123456789", "1")), Reason::FieldTooLong);
    }

    #[test]
    fn the_limit_counts_the_record_and_not_the_line() {
        let line = line("n", &"\n".repeat(50));
        assert!(line.len() > 100 && READER.read(line.as_bytes()).is_ok());
    }
}
