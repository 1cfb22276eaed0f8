//! How much misses come in bursts: a burst is one piece of evidence, not as many as it has events.

use super::gamma::inverse_lower;
use super::miss::Miss;

/// Ten seconds, in microseconds: longer than a stall, short enough that a run has many.
pub const BLOCK_US: i64 = 10_000_000;
/// With fewer blocks their variance says nothing; the stalls themselves are asked.
const FEWEST_BLOCKS: usize = 5;
const CONFIDENCE: f64 = 0.95;

/// Misses in each block of `[begin, end)`; one block at least.
pub(super) fn blocks(misses: &[Miss], begin_us: i64, end_us: i64) -> Vec<u64> {
    let length_us = (end_us - begin_us).max(1);
    let mut blocks = vec![0; usize::try_from((length_us + BLOCK_US - 1) / BLOCK_US).unwrap_or(1)];
    let last = blocks.len() - 1;
    for miss in misses {
        let block = usize::try_from((miss.intended_us - begin_us).div_euclid(BLOCK_US)).unwrap_or(0);
        blocks[block.min(last)] += 1;
    }
    blocks
}

/// Variance by mean of the misses in blocks, at least 1. What independent misses show by chance (19 times of 20) is 1: otherwise the few
/// blocks of a short run would widen its bounds at random.
pub(super) fn dispersion(blocks: &[u64], stalls: impl Iterator<Item = u64> + Clone) -> f64 {
    if blocks.len() < FEWEST_BLOCKS {
        return of_stalls(stalls);
    }
    let freedom = blocks.len() as f64 - 1.0;
    let mean = blocks.iter().sum::<u64>() as f64 / blocks.len() as f64;
    if mean == 0.0 {
        return 1.0;
    }
    let variance = blocks.iter().map(|misses| (*misses as f64 - mean).powi(2)).sum::<f64>() / freedom;
    // The sum of squares by the mean is chi-squared distributed if the misses are independent (Fisher's index of dispersion).
    let by_chance = 2.0 * inverse_lower(freedom / 2.0, CONFIDENCE) / freedom;
    let ratio = variance / mean;
    if ratio <= by_chance { 1.0 } else { ratio }
}

/// The same for bursts of known sizes that come independently (a compound Poisson process): mean square by mean.
fn of_stalls(sizes: impl Iterator<Item = u64> + Clone) -> f64 {
    let events: u64 = sizes.clone().sum();
    let squares: f64 = sizes.map(|size| (size as f64).powi(2)).sum();
    if events == 0 { 1.0 } else { (squares / events as f64).max(1.0) }
}

#[cfg(test)]
mod tests {
    use super::dispersion;

    fn of(blocks: &[u64]) -> f64 {
        dispersion(blocks, blocks.iter().copied().filter(|misses| *misses > 0))
    }

    #[test]
    fn independent_misses_are_not_dispersed() {
        assert_eq!(of(&[2, 1, 3, 2, 2, 1]), 1.0);
        assert_eq!(of(&[4, 1, 2, 0, 3, 1]), 1.0);
        assert_eq!(of(&[0; 6]), 1.0);
        assert_eq!(of(&[1_000; 6]), 1.0);
    }

    #[test]
    fn one_stall_of_a_hundred_is_one_piece_of_evidence() {
        assert!((of(&[100, 0, 0, 0, 0, 0]) - 100.0).abs() < 1e-9);
        assert!((of(&[0, 100]) - 100.0).abs() < 1e-9);
        assert_eq!(of(&[60, 100]), 85.0);
    }
}
