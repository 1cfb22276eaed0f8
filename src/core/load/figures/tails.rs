use super::pairs::Pairs;
use super::percentile::percentile;
use super::spread::{Spread, median_us};
use super::support::Support;

/// D2 to D5: how far the tail is from the middle.
///
/// For each pair of source and destination a percentile minus that pair's own median, so that clock offsets between hosts cancel; then the
/// spread over the pairs, each counting once.
#[derive(Debug, Clone, PartialEq)]
pub struct Tails {
    pub rows: Vec<Tail>,
    /// Pairs that had values.
    pub pairs: usize,
    /// Values in all pairs.
    pub events: u64,
}

/// One row: D2 is p99, D3 p99.9, D4 p99.99, D5 p99.999.
#[derive(Debug, Clone, PartialEq)]
pub struct Tail {
    pub name: &'static str,
    pub quantile: f64,
    /// Over the pairs.
    pub spread: Spread,
    /// The same distance for each pair, in microseconds, with its support.
    pub of_pairs: Vec<PairTail>,
    /// The pair with the fewest values decides what the row is worth.
    pub support: Support,
    /// Each pair's median subtracted, all pairs in one sample, in microseconds.
    pub pooled_us: f64,
    pub pooled_support: Support,
}

/// A pair's distance from its median.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairTail {
    pub source: u32,
    pub destination: u16,
    pub n: u64,
    pub distance_us: f64,
    pub support: Support,
}

const ROWS: [(&str, f64); 4] = [("D2", 0.99), ("D3", 0.999), ("D4", 0.9999), ("D5", 0.99999)];

impl Tails {
    /// Of sorted latencies; pairs without values are passed over. No rows without values.
    pub fn of(pairs: &Pairs) -> Tails {
        let filled = pairs.values().filter(|latencies| !latencies.is_empty());
        let pooled = Pooled::of(pairs);
        let rows = ROWS.iter().filter_map(|(name, quantile)| Tail::of(name, *quantile, pairs, &pooled));
        Tails { rows: rows.collect(), pairs: filled.count(), events: pooled.n() }
    }
}

impl Tail {
    fn of(name: &'static str, quantile: f64, pairs: &Pairs, pooled: &Pooled) -> Option<Tail> {
        let of_pairs: Vec<PairTail> = pairs
            .iter()
            .filter_map(|((source, destination), latencies)| PairTail::of(*source, *destination, latencies, quantile))
            .collect();
        let distances: Vec<f64> = of_pairs.iter().map(|pair| pair.distance_us).collect();
        Some(Tail {
            name,
            quantile,
            spread: Spread::of(&distances)?,
            support: of_pairs.iter().map(|pair| pair.support).min()?,
            of_pairs,
            pooled_us: pooled.percentile_us(quantile)?,
            pooled_support: Support::of(pooled.n(), quantile),
        })
    }
}

impl PairTail {
    fn of(source: u32, destination: u16, sorted: &[i64], quantile: f64) -> Option<PairTail> {
        let n = sorted.len() as u64;
        let distance_us = percentile(sorted, quantile)? - median_us(sorted)?;
        Some(PairTail { source, destination, n, distance_us, support: Support::of(n, quantile) })
    }
}

/// All latencies, each minus its pair's median, in half microseconds: a median lies on a whole or a half one, so this stays exact.
struct Pooled {
    halves: Vec<i64>,
}

impl Pooled {
    fn of(pairs: &Pairs) -> Pooled {
        let mut halves = Vec::with_capacity(pairs.values().map(Vec::len).sum());
        for latencies in pairs.values() {
            let Some(median_us) = median_us(latencies) else { continue };
            let median_halves = (median_us * 2.0) as i64;
            halves.extend(latencies.iter().map(|latency| latency * 2 - median_halves));
        }
        halves.sort_unstable();
        Pooled { halves }
    }

    fn n(&self) -> u64 {
        self.halves.len() as u64
    }

    fn percentile_us(&self, quantile: f64) -> Option<f64> {
        percentile(&self.halves, quantile).map(|halves| halves / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pairs, Support, Tails};

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn one_to_ten_give_the_known_distances() {
        let tails = Tails::of(&Pairs::from([((0, 0), (1..=10).collect())]));
        for (row, expected) in tails.rows.iter().zip([4.41, 4.491, 4.4991, 4.49991]) {
            near(row.of_pairs[0].distance_us, expected);
            near(row.spread.median_ms * 1_000.0, expected);
            near(row.pooled_us, expected);
            assert_eq!(row.support, Support::OnlyMaximum);
        }
        assert_eq!(tails.rows.iter().map(|row| row.name).collect::<Vec<_>>(), ["D2", "D3", "D4", "D5"]);
        assert_eq!((tails.pairs, tails.events), (1, 10));
    }

    #[test]
    fn one_value_is_its_own_tail() {
        let tails = Tails::of(&Pairs::from([((3, 4), vec![812])]));
        assert!(tails.rows.iter().all(|row| row.spread.max_ms == 0.0 && row.pooled_us == 0.0));
    }

    #[test]
    fn pairs_count_once_each_whatever_their_size() {
        let near_pair = [vec![0; 999], vec![3_000]].concat();
        let far_pair = [vec![1_000_000; 99], vec![1_005_000]].concat();
        let tails = Tails::of(&Pairs::from([((0, 0), near_pair), ((1, 0), far_pair), ((2, 0), vec![])]));
        let last = &tails.rows[3];
        near(last.of_pairs[0].distance_us, 2_970.03);
        near(last.of_pairs[1].distance_us, 4_995.05);
        near(last.spread.mean_ms, (2.970_03 + 4.995_05) / 2.0);
        assert_eq!((tails.pairs, tails.events), (2, 1_100));
    }

    #[test]
    fn a_clock_offset_of_a_pair_cancels() {
        let plain: Vec<i64> = (0..2_000).map(|value| value * value % 997).collect();
        let sorted = |offset: i64| {
            let mut values: Vec<i64> = plain.iter().map(|value| value + offset).collect();
            values.sort_unstable();
            values
        };
        let together = Tails::of(&Pairs::from([((0, 0), sorted(0)), ((1, 0), sorted(0))]));
        let apart = Tails::of(&Pairs::from([((0, 0), sorted(-5_000_000)), ((1, 0), sorted(7_000_001))]));
        for (same, shifted) in together.rows.iter().zip(&apart.rows) {
            near(same.spread.median_ms, shifted.spread.median_ms);
            near(same.pooled_us, shifted.pooled_us);
        }
    }

    #[test]
    fn the_smallest_pair_decides_what_a_row_is_worth() {
        let tails = Tails::of(&Pairs::from([((0, 0), (0..100_000).collect()), ((1, 0), (0..5_000).collect())]));
        assert_eq!(
            tails.rows.iter().map(|row| row.support).collect::<Vec<_>>(),
            [Support::Firm, Support::Weak, Support::OnlyMaximum, Support::OnlyMaximum]
        );
        assert_eq!(tails.rows[2].pooled_support, Support::Firm);
    }
}
