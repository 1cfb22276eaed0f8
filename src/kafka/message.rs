//! A record as it was fetched, read in place.

use std::fmt;

use super::raw::RawMessage;
use crate::core::offset::Offset;

/// A record in the client library's memory. It pins its whole fetch response: decode it in place and let it go with the batch.
pub struct Message<'a> {
    raw: RawMessage<'a>,
    offset: Offset,
}

/// A header. Names are strings by convention only: anybody may write any bytes. A name ends at a zero byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'m> {
    pub name: &'m [u8],
    pub value: Option<&'m [u8]>,
}

/// A header that outlives its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedHeader {
    pub name: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

impl<'a> Message<'a> {
    /// `None` for a negative offset, which no broker sends.
    pub(super) fn new(raw: RawMessage<'a>) -> Option<Self> {
        Offset::new(raw.offset()).map(|offset| Self { raw, offset })
    }

    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// Milliseconds since 1970: of the publisher or of the broker, as the topic is configured.
    pub fn timestamp_ms(&self) -> Option<i64> {
        Some(self.raw.timestamp()).filter(|timestamp| *timestamp >= 0)
    }

    /// `None` where the record has no key; an empty one is `Some(&[])`.
    pub fn key(&self) -> Option<&[u8]> {
        self.raw.key()
    }

    /// `None` where the record has no value (a tombstone); an empty one is `Some(&[])`.
    pub fn value(&self) -> Option<&[u8]> {
        self.raw.value()
    }

    /// Of the leader that took the record: goes with a commit of the offset after it.
    pub fn leader_epoch(&self) -> Option<i32> {
        Some(self.raw.leader_epoch()).filter(|epoch| *epoch >= 0)
    }

    /// In the order of the record; a name may come more than once.
    pub fn headers(&self) -> Headers<'_> {
        Headers { message: &self.raw, index: 0 }
    }

    pub fn owned_headers(&self) -> Vec<OwnedHeader> {
        self.headers().map(OwnedHeader::from).collect()
    }

    /// The value of the last `content-type` header (the name in any case).
    pub fn content_type(&self) -> Option<&[u8]> {
        self.headers().filter(|header| header.name.eq_ignore_ascii_case(b"content-type")).last()?.value
    }

    /// Key and value, as the limits count them.
    pub fn size(&self) -> usize {
        self.key().map_or(0, <[u8]>::len) + self.value().map_or(0, <[u8]>::len)
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("offset", &self.offset.get()).field("size", &self.size()).finish_non_exhaustive()
    }
}

/// See [`Message::headers`].
pub struct Headers<'m> {
    message: &'m RawMessage<'m>,
    index: usize,
}

impl<'m> Iterator for Headers<'m> {
    type Item = Header<'m>;

    fn next(&mut self) -> Option<Header<'m>> {
        let (name, value) = self.message.header(self.index)?;
        self.index += 1;
        Some(Header { name, value })
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers").field("index", &self.index).finish_non_exhaustive()
    }
}

impl From<Header<'_>> for OwnedHeader {
    fn from(header: Header<'_>) -> Self {
        Self { name: header.name.to_vec(), value: header.value.map(<[u8]>::to_vec) }
    }
}

impl OwnedHeader {
    pub fn new(name: &str, value: impl Into<Vec<u8>>) -> Self {
        Self { name: name.as_bytes().to_vec(), value: Some(value.into()) }
    }

    pub fn as_header(&self) -> Header<'_> {
        Header { name: &self.name, value: self.value.as_deref() }
    }
}
