use super::percentile::percentile;

/// Ten minutes, in microseconds.
pub const DRIFT_WINDOW_US: i64 = 600_000_000;

/// How the median moves in the course of a run: a D that hides a drift is not to be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    pub windows: Vec<WindowMedian>,
    /// Between the highest and the lowest median, in microseconds.
    pub range_us: f64,
}

/// The median of the events intended within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowMedian {
    pub begin_us: i64,
    pub n: u64,
    pub median_us: f64,
}

impl Drift {
    /// Of (intended time, latency), in any order; windows begin at multiples of `window_us` (at least 1).
    pub fn of(samples: impl IntoIterator<Item = (i64, i64)>, window_us: i64) -> Drift {
        let window_us = window_us.max(1);
        let mut by_window: Vec<(i64, i64)> =
            samples.into_iter().map(|(intended_us, latency_us)| (intended_us.div_euclid(window_us), latency_us)).collect();
        by_window.sort_unstable();
        let windows: Vec<WindowMedian> =
            by_window.chunk_by(|left, right| left.0 == right.0).filter_map(|one| median_of(one, window_us)).collect();
        let medians = || windows.iter().map(|window| window.median_us);
        let range_us = medians().fold(f64::NEG_INFINITY, f64::max) - medians().fold(f64::INFINITY, f64::min);
        Drift { range_us: range_us.max(0.0), windows }
    }
}

fn median_of(window: &[(i64, i64)], window_us: i64) -> Option<WindowMedian> {
    let latencies: Vec<i64> = window.iter().map(|(_, latency_us)| *latency_us).collect();
    let begin_us = window.first()?.0 * window_us;
    Some(WindowMedian { begin_us, n: latencies.len() as u64, median_us: percentile(&latencies, 0.5)? })
}

#[cfg(test)]
mod tests {
    use super::{DRIFT_WINDOW_US, Drift};

    #[test]
    fn a_median_that_moves_is_seen() {
        let samples = (0..1_200).map(|second| (second * 1_000_000, if second < 600 { 10 } else { 25 }));
        let drift = Drift::of(samples, DRIFT_WINDOW_US);
        let medians: Vec<(i64, u64, f64)> = drift.windows.iter().map(|window| (window.begin_us, window.n, window.median_us)).collect();
        assert_eq!(medians, [(0, 600, 10.0), (600_000_000, 600, 25.0)]);
        assert_eq!(drift.range_us, 15.0);
    }

    #[test]
    fn nothing_does_not_drift() {
        assert_eq!(Drift::of([], DRIFT_WINDOW_US), Drift { windows: vec![], range_us: 0.0 });
    }
}
