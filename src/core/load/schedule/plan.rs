//! The schedule: every event of a run, decided by a pace, a model and a seed.

use std::sync::Arc;

use thiserror::Error;

use super::arrivals::Model;
use super::events::{Events, Recording, Source, Timed};
use super::order::{Draw, Order, Share};
use super::pace::Pace;
use super::population::Population;
use super::replay::Replay;

/// What is sent when, and by whom. Small: the events are drawn as they are asked for, the same ones each time.
///
/// With the same arguments on every host of a fleet, the shares of the hosts are together exactly the whole.
#[derive(Clone, Debug)]
pub struct Schedule {
    times: Times,
    population: Population,
    share: Share,
}

#[derive(Clone, Debug)]
enum Times {
    Seeded { pace: Arc<Pace>, model: Model, seed: u64 },
    Recorded(Replay),
}

/// A schedule that can not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidSchedule {
    #[error("line {line} of the recording names producer {producer}, but there are {producers}, numbered from 0")]
    UnknownProducer { line: usize, producer: u32, producers: u32 },
    #[error("host {host} of {hosts}: hosts are numbered from 0")]
    UnknownHost { host: u32, hosts: u32 },
    #[error("{hosts} hosts share {producers} producers: host {host} would have none")]
    IdleHost { host: u32, hosts: u32, producers: u32 },
}

impl Schedule {
    pub fn new(pace: Pace, model: Model, population: Population, seed: u64) -> Self {
        Self { times: Times::Seeded { pace: Arc::new(pace), model, seed }, population, share: Share::WHOLE }
    }

    /// Every event of a recording. Lines that name no producer go round the producers.
    pub fn recorded(replay: Replay, population: Population) -> Result<Self, InvalidSchedule> {
        let producers = population.producers();
        for recorded in replay.lines.iter() {
            if let Some(producer) = recorded.producer.filter(|producer| *producer >= producers) {
                return Err(InvalidSchedule::UnknownProducer { line: recorded.line, producer, producers });
            }
        }
        Ok(Self { times: Times::Recorded(replay), population, share: Share::WHOLE })
    }

    /// The part of the whole that host `host` (from 0) of `hosts` sends: all events of the producers whose number mod `hosts` is `host`.
    pub fn share(&self, host: u32, hosts: u32) -> Result<Self, InvalidSchedule> {
        if host >= hosts {
            return Err(InvalidSchedule::UnknownHost { host, hosts });
        }
        let producers = self.population.producers();
        if host >= producers {
            return Err(InvalidSchedule::IdleHost { host, hosts, producers });
        }
        Ok(Self { share: Share { host, hosts }, ..self.clone() })
    }

    pub fn population(&self) -> Population {
        self.population
    }

    /// The events in the order of time. Takes memory for each producer, not for each event.
    pub fn events(&self) -> Events {
        let source = match &self.times {
            Times::Seeded { pace, model, seed } => Source::Model(Timed::new(self.order(pace, *model, *seed), Arc::clone(pace))),
            Times::Recorded(replay) => Source::Recording(self.recording(replay)),
        };
        Events::new(source, self.population)
    }

    /// How many events there are, exactly. The pace's own figure is what it offers; a producer's phase, and chance, decide whether the last
    /// ones are still within. Takes a pass over all events for Poisson and recordings.
    pub fn len(&self) -> u64 {
        match &self.times {
            Times::Seeded { pace, model, seed } => self.order(pace, *model, *seed).len(),
            Times::Recorded(replay) => self.recording(replay).count() as u64,
        }
    }

    /// Whether it has no event at all: nothing could be said about such a run.
    pub fn is_empty(&self) -> bool {
        self.events().next().is_none()
    }

    fn order(&self, pace: &Pace, model: Model, seed: u64) -> Order {
        Order::new(model, &Draw { seed, total: pace.total(), population: self.population, share: self.share })
    }

    fn recording(&self, replay: &Replay) -> Recording {
        Recording::new(replay.clone(), self.population, self.share)
    }
}
