//! The events of a model in order, by how many were offered before each; the pace turns that into time.

mod jittered;
mod poisson;
mod rounds;

use std::num::NonZeroU32;

use super::arrivals::Model;
use super::population::Population;
use super::random::{Random, Stream};
use jittered::Jittered;
use poisson::Poisson;
use rounds::Rounds;

/// An event of a producer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    /// How many events the pace offered before it is due.
    pub(super) offered: f64,
    pub(super) producer: u32,
    /// Its number among the producer's events.
    pub(super) sequence: u64,
}

/// What an order is drawn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub(super) seed: u64,
    /// How many events the pace offers in all.
    pub(super) total: f64,
    pub(super) population: Population,
    pub(super) share: Share,
}

/// Which of the producers: those whose number mod `hosts` is `host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) host: u32,
    pub(super) hosts: u32,
}

impl Share {
    pub(super) const WHOLE: Self = Self { host: 0, hosts: 1 };

    pub(super) fn has(self, producer: u32) -> bool {
        producer % self.hosts == self.host
    }
}

impl Draw {
    /// The share's producers, each with its phase in 0..1.
    fn phases(&self) -> impl Iterator<Item = (f64, u32)> {
        let phases = Random::new(self.seed, Stream::Phase);
        let own = (self.share.host..self.population.producers()).step_by(self.share.hosts as usize);
        own.map(move |producer| (phases.at(producer.into()).unit(), producer))
    }
}

/// The turns of one model.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Rounds(Rounds),
    Poisson(Poisson),
    Jittered(Jittered),
}

impl Order {
    pub(super) fn new(model: Model, draw: &Draw) -> Self {
        match model {
            Model::Periodic => Self::Rounds(Rounds::new(draw, NonZeroU32::MIN)),
            Model::Burst(size) => Self::Rounds(Rounds::new(draw, size)),
            Model::Poisson => Self::Poisson(Poisson::new(draw)),
            Model::Jitter(part) => Self::Jittered(Jittered::new(draw, part)),
        }
    }

    /// How many turns a fresh order has. Takes a pass over them for Poisson, and a look at each producer for the others.
    pub(super) fn len(self) -> u64 {
        match self {
            Self::Rounds(rounds) => rounds.len(),
            Self::Poisson(poisson) => poisson.count() as u64,
            Self::Jittered(jittered) => jittered.len(),
        }
    }
}

impl Iterator for Order {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        match self {
            Self::Rounds(rounds) => rounds.next(),
            Self::Poisson(poisson) => poisson.next(),
            Self::Jittered(jittered) => jittered.next(),
        }
    }
}
