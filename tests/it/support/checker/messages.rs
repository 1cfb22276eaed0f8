//! The messages of the contract, for the tests alone.

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Identifier {
    #[prost(string, optional, tag = "1")]
    pub app_id: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub tag: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub scope: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub name: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct TagData {
    #[prost(message, optional, tag = "1")]
    pub identifier: Option<Identifier>,
    #[prost(bool, optional, tag = "2")]
    pub deleted: Option<bool>,
    #[prost(uint32, optional, tag = "3")]
    pub lifetime: Option<u32>,
    #[prost(string, optional, tag = "4")]
    pub data: Option<String>,
}

/// A `TagDataEnvelope`; its `TagData` are kept as bytes, because they must be those that were published.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Envelope {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub tag_data: Option<Vec<u8>>,
    #[prost(string, optional, tag = "2")]
    pub sequence_number: Option<String>,
    #[prost(int64, optional, tag = "3")]
    pub timestamp_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Delta {
    #[prost(uint32, tag = "1")]
    pub partition: u32,
    #[prost(uint64, tag = "2")]
    pub offset: u64,
    #[prost(int64, tag = "3")]
    pub timestamp_ms: i64,
    #[prost(string, tag = "4")]
    pub name: String,
    #[prost(oneof = "Change", tags = "5, 6, 7")]
    pub change: Option<Change>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum Change {
    /// The bytes of a `TagData`.
    #[prost(bytes, tag = "5")]
    Set(Vec<u8>),
    #[prost(message, tag = "6")]
    Changed(Changed),
    #[prost(bool, tag = "7")]
    Deleted(bool),
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Changed {
    #[prost(message, repeated, tag = "1")]
    pub set: Vec<Member>,
    #[prost(string, repeated, tag = "2")]
    pub removed: Vec<String>,
    #[prost(uint32, optional, tag = "3")]
    pub lifetime: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Member {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub json: String,
}
