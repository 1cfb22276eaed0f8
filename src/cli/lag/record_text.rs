//! A record for people.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cli::json_text;
use crate::cli::layout::place::Place;
use crate::config::{self, Config};
use crate::core::decode::{self, Change, Codec, Event, Input, Limits};
use crate::core::json;
use crate::core::wire::TagDataRef;
use crate::kafka::{Message, OwnedHeader};

/// More of a key or a value that is no text tells nothing.
const BYTES_SHOWN: usize = 64;

/// Reads records as a worker would.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    codec: Codec,
    limits: Limits,
}

/// What a record holds.
#[derive(Clone, Debug)]
pub struct RecordText {
    timestamp_ms: Option<i64>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<OwnedHeader>,
    /// Or why it is no event.
    event: Result<Event, String>,
}

impl Reader {
    pub fn new(config: &Config) -> Self {
        let codec = match config.kafka.codec {
            config::Codec::Proto => Codec::Proto,
            config::Codec::Json => Codec::Json,
        };
        Self { codec, limits: (&config.fold.limits).into() }
    }

    pub fn read(&self, message: &Message<'_>) -> RecordText {
        let input = Input { key: message.key(), value: message.value(), content_type: message.content_type() };
        RecordText {
            timestamp_ms: message.timestamp_ms(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.value().map(<[u8]>::to_vec),
            headers: message.owned_headers(),
            event: decode::decode(&input, self.codec, &self.limits).map_err(|invalid| invalid.to_string()),
        }
    }
}

impl RecordText {
    pub fn told(&self, place: &Place, now: SystemTime) -> String {
        let mut out = String::new();
        // Writing to a String can not fail.
        let _ = writeln!(out, "{place}  {}", written(self.timestamp_ms, now));
        let _ = writeln!(out, "key      {}", bytes(self.key.as_deref()));
        for OwnedHeader { name, value } in &self.headers {
            let _ = writeln!(out, "header   {} = {}", String::from_utf8_lossy(name).escape_debug(), bytes(value.as_deref()));
        }
        match &self.event {
            Ok(event) => out.push_str(&event_text(event)),
            Err(invalid) => {
                let _ = writeln!(out, "value    {}", bytes(self.value.as_deref()));
                let _ = writeln!(out, "invalid  {invalid}: it goes to the dead letters");
            }
        }
        out
    }
}

fn event_text(Event { channel, name, change }: &Event) -> String {
    let identity = format!("channel  {}\nobject   {name:?}\n", channel.path());
    match change {
        Change::Delete => format!("{identity}deleted\n"),
        Change::Set(stored) => {
            let data = TagDataRef::decode(stored).map(|event| json_text::pretty(&json::to_json(&event)));
            format!("{identity}data     {} bytes\n{}\n", stored.len(), data.unwrap_or_else(|error| error.to_string()))
        }
    }
}

fn written(timestamp_ms: Option<i64>, now: SystemTime) -> String {
    let Some(timestamp) = timestamp_ms.and_then(|ms| u64::try_from(ms).ok()) else { return "without a timestamp".to_owned() };
    let at = UNIX_EPOCH + Duration::from_millis(timestamp);
    let distance = |passed: Duration| humantime::format_duration(Duration::from_secs(passed.as_secs())).to_string();
    let distance = match now.duration_since(at) {
        Ok(passed) => format!("{} ago", distance(passed)),
        Err(ahead) => format!("{} ahead of this machine's clock", distance(ahead.duration())),
    };
    format!("{} ({distance})", humantime::format_rfc3339_millis(at))
}

/// As text where it is one that a terminal can show, else in hexadecimal digits.
fn bytes(bytes: Option<&[u8]>) -> String {
    let Some(bytes) = bytes else { return "none".to_owned() };
    let shown = &bytes[..bytes.len().min(BYTES_SHOWN)];
    let more = if shown.len() < bytes.len() { ".." } else { "" };
    let shown = match std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control)) {
        Some(text) => format!("{:?}", text.chars().take(BYTES_SHOWN).collect::<String>()),
        None => shown.iter().fold("0x".to_owned(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        }),
    };
    format!("{} bytes  {shown}{more}", bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_text_only_where_they_are_one() {
        assert_eq!(bytes(None), "none");
        assert_eq!(bytes(Some(b"")), "0 bytes  \"\"");
        assert_eq!(bytes(Some("grün".as_bytes())), "5 bytes  \"grün\"");
        assert_eq!(bytes(Some(b"a\x1b[2J")), "5 bytes  0x611b5b324a");
        assert_eq!(bytes(Some(&[0xff, 1])), "2 bytes  0xff01");
        assert!(bytes(Some(&[1; 1_000])).ends_with("0101.."));
    }

    #[test]
    fn a_clock_that_is_ahead_is_said() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(written(Some(1_699_999_939_000), now), "2023-11-14T22:12:19.000Z (1m 1s ago)");
        assert_eq!(written(Some(1_700_000_010_000), now), "2023-11-14T22:13:30.000Z (10s ahead of this machine's clock)");
        assert_eq!(written(Some(-1), now), "without a timestamp");
    }
}
