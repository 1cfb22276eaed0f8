//! What a sample's order says about a quantile, whatever the distribution.

use super::gamma::ln_gamma;

/// Values between which a quantile lies with at least 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub low: i64,
    pub high: i64,
}

const EACH_SIDE: f64 = 0.025;
/// The normal distribution's 97.5 % point.
const NORMAL: f64 = 1.959_963_984_540_054;
/// From so many values on either side of the quantile on, the normal approximation moves a rank by less than one in a hundred.
const ENOUGH: f64 = 500.0;

/// The 95 % interval of the quantile `q` of sorted, independent values by order statistics (exact by the binomial where fewer than 500
/// values lie on a side of it); None where there are too few values for it on one side.
pub fn quantile_interval(sorted: &[i64], q: f64) -> Option<Interval> {
    let (low, high) = ranks(sorted.len() as u64, q)?;
    let value = |rank: u64| sorted.get(usize::try_from(rank.checked_sub(1)?).ok()?).copied();
    Some(Interval { low: value(low)?, high: value(high)? })
}

/// Ranks from 1 to n.
pub(super) fn ranks(n: u64, q: f64) -> Option<(u64, u64)> {
    if n == 0 || q <= 0.0 || q >= 1.0 {
        return None;
    }
    let (below, above) = (n as f64 * q, n as f64 * (1.0 - q));
    let (low, high) = if below.min(above) >= ENOUGH { by_normal(n, q) } else { by_binomial(n, q) };
    (low >= 1 && high <= n).then_some((low, high))
}

fn by_normal(n: u64, q: f64) -> (u64, u64) {
    let middle = n as f64 * q;
    let half = NORMAL * (middle * (1.0 - q)).sqrt();
    ((middle - half).floor() as u64, (middle + half).ceil() as u64 + 1)
}

/// The number below the quantile is binomial: `low` is the highest rank with `P(B < low) <= 2.5 %`, `high` the lowest with
/// `P(B >= high) <= 2.5 %`. Counted from the side that is nearer, so that the sums are short.
fn by_binomial(n: u64, q: f64) -> (u64, u64) {
    if q <= 0.5 {
        let (low, high) = binomial_ranks(n, q);
        return (low, high);
    }
    // Mirrored, rank r becomes n + 1 - r.
    let (low, high) = binomial_ranks(n, 1.0 - q);
    ((n + 1).saturating_sub(high), n + 1 - low.min(n + 1))
}

/// `low` is 0 and `high` n + 1 where no rank is far enough out.
fn binomial_ranks(n: u64, p: f64) -> (u64, u64) {
    let mut below = 0.0;
    let mut low = 0;
    for count in 0..=n {
        let upto = below + mass(n, p, count);
        if upto <= EACH_SIDE {
            low = count + 1;
        }
        if 1.0 - upto <= EACH_SIDE {
            return (low, count + 1);
        }
        below = upto;
    }
    (low, n + 1)
}

fn mass(n: u64, p: f64, count: u64) -> f64 {
    let (n, count) = (n as f64, count as f64);
    let ways = ln_gamma(n + 1.0) - ln_gamma(count + 1.0) - ln_gamma(n - count + 1.0);
    (ways + count * p.ln() + (n - count) * (-p).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::{Interval, by_binomial, by_normal, quantile_interval, ranks};

    /// Conover, Practical Nonparametric Statistics: the median of 10 lies between the 2nd and the 9th value (97.9 %).
    #[test]
    fn the_tabulated_interval_of_a_median_holds() {
        assert_eq!(ranks(10, 0.5), Some((2, 9)));
        assert_eq!(ranks(6, 0.5), Some((1, 6)));
        assert_eq!(ranks(5, 0.5), None);
        let values: Vec<i64> = (101..=110).collect();
        assert_eq!(quantile_interval(&values, 0.5), Some(Interval { low: 102, high: 109 }));
    }

    /// The maximum is above the quantile with a probability of `1 - q^n`.
    #[test]
    fn a_far_quantile_needs_many_values() {
        assert_eq!(ranks(36_886, 0.9999), None);
        assert!(ranks(36_888, 0.9999).is_some());
        assert_eq!(ranks(2_700, 0.99999), None);
        assert_eq!(ranks(0, 0.5), None);
    }

    #[test]
    fn both_ways_of_reckoning_agree_where_they_meet() {
        for (n, q) in [(2_000, 0.5), (1_000_000, 0.9995), (1_000_000, 0.0005), (50_000, 0.99)] {
            let (exact, normal) = (by_binomial(n, q), by_normal(n, q));
            assert!(exact.0.abs_diff(normal.0) <= 3 && exact.1.abs_diff(normal.1) <= 3, "{n} {q}: {exact:?} {normal:?}");
        }
    }
}
