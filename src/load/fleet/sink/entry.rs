//! A record in the sink, and what is told of it.

use std::sync::Arc;

use super::sighting::Stage;
use crate::load::fleet::Answer;

/// A record at its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub partition: i32,
    pub offset: i64,
    pub key: Arc<[u8]>,
    pub value: Arc<[u8]>,
}

/// Something that is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Answered(u64, Answer),
    Seen(Stage, Entry),
}

impl Entry {
    /// With one bit in the middle of the value turned.
    pub fn corrupted(mut self) -> Self {
        let mut value = self.value.to_vec();
        let middle = value.len() / 2;
        if let Some(byte) = value.get_mut(middle) {
            *byte ^= 1;
        }
        self.value = value.into();
        self
    }
}
