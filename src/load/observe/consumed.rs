//! The topic, read by the load host itself: what Kafka alone costs, and at how many offsets an event is.

use std::collections::BTreeMap;

use prost::Message;

use super::payload::Payload;
use super::seen::{At, Seen, Sightings};
use crate::config::Kafka;
use crate::core::offset::NextOffset;
use crate::core::tag_data::TagData;
use crate::kafka::{ConnectError, LogTail, Tailed};
use crate::load::run_clock::RunClock;

/// The running reader. It ends when this is dropped.
#[derive(Debug)]
pub struct Consumed {
    tail: LogTail,
}

impl Consumed {
    /// Reads from the given offsets on, which are the ends of the logs before the first event.
    ///
    /// # Errors
    /// What is wrong in the configuration.
    pub fn start(
        kafka: &Kafka,
        from: &BTreeMap<i32, NextOffset>,
        clock: RunClock,
        payload: Payload,
        sightings: Sightings,
    ) -> Result<Self, ConnectError> {
        let read = move |tailed: Tailed<'_>| sightings.add(seen(&tailed, clock.now_us(), payload));
        Ok(Self { tail: LogTail::start(kafka, &kafka.topic, from, read)? })
    }

    /// Why nothing is read, where that is so.
    pub fn failure(&self) -> Option<String> {
        self.tail.status().last_failure().map(|last| last.failure.to_string())
    }
}

fn seen(tailed: &Tailed<'_>, at_us: i64, payload: Payload) -> Option<Seen> {
    let data = TagData::decode(tailed.value?).ok()?.data?;
    let (event, is_intact) = payload.read(&data)?;
    Some(Seen { event, at: At::Consumed, at_us, partition: tailed.partition, offset: tailed.offset.get(), witness: 0, is_intact })
}
