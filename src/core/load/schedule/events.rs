//! The events of a schedule, one after another.

use std::sync::Arc;

use super::order::{Order, Share, Turn};
use super::pace::Pace;
use super::population::Population;
use super::replay::Replay;

/// An event of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number in this schedule, or in this host's share of it: 0 to `len() - 1`, in the order of time.
    pub event: u64,
    /// When it is to be sent: microseconds from the start of the run.
    pub at_us: i64,
    pub producer: u32,
    /// Its number among its producer's events, from 0. With the producer it names the event over all hosts.
    pub sequence: u64,
    pub channel: u32,
    /// The object within the channel.
    pub object: u32,
}

/// The events of a schedule in the order of time; those of one moment in an order that the seed decides.
#[derive(Clone, Debug)]
pub struct Events {
    source: Source,
    population: Population,
    next: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Model(Timed),
    Recording(Recording),
}

/// The turns of a model, and the pace that says when each is.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    order: Order,
    pace: Arc<Pace>,
    begun: usize,
}

/// The lines of a recording that are a share's.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    replay: Replay,
    share: Share,
    line: usize,
    sequences: Vec<u64>,
}

impl Events {
    pub(super) fn new(source: Source, population: Population) -> Self {
        Self { source, population, next: 0 }
    }
}

impl Iterator for Events {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        let (at_us, producer, sequence) = match &mut self.source {
            Source::Model(timed) => timed.next()?,
            Source::Recording(recording) => recording.next()?,
        };
        let (channel, object) = self.population.place(producer, sequence);
        let event = self.next;
        self.next += 1;
        Some(Due { event, at_us, producer, sequence, channel, object })
    }
}

impl Timed {
    pub(super) fn new(order: Order, pace: Arc<Pace>) -> Self {
        Self { order, pace, begun: 0 }
    }
}

impl Iterator for Timed {
    type Item = (i64, u32, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let Turn { offered, producer, sequence } = self.order.next()?;
        let at = self.pace.due_after(&mut self.begun, offered)?;
        Some((at.as_micros() as i64, producer, sequence))
    }
}

impl Recording {
    pub(super) fn new(replay: Replay, population: Population, share: Share) -> Self {
        Self { replay, share, line: 0, sequences: vec![0; population.producers() as usize] }
    }
}

impl Iterator for Recording {
    type Item = (i64, u32, u64);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let recorded = self.replay.lines.get(self.line)?;
            // Lines without a producer go round all of them.
            let producer = recorded.producer.unwrap_or((self.line % self.sequences.len()) as u32);
            self.line += 1;
            if self.share.has(producer) {
                let next = self.sequences.get_mut(producer as usize)?;
                let sequence = *next;
                *next += 1;
                return Some((recorded.at_us, producer, sequence));
            }
        }
    }
}
