//! Independent users: exponential gaps, and each event of a producer drawn at random.

use super::super::random::{Random, Stream};
use super::{Draw, Share, Turn};

/// Every host draws all events and keeps those of its own producers, so that the hosts' shares make up one process.
#[derive(Clone, Debug)]
pub(in super::super) struct Poisson {
    gaps: Random,
    producers: Random,
    share: Share,
    offered: f64,
    total: f64,
    /// How many events each producer has had.
    sequences: Vec<u64>,
}

impl Poisson {
    pub(super) fn new(draw: &Draw) -> Self {
        Self {
            gaps: Random::new(draw.seed, Stream::Gap),
            producers: Random::new(draw.seed, Stream::Producer),
            share: draw.share,
            offered: 0.0,
            total: draw.total,
            sequences: vec![0; draw.population.producers() as usize],
        }
    }
}

impl Iterator for Poisson {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        while self.offered < self.total {
            // The inverse of the exponential distribution with mean 1: the unit number is never 1, so the logarithm is finite.
            self.offered -= (1.0 - self.gaps.unit()).ln();
            let producer = self.producers.below(self.sequences.len() as u32);
            if self.offered < self.total && self.share.has(producer) {
                let next = self.sequences.get_mut(producer as usize)?;
                let sequence = *next;
                *next += 1;
                return Some(Turn { offered: self.offered, producer, sequence });
            }
        }
        None
    }
}
