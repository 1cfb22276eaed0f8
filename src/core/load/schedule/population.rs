//! Who sends, and what about.

use thiserror::Error;

/// The most producers: each has state of its own on the load host.
const MOST_PRODUCERS: u32 = 1_000_000;

/// The producers of a load test and the channels and objects that their events belong to.
///
/// Wherever there are enough to go round, a thing has one owner: producer p of P sends to the channels c with c mod P = p, one after
/// another. With fewer channels than producers, producer p sends to channel p mod C, and those that share it divide its objects in the same
/// way. So the order of events within an object is that of one producer, unless there are fewer objects than producers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    producers: u32,
    channels: u32,
    objects_per_channel: u32,
}

/// A population that can not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidPopulation {
    #[error("{0} producers: allowed are 1 to {MOST_PRODUCERS}")]
    Producers(u32),
    #[error("there must be at least one channel")]
    NoChannel,
    #[error("there must be at least one object per channel")]
    NoObject,
}

impl Population {
    pub fn new(producers: u32, channels: u32, objects_per_channel: u32) -> Result<Self, InvalidPopulation> {
        if !(1..=MOST_PRODUCERS).contains(&producers) {
            return Err(InvalidPopulation::Producers(producers));
        }
        if channels == 0 {
            return Err(InvalidPopulation::NoChannel);
        }
        if objects_per_channel == 0 {
            return Err(InvalidPopulation::NoObject);
        }
        Ok(Self { producers, channels, objects_per_channel })
    }

    pub fn producers(&self) -> u32 {
        self.producers
    }

    pub fn channels(&self) -> u32 {
        self.channels
    }

    pub fn objects_per_channel(&self) -> u32 {
        self.objects_per_channel
    }

    /// The channel, and the object within it, of a producer's event with this number among its own.
    pub fn place(&self, producer: u32, sequence: u64) -> (u32, u32) {
        let channels = Own::of(producer, self.producers, self.channels);
        let channel = channels.at(sequence);
        let sharers = self.sharers(channel);
        let objects = Own::of(producer / self.channels % sharers, sharers, self.objects_per_channel);
        (channel, objects.at(sequence / u64::from(channels.count)))
    }

    /// How many producers send to a channel.
    fn sharers(&self, channel: u32) -> u32 {
        if self.channels >= self.producers { 1 } else { (self.producers - channel).div_ceil(self.channels) }
    }
}

/// What one of several owners has of a number of things: every so many-th, or one that is shared.
struct Own {
    first: u32,
    step: u32,
    count: u32,
}

impl Own {
    fn of(owner: u32, owners: u32, things: u32) -> Self {
        if things < owners {
            return Self { first: owner % things, step: 0, count: 1 };
        }
        Self { first: owner, step: owners, count: (things - owner).div_ceil(owners) }
    }

    /// The next one each time, and from the start again.
    fn at(&self, turn: u64) -> u32 {
        self.first + self.step * (turn % u64::from(self.count)) as u32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::core::properties::at_least;

    fn places(population: Population, producer: u32, events: u64) -> Vec<(u32, u32)> {
        (0..events).map(|sequence| population.place(producer, sequence)).collect()
    }

    #[test]
    fn a_producer_goes_round_its_own_channels_and_then_their_objects() {
        let population = Population::new(2, 5, 2).unwrap();
        assert_eq!(places(population, 0, 7), [(0, 0), (2, 0), (4, 0), (0, 1), (2, 1), (4, 1), (0, 0)]);
        assert_eq!(places(population, 1, 5), [(1, 0), (3, 0), (1, 1), (3, 1), (1, 0)]);
    }

    #[test]
    fn producers_that_share_a_channel_divide_its_objects() {
        let population = Population::new(5, 2, 4).unwrap();
        assert_eq!(places(population, 0, 3), [(0, 0), (0, 3), (0, 0)]);
        assert_eq!(places(population, 2, 2), [(0, 1), (0, 1)]);
        assert_eq!(places(population, 4, 2), [(0, 2), (0, 2)]);
        assert_eq!(places(population, 3, 2), [(1, 1), (1, 3)]);
    }

    #[test]
    fn nobody_and_nothing_are_refused() {
        assert_eq!(Population::new(0, 1, 1), Err(InvalidPopulation::Producers(0)));
        assert_eq!(Population::new(1_000_001, 1, 1), Err(InvalidPopulation::Producers(1_000_001)));
        assert_eq!(Population::new(1, 0, 1), Err(InvalidPopulation::NoChannel));
        assert_eq!(Population::new(1, 1, 0), Err(InvalidPopulation::NoObject));
    }

    proptest! {
        #![proptest_config(at_least(256))]

        #[test]
        fn an_object_has_one_producer_where_there_are_enough_and_all_are_used(producers in 1..20_u32, channels in 1..20_u32, objects in 1..20_u32) {
            let population = Population::new(producers, channels, objects).unwrap();
            let mut owners: BTreeMap<(u32, u32), BTreeSet<u32>> = BTreeMap::new();
            for producer in 0..producers {
                for place in places(population, producer, 400) {
                    prop_assert!(place.0 < channels && place.1 < objects);
                    owners.entry(place).or_default().insert(producer);
                }
            }
            let enough = objects >= producers.div_ceil(channels);
            if enough {
                prop_assert_eq!(owners.len() as u32, channels * objects);
                prop_assert!(owners.values().all(|owners| owners.len() == 1));
            }
        }
    }
}
