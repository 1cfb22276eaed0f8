//! One record that is published, and what it means.

use prost::Message;

use crate::core::channel::Channel;
use crate::core::tag_data::{TagData, TagDataObjectIdentifier};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The index of its channel; of an invalid record whose partition it takes.
    pub channel: usize,
    /// The object.
    pub name: String,
    pub change: Change,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The object's new data.
    Set(String),
    Delete,
    /// For the dead letters.
    Invalid,
}

/// How an object is deleted: publishers do both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The value says so.
    ByValue,
    /// The key names the object, and there is no value.
    ByKey,
}

/// Writes the records of one channel.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    pub index: usize,
    pub channel: &'a Channel,
}

impl Writer<'_> {
    pub fn set(&self, name: String, data: String) -> Event {
        let value = self.tag_data(&name, None, Some(data.clone())).encode_to_vec();
        Event { channel: self.index, name, change: Change::Set(data), key: self.channel_key(), value: Some(value) }
    }

    pub fn delete(&self, name: String, how: Deletion) -> Event {
        let (key, value) = match how {
            Deletion::ByValue => (self.channel_key(), Some(self.tag_data(&name, Some(true), None).encode_to_vec())),
            Deletion::ByKey => (self.identifier(&name).encode_to_vec(), None),
        };
        Event { channel: self.index, name, change: Change::Delete, key, value }
    }

    /// Five kinds in turn, each for another reason.
    pub fn invalid(&self, kind: u64) -> Event {
        let whole = |name: &str| self.tag_data(name, None, Some("{}".to_owned()));
        let value = match kind % 5 {
            0 => Some(b"\xff\xff is no TagData".to_vec()),
            1 => Some(TagData { identifier: None, ..whole("recording/1") }.encode_to_vec()),
            2 => Some(whole("").encode_to_vec()),
            3 => Some(whole(&"x".repeat(300)).encode_to_vec()),
            _ => None,
        };
        Event { channel: self.index, name: String::new(), change: Change::Invalid, key: self.channel_key(), value }
    }

    fn tag_data(&self, name: &str, deleted: Option<bool>, data: Option<String>) -> TagData {
        TagData { identifier: Some(self.identifier(name)), deleted, lifetime: Some(3_600), data }
    }

    fn identifier(&self, name: &str) -> TagDataObjectIdentifier {
        let Channel { app_id, tag, scope } = self.channel.clone();
        TagDataObjectIdentifier { app_id: Some(app_id), tag: Some(tag), scope: Some(scope), name: Some(name.to_owned()) }
    }

    fn channel_key(&self) -> Vec<u8> {
        self.channel.key().as_bytes().to_vec()
    }
}
