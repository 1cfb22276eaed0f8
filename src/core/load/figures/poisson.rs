//! What a count says about the expectation behind it.

use super::gamma::inverse_lower;

/// How sure each of the two one-sided bounds is.
pub const CONFIDENCE: f64 = 0.95;

/// The smallest expectation that is plausible: with less, so many would come in fewer than 5 % of the runs. 0 for none.
pub fn lower_bound(count: f64) -> f64 {
    if count <= 0.0 { 0.0 } else { inverse_lower(count, 1.0 - CONFIDENCE) }
}

/// The largest expectation that is plausible: with more, so few would come in fewer than 5 % of the runs.
pub fn upper_bound(count: f64) -> f64 {
    inverse_lower(count.max(0.0) + 1.0, CONFIDENCE)
}

#[cfg(test)]
mod tests {
    use super::{lower_bound, upper_bound};

    /// Garwood (1936), one-sided 95 %.
    #[test]
    fn the_tabulated_bounds_hold() {
        for (count, lower, upper) in
            [(0.0, 0.0, 2.996), (1.0, 0.051, 4.744), (2.0, 0.355, 6.296), (10.0, 5.425, 16.962), (11.0, 6.169, 18.208)]
        {
            assert!((lower_bound(count) - lower).abs() < 1e-3, "{count}: {}", lower_bound(count));
            assert!((upper_bound(count) - upper).abs() < 1e-3, "{count}: {}", upper_bound(count));
        }
    }
}
