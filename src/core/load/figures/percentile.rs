//! Percentiles as numpy computes them by default: linear interpolation at `(n - 1) q`.

/// The quantile `q` (0 to 1) of values sorted upwards; None without values.
pub fn percentile(sorted: &[i64], q: f64) -> Option<f64> {
    percentile_with_lost(sorted, 0, q).filter(|value| value.is_finite())
}

/// The same with `lost` further values that are infinite; the result is infinite where it touches one of them.
pub fn percentile_with_lost(sorted: &[i64], lost: u64, q: f64) -> Option<f64> {
    let length = sorted.len() as u64 + lost;
    let position = length.checked_sub(1)? as f64 * q.clamp(0.0, 1.0);
    let below = position.floor();
    let share = position - below;
    let value = |index: usize| sorted.get(index).map_or(f64::INFINITY, |value| *value as f64);
    let low = value(below as usize);
    let high = value(below as usize + 1);
    Some(between(low, high, share))
}

/// From the nearer side, as numpy does, so that equal inputs give equal bits.
pub(super) fn between(low: f64, high: f64, share: f64) -> f64 {
    if share == 0.0 || low.is_infinite() {
        return low;
    }
    if high.is_infinite() {
        return high;
    }
    if share < 0.5 { low + (high - low) * share } else { high - (high - low) * (1.0 - share) }
}

#[cfg(test)]
mod tests {
    use super::{percentile, percentile_with_lost};

    #[test]
    fn ten_values_give_the_known_percentiles() {
        let values: Vec<i64> = (1..=10).collect();
        for (q, expected) in [(0.0, 1.0), (0.5, 5.5), (0.99, 9.91), (0.999, 9.991), (0.9999, 9.9991), (1.0, 10.0)] {
            let found = percentile(&values, q).unwrap();
            assert!((found - expected).abs() < 1e-9, "{q}: {found}");
        }
    }

    #[test]
    fn nothing_has_no_percentile_and_one_value_is_all_of_them() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7], 0.0), Some(7.0));
        assert_eq!(percentile(&[7], 0.9999), Some(7.0));
    }

    #[test]
    fn a_lost_event_is_infinitely_late() {
        let values: Vec<i64> = (1..=9).collect();
        assert_eq!(percentile_with_lost(&values, 1, 0.5), Some(5.5));
        assert_eq!(percentile_with_lost(&values, 1, 0.99), Some(f64::INFINITY));
        assert_eq!(percentile_with_lost(&[], 3, 0.1), Some(f64::INFINITY));
        assert_eq!(percentile_with_lost(&[4], 0, 0.1), Some(4.0));
    }
}
