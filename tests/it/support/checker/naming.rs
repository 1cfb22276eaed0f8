//! Where things must lie: channels, slices and the names of keys.

use std::collections::BTreeMap;
use std::fmt::Write;

/// (`app_id`, `tag`, `scope`)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel {
    pub app_id: String,
    pub tag: String,
    pub scope: String,
}

impl Channel {
    pub fn new(app_id: &str, tag: &str, scope: &str) -> Self {
        Self { app_id: app_id.to_owned(), tag: tag.to_owned(), scope: scope.to_owned() }
    }

    /// The parts percent-escaped and joined by `/`.
    pub fn escaped(&self) -> String {
        [&self.app_id, &self.tag, &self.scope].map(|part| escape(part)).join("/")
    }
}

fn escape(part: &str) -> String {
    let mut escaped = String::new();
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'~' | b'-' => escaped.push(char::from(byte)),
            _ => write!(escaped, "%{byte:02X}").unwrap(),
        }
    }
    escaped
}

/// The serialized identifier without a name: fields 1 to 3, each length-delimited.
pub fn channel_key(channel: &Channel) -> Vec<u8> {
    let mut key = Vec::new();
    for (number, part) in [(1_u8, &channel.app_id), (2, &channel.tag), (3, &channel.scope)] {
        key.push(number << 3 | 2);
        let mut length = part.len();
        while length >= 0x80 {
            key.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        key.push(u8::try_from(length).unwrap());
        key.extend(part.as_bytes());
    }
    key
}

/// `Utils.toPositive(Utils.murmur2(bytes))` of Kafka's Java client, written after that source.
pub fn murmur2_positive(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut h: u32 = 0x9747_b28c ^ u32::try_from(data.len()).unwrap();
    let whole = data.len() / 4 * 4;
    let mut at = 0;
    while at < whole {
        let mut k = u32::from(data[at]) | u32::from(data[at + 1]) << 8 | u32::from(data[at + 2]) << 16 | u32::from(data[at + 3]) << 24;
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        k = k.wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
        at += 4;
    }
    let left = data.len() % 4;
    if left == 3 {
        h ^= u32::from(data[whole + 2]) << 16;
    }
    if left >= 2 {
        h ^= u32::from(data[whole + 1]) << 8;
    }
    if left >= 1 {
        h = (h ^ u32::from(data[whole])).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    (h ^ (h >> 15)) & 0x7fff_ffff
}

/// The names of keys under one prefix and number of slices.
#[derive(Clone, Debug)]
pub struct Names {
    pub prefix: String,
    pub slices: u32,
}

impl Names {
    pub fn new(prefix: &str, slices: u32) -> Self {
        Self { prefix: prefix.to_owned(), slices }
    }

    pub fn slice(&self, channel: &Channel) -> u32 {
        murmur2_positive(&channel_key(channel)) % self.slices
    }

    pub fn layout(&self) -> String {
        format!("{}layout", self.prefix)
    }

    pub fn positions(&self, slice: u32) -> String {
        format!("{}{{s{slice}}}:pos", self.prefix)
    }

    pub fn note(&self, slice: u32) -> String {
        format!("{}{{s{slice}}}:note", self.prefix)
    }

    pub fn snapshot(&self, channel: &Channel) -> String {
        format!("{}{{s{}}}:snap:{}", self.prefix, self.slice(channel), channel.escaped())
    }

    pub fn stream(&self, channel: &Channel) -> String {
        format!("{}{{s{}}}:strm:{}", self.prefix, self.slice(channel), channel.escaped())
    }

    /// The positions of one partition in all slices that have one, by slice; what can not be read is `Err` with its text.
    pub fn positions_of(&self, store: &super::StoreDump, topic: &str, partition: i32) -> BTreeMap<u32, Result<(String, i64), String>> {
        let field = format!("{topic}/{partition}");
        let text_of = |slice| store.hashes.get(&self.positions(slice)).and_then(|hash| hash.get(field.as_bytes()));
        (0..self.slices).filter_map(|slice| Some((slice, parse_position(text_of(slice)?)))).collect()
    }
}

/// `<topic id>:<next offset>`
fn parse_position(bytes: &[u8]) -> Result<(String, i64), String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let parsed = text.split_once(':').and_then(|(id, offset)| Some((id.to_owned(), offset.parse::<i64>().ok()?)));
    parsed.filter(|(id, offset)| !id.is_empty() && *offset >= 0).ok_or(text)
}
