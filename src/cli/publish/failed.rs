//! An event that is not, or may not be, in the topic, as its line on standard error.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::core::decode::Invalid;
use crate::publish::PublishError;

/// The line. With it the event can be published again.
#[derive(Debug, Serialize)]
pub struct Failed<'a> {
    error: String,
    /// A short fixed code.
    reason: &'static str,
    retryable: bool,
    may_have_been_stored: bool,
    line: u64,
    record: Option<Original<'a>>,
}

/// The line as it came; as text where it is no JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Original<'a> {
    Json(&'a RawValue),
    Text(String),
}

impl<'a> Original<'a> {
    fn of(line: &'a [u8]) -> Self {
        serde_json::from_slice(line).map_or_else(|_| Self::Text(String::from_utf8_lossy(line).into_owned()), Self::Json)
    }
}

impl<'a> Failed<'a> {
    pub fn invalid(number: u64, line: &'a [u8], invalid: &Invalid) -> Self {
        let record = Some(Original::of(line));
        let (error, reason) = (invalid.error.clone(), invalid.reason.as_str());
        Self { error, reason, retryable: false, may_have_been_stored: false, line: number, record }
    }

    /// A line that was not read to its end is not given back.
    pub fn too_long(number: u64, limit: usize) -> Self {
        let error = format!("the line is longer than {limit} bytes: no record within the limits takes so much");
        Self { error, reason: "line_too_long", retryable: false, may_have_been_stored: false, line: number, record: None }
    }

    pub fn refused(number: u64, line: &'a [u8], error: &PublishError) -> Self {
        let reason = match error {
            // Which of its kind, as it stands in dead letters.
            PublishError::Invalid { invalid, .. } => invalid.reason.as_str(),
            error => error.reason(),
        };
        Self {
            error: error.to_string(),
            reason,
            retryable: error.is_retryable(),
            may_have_been_stored: error.may_have_been_stored(),
            line: number,
            record: Some(Original::of(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decode::Reason;

    fn record(line: &[u8]) -> String {
        let invalid = Invalid { reason: Reason::NoIdentifier, error: "no".to_owned() };
        serde_json::to_string(&Failed::invalid(3, line, &invalid)).unwrap()
    }

    #[test]
    fn the_record_comes_back_as_it_was() {
        let head = r#"{"error":"no","reason":"no_identifier","retryable":false,"may_have_been_stored":false,"line":3,"record":"#;
        assert_eq!(record(br#"{"b":1.0,"a":2}"#), format!(r#"{head}{{"b":1.0,"a":2}}}}"#));
        assert_eq!(record(b"{\"b\xff"), format!("{head}\"{{\\\"b\u{fffd}\"}}"));
    }
}
