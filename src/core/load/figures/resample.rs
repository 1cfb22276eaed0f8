//! Percentiles of a run as they might have come out: whole blocks of time drawn again, so that a stall stays one stall.

use super::percentile::between;

/// Ten seconds, in microseconds.
const BLOCK_US: i64 = 10_000_000;
/// A shorter run is cut into so many blocks.
const FEWEST_BLOCKS: i64 = 20;

/// An event for a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedLatency {
    pub intended_us: i64,
    /// None is infinite: lost, failed, dropped.
    pub latency_us: Option<i64>,
}

/// A run's latencies sorted once, each with its block of time.
#[derive(Debug)]
pub(super) struct Blocked {
    /// Infinite ones are `i64::MAX`.
    sorted: Vec<(i64, u32)>,
    block_sizes: Vec<u64>,
}

impl Blocked {
    pub fn of(run: &[TimedLatency]) -> Blocked {
        let begin_us = run.iter().map(|event| event.intended_us).min().unwrap_or_default();
        let end_us = run.iter().map(|event| event.intended_us).max().unwrap_or_default() + 1;
        let block_us = BLOCK_US.min((end_us - begin_us) / FEWEST_BLOCKS).max(1);
        let mut blocks = Blocked { sorted: Vec::with_capacity(run.len()), block_sizes: Vec::new() };
        for event in run {
            let block = ((event.intended_us - begin_us) / block_us) as usize;
            blocks.block_sizes.resize(blocks.block_sizes.len().max(block + 1), 0);
            blocks.block_sizes[block] += 1;
            blocks.sorted.push((event.latency_us.unwrap_or(i64::MAX), block as u32));
        }
        blocks.sorted.sort_unstable();
        blocks
    }

    pub fn n(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// The percentiles of the run as it was, in microseconds.
    pub fn percentiles(&self, quantiles: &[f64]) -> Vec<f64> {
        self.weighted(quantiles, &vec![1; self.block_sizes.len()])
    }

    /// The percentiles of a run made of as many blocks, drawn with repetition.
    pub fn redrawn(&self, quantiles: &[f64], draws: &mut Draws) -> Vec<f64> {
        self.weighted(quantiles, &draws.weights(self.block_sizes.len()))
    }

    /// One walk upwards for all quantiles, which must rise.
    fn weighted(&self, quantiles: &[f64], weights: &[u64]) -> Vec<f64> {
        let n: u64 = self.block_sizes.iter().zip(weights).map(|(size, weight)| size * weight).sum();
        let mut walk = Walk { rest: self.sorted.iter(), weights, passed: 0, value: f64::NAN };
        let mut found = Vec::with_capacity(quantiles.len());
        for quantile in quantiles {
            let position = n.saturating_sub(1) as f64 * quantile;
            let low = walk.value_at(position.floor() as u64);
            let high = walk.clone().value_at(position.ceil() as u64);
            found.push(between(low, high, position.fract()));
        }
        found
    }
}

/// A way upwards through values that count several times.
#[derive(Clone)]
struct Walk<'run> {
    rest: std::slice::Iter<'run, (i64, u32)>,
    weights: &'run [u64],
    passed: u64,
    value: f64,
}

impl Walk<'_> {
    /// The value with so many below it; positions must not fall.
    fn value_at(&mut self, position: u64) -> f64 {
        while self.passed <= position {
            let Some((value, block)) = self.rest.next() else { break };
            self.passed += self.weights[*block as usize];
            self.value = if *value == i64::MAX { f64::INFINITY } else { *value as f64 };
        }
        self.value
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a seed decides all draws.
#[derive(Debug)]
pub(super) struct Draws(pub u64);

impl Draws {
    /// How often each of `blocks` blocks is drawn in as many draws.
    fn weights(&mut self, blocks: usize) -> Vec<u64> {
        let mut weights = vec![0; blocks];
        for _ in 0..blocks {
            weights[self.below(blocks as u64) as usize] += 1;
        }
        weights
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The high half of the product: no bias that matters for a few thousand blocks.
        ((u128::from(mixed) * u128::from(limit)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{Blocked, Draws, TimedLatency};
    use crate::core::load::figures::percentile;

    const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

    fn run(events: i64) -> Vec<TimedLatency> {
        (0..events).map(|event| TimedLatency { intended_us: event * 1_000, latency_us: Some(event * event % 10_007) }).collect()
    }

    #[test]
    fn undrawn_percentiles_are_the_plain_ones() {
        let events = run(5_000);
        let mut sorted: Vec<i64> = events.iter().filter_map(|event| event.latency_us).collect();
        sorted.sort_unstable();
        let plain: Vec<f64> = QUANTILES.iter().filter_map(|quantile| percentile(&sorted, *quantile)).collect();
        assert_eq!(Blocked::of(&events).percentiles(&QUANTILES), plain);
    }

    #[test]
    fn a_seed_decides_the_draws_and_draws_differ() {
        let blocked = Blocked::of(&run(5_000));
        let drawn = |seed: u64| {
            let mut draws = Draws(seed);
            (0..5).map(|_| blocked.redrawn(&QUANTILES, &mut draws)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn as_many_blocks_are_drawn_as_there_are_and_each_as_often_as_any_other() {
        let mut draws = Draws(3);
        let mut sums = [0; 20];
        for _ in 0..2_000 {
            let weights = draws.weights(20);
            assert_eq!(weights.iter().sum::<u64>(), 20);
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
        }
        assert!(sums.iter().all(|sum| (1_800..2_200).contains(sum)), "{sums:?}");
    }

    #[test]
    fn a_block_that_is_drawn_twice_counts_twice() {
        let weighted = |weights: [u64; 4]| {
            Blocked { sorted: vec![(0, 0), (1, 1), (2, 2), (3, 3)], block_sizes: vec![1; 4] }.weighted(&[0.0, 0.5, 1.0], &weights)
        };
        assert_eq!(weighted([0, 3, 0, 1]), [1.0, 1.0, 3.0]);
        assert_eq!(weighted([2, 0, 2, 0]), [0.0, 1.0, 2.0]);
    }

    #[test]
    fn lost_events_are_infinite() {
        let mut events = run(100);
        events[3].latency_us = None;
        assert_eq!(Blocked::of(&events).percentiles(&[1.0]), [f64::INFINITY]);
    }
}
