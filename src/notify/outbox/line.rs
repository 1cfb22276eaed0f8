//! One line of the outbox: a change as JSON beside a checksum of that JSON, so that a torn or damaged line is known.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::core::delivery::Change;

/// Hexadecimal digits of SHA-256 that are written: 64 bits.
const DIGITS: usize = 16;

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    sum: String,
    #[serde(borrow)]
    change: &'a RawValue,
}

/// With the line's end.
pub(super) fn encode(change: &Change) -> Result<String, serde_json::Error> {
    let json = serde_json::value::to_raw_value(change)?;
    let line = Line { sum: sum(json.get()), change: &json };
    Ok(serde_json::to_string(&line)? + "\n")
}

/// `None`: not what was written.
pub(super) fn decode(text: &[u8]) -> Option<Change> {
    let line: Line<'_> = serde_json::from_slice(text).ok()?;
    let is_whole = line.sum == sum(line.change.get());
    serde_json::from_str(line.change.get()).ok().filter(|_| is_whole)
}

fn sum(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hex(&digest.as_ref()[..DIGITS / 2])
}

pub(in crate::notify) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
