//! Records that can never be applied go to the dead letters, acknowledged, before the offset may pass them.

use std::time::Instant;

use futures_util::future::join_all;

use crate::core::decode::Reason;
use crate::core::offset::Offset;
use crate::kafka::{DeadLetterError, DeadLetterRecord, Message, Origin, OwnedHeader};
use crate::telemetry::facts::{DeadLetterRefused, RecordDeadLettered};

use super::backoff::Backoff;
use super::interrupt::Interrupt;
use super::task::PartitionTask;

/// A record as it came, and why it is here.
#[derive(Clone, Debug)]
pub struct Letter {
    pub offset: Offset,
    pub reason: Reason,
    pub error: String,
    timestamp_ms: Option<i64>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<OwnedHeader>,
}

impl Letter {
    pub fn new(message: &Message<'_>, reason: Reason, error: String) -> Self {
        Self {
            offset: message.offset(),
            reason,
            error,
            timestamp_ms: message.timestamp_ms(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.value().map(<[u8]>::to_vec),
            headers: message.owned_headers(),
        }
    }
}

impl PartitionTask {
    /// Sends the letters and waits until all are acknowledged, however often it takes.
    ///
    /// # Errors
    /// [`Interrupt::Stop`] when the partition is to be given up before that: the next owner sends all of them again.
    pub(super) async fn dead_letter(&mut self, mut letters: Vec<Letter>) -> Result<(), Interrupt> {
        let mut backoff = Backoff::default();
        // One that only a wrong-typed key refused is sent again by every replay: the key may be mended by then.
        let highest = letters.iter().filter(|letter| letter.reason.is_of_the_record()).map(|letter| letter.offset).max();
        while !letters.is_empty() {
            let sent = join_all(letters.iter().map(|letter| self.send(letter))).await;
            let mut refused = Vec::new();
            let mut last_error = None;
            for (letter, result) in letters.into_iter().zip(sent) {
                match result {
                    Ok(()) => self.acknowledged(&letter),
                    Err(error) if error.is_retryable() => {
                        last_error = Some(error);
                        refused.push(letter);
                    }
                    Err(error) => return Err(Interrupt::Fatal(error.to_string())),
                }
            }
            letters = refused;
            if let Some(error) = last_error {
                self.status.waits_for("dead_letters", &error.to_string(), self.now_ms());
                let (topic, partition) = (&self.worker.config.kafka.topic, self.partition);
                if let Some(offset) = letters.first().map(|letter| letter.offset) {
                    DeadLetterRefused { topic, partition, offset, error }.emit(&self.worker.sampler, Instant::now());
                }
                self.pause(backoff.next()).await?;
            }
        }
        // Only now: a replay leaves out all that are not above it, so one that was never stored must not lie below.
        self.dead_lettered = self.dead_lettered.max(highest);
        Ok(())
    }

    async fn send(&self, letter: &Letter) -> Result<(), DeadLetterError> {
        let origin = Origin {
            topic: self.worker.config.kafka.topic.clone(),
            topic_id: self.plan.topic_id.clone(),
            partition: self.partition,
            offset: letter.offset,
            timestamp_ms: letter.timestamp_ms,
        };
        let record = DeadLetterRecord {
            key: letter.key.clone(),
            value: letter.value.clone(),
            headers: letter.headers.clone(),
            origin,
            reason: letter.reason.as_str(),
            error: letter.error.clone(),
        };
        self.worker.dead_letters.send(&record).await.map(|_| ())
    }

    fn acknowledged(&mut self, letter: &Letter) {
        let letter = RecordDeadLettered { topic: &self.worker.config.kafka.topic, offset: letter.offset, reason: letter.reason.as_str() };
        letter.emit(&self.metrics, &mut self.letters, Instant::now());
    }
}
