//! Order statistics of a handful of numbers.

/// The middle one, the lower of two; `None` of nothing. Sorts.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    percentile(numbers, 0.5)
}

/// The number that so much of them (0 to 1) are not above. Sorts.
pub fn percentile(numbers: &mut [f64], share: f64) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    numbers.get((last as f64 * share) as usize).copied()
}
