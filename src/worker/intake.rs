//! What is ready is taken from a partition's queue and decoded where it lies.

use crate::core::batch::Record;
use crate::core::decode::{self, Input, Reason};
use crate::core::offset::{NextOffset, Offset};
use crate::kafka::{Message, PartitionError, PartitionHandle};

use super::applying::Originals;
use super::dead_letters::Letter;
use super::task::PartitionTask;

/// A batch as it came: the valid records, the letters for the invalid ones, and the messages themselves, which stay until the batch is
/// done, since a record may still turn out to be one for the dead letters.
#[derive(Debug)]
pub struct Taken<'m> {
    messages: Vec<Message<'m>>,
    pub records: Vec<Record>,
    pub letters: Vec<Letter>,
    /// The offset after the last message.
    pub next: NextOffset,
    pub bytes: u64,
    /// Of the last message.
    pub leader_epoch: Option<i32>,
    /// What ended the taking, if not the end of what is ready.
    pub trouble: Option<PartitionError>,
}

impl Taken<'_> {
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// The timestamp of the first message.
    pub fn oldest_ms(&self) -> Option<i64> {
        self.messages.first().and_then(Message::timestamp_ms)
    }
}

impl Originals for Taken<'_> {
    fn letter(&mut self, offset: Offset, reason: Reason, error: String) -> Option<Letter> {
        let index = self.messages.binary_search_by_key(&offset, Message::offset).ok()?;
        Some(Letter::new(&self.messages[index], reason, error))
    }
}

impl PartitionTask {
    /// Takes up to a batch. Never waits: at a low rate a batch is one record, in catching up it fills while the one before is applied.
    pub(super) fn take<'m>(&mut self, handle: &'m PartitionHandle) -> Taken<'m> {
        let limit = &self.worker.config.worker.batch;
        let max_bytes = self.worker.batch_bytes();
        let max_records = limit.max_records as usize;
        let mut taken = Taken {
            messages: Vec::new(),
            records: Vec::new(),
            letters: Vec::new(),
            next: self.done,
            bytes: 0,
            leader_epoch: None,
            trouble: None,
        };
        while taken.messages.len() < max_records && taken.bytes < max_bytes {
            match handle.poll() {
                None => break,
                Some(Ok(message)) => self.take_in(message, &mut taken),
                Some(Err(error)) => {
                    taken.trouble = Some(error);
                    break;
                }
            }
        }
        self.facts.records += taken.messages.len() as u64;
        self.facts.bytes += taken.bytes;
        taken
    }

    fn take_in<'m>(&mut self, message: Message<'m>, taken: &mut Taken<'m>) {
        let offset = message.offset();
        // What lies below was applied already: a fetch starts at a batch's first record.
        if taken.next.covers(offset) {
            self.skip("below_start", 1);
            return;
        }
        taken.next = offset.next();
        taken.bytes += message.size() as u64;
        taken.leader_epoch = message.leader_epoch();
        let input = Input { key: message.key(), value: message.value(), content_type: message.content_type() };
        match decode::decode(&input, self.worker.codec, &self.worker.limits) {
            Ok(event) => taken.records.push(Record { offset, timestamp_ms: message.timestamp_ms(), event }),
            Err(invalid) if self.dead_lettered.is_some_and(|highest| offset <= highest) => {
                self.skip("dead_lettered_before", 1);
                tracing::debug!(partition = self.partition, offset = offset.get(), reason = %invalid.reason, "went to the dead letters already");
            }
            Err(invalid) => taken.letters.push(Letter::new(&message, invalid.reason, invalid.error)),
        }
        taken.messages.push(message);
    }
}
