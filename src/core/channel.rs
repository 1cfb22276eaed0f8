//! A channel: the unit of order, of a snapshot and of a stream.

use std::fmt;
use std::str::FromStr;

use super::murmur2;
use super::wire::{self, IdentifierRef};

/// (`app_id`, `tag`, `scope`): what a snapshot and a stream belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    pub app_id: String,
    pub tag: String,
    pub scope: String,
}

/// The serialized `TagDataObjectIdentifier` of a channel, `name` cleared and fields in number order: the key of its Kafka records,
/// and what its slice is computed from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelKey(Box<[u8]>);

/// The two scopes that publishers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    System,
    Application,
}

/// What names no channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChannel {
    #[error("{text:?} is no channel: expected app_id/tag/scope with everything but A-Z a-z 0-9 . _ ~ - percent-escaped")]
    Text { text: String },
    #[error("a channel's {part} may not be empty")]
    Empty { part: &'static str },
}

impl AsRef<str> for Scope {
    fn as_ref(&self) -> &str {
        match self {
            Self::System => "system",
            Self::Application => "application",
        }
    }
}

impl Channel {
    /// The channel with these parts, as they were published: not escaped.
    ///
    /// # Errors
    /// [`InvalidChannel::Empty`]: a worker takes no event of such a channel.
    pub fn new(app_id: impl Into<String>, tag: impl Into<String>, scope: impl AsRef<str>) -> Result<Self, InvalidChannel> {
        let channel = Self { app_id: app_id.into(), tag: tag.into(), scope: scope.as_ref().to_owned() };
        for (part, value) in [("app_id", &channel.app_id), ("tag", &channel.tag), ("scope", &channel.scope)] {
            if value.is_empty() {
                return Err(InvalidChannel::Empty { part });
            }
        }
        Ok(channel)
    }

    pub fn key(&self) -> ChannelKey {
        ChannelKey::from_parts(&self.app_id, &self.tag, &self.scope)
    }
}

impl ChannelKey {
    /// The key bytes of the channel with these three parts.
    pub fn from_parts(app_id: &str, tag: &str, scope: &str) -> Self {
        // Three parts of up to 256 bytes, each behind a tag byte and a length of up to 5 bytes.
        let mut bytes = Vec::with_capacity(app_id.len() + tag.len() + scope.len() + 18);
        for (field, part) in [(1, app_id), (2, tag), (3, scope)] {
            wire::put_text(field, part, &mut bytes);
        }
        Self(bytes.into_boxed_slice())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn into_bytes(self) -> Box<[u8]> {
        self.0
    }

    /// The channel's escaped form, as in Redis' key names. Bytes that are no key have the path of three empty parts.
    pub fn path(&self) -> String {
        let parts = IdentifierRef::decode(&self.0).unwrap_or_default();
        let part = |part: Option<&str>| Escaped(part.unwrap_or_default()).to_string();
        format!("{}/{}/{}", part(parts.app_id), part(parts.tag), part(parts.scope))
    }

    /// murmur2 of the key as Kafka's partitioner takes it, 31 bits.
    pub fn hash(&self) -> u32 {
        murmur2::positive(&self.0)
    }
}

/// The readable, injective form used in Redis' key names and on the command line: the parts percent-escaped, joined by `/`.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", Escaped(&self.app_id), Escaped(&self.tag), Escaped(&self.scope))
    }
}

impl FromStr for Channel {
    type Err = InvalidChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidChannel::Text { text: text.to_owned() };
        let mut parts = text.split('/').map(unescape);
        let mut part = || parts.next().flatten().filter(|part| !part.is_empty()).ok_or_else(invalid);
        let channel = Self { app_id: part()?, tag: part()?, scope: part()? };
        if parts.next().is_some() { Err(invalid()) } else { Ok(channel) }
    }
}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.bytes().position(|byte| !is_plain(byte)) {
            f.write_str(&rest[..at])?;
            let escaped = rest[at..].chars().next().map_or(1, char::len_utf8);
            for byte in rest[at..at + escaped].bytes() {
                write!(f, "%{byte:02X}")?;
            }
            rest = &rest[at + escaped..];
        }
        f.write_str(rest)
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-')
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        match byte {
            b'%' => {
                let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &tail[2..];
            }
            byte if is_plain(byte) => {
                bytes.push(byte);
                rest = tail;
            }
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_key_is_the_identifier_without_a_name() {
        assert_eq!(Channel::new("app", "t", "s").unwrap().key().as_bytes(), b"\x0a\x03app\x12\x01t\x1a\x01s");
    }

    #[test]
    fn only_whole_channels_are_read() {
        for text in ["", "a", "a/b", "a/b/c/d", "a//c", "a/b/%", "a/b/%4", "a/b/%zz", "a/b/ü", "a/b/{c}", "a/b/%ff"] {
            assert!(text.parse::<Channel>().is_err(), "{text:?}");
        }
        assert_eq!(Channel::new("a", "", Scope::System), Err(InvalidChannel::Empty { part: "tag" }));
        assert_eq!("a%2Fb/c/system".parse::<Channel>().unwrap(), Channel::new("a/b", "c", "system").unwrap());
    }

    proptest! {
        #[test]
        fn escaping_is_injective(app_id in "\\PC{1,20}", tag in "\\PC{1,20}", scope in "\\PC{1,20}") {
            let channel = Channel::new(&app_id, &tag, &scope).unwrap();
            let text = channel.to_string();
            prop_assert!(text.bytes().all(|byte| is_plain(byte) || byte == b'%' || byte == b'/'));
            prop_assert_eq!(&channel.key().path(), &text);
            prop_assert_eq!(text.parse::<Channel>().unwrap(), channel);
        }
    }
}
