use super::slope::{Slope, slope};

/// Whether memory is on its way to its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemoryOutlook {
    /// Bytes per second.
    pub slope: Slope,
    /// Bytes at the end, by the line.
    pub level: f64,
    /// None while it does not rise.
    pub seconds_to_limit: Option<f64>,
}

impl MemoryOutlook {
    /// Of (seconds, bytes); None for fewer than three points.
    pub fn of(points: &[(f64, f64)], limit_bytes: f64) -> Option<MemoryOutlook> {
        let line = slope(points)?;
        let n = points.len() as f64;
        let mean_x = points.iter().map(|point| point.0).sum::<f64>() / n;
        let mean_y = points.iter().map(|point| point.1).sum::<f64>() / n;
        let last = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
        let level = mean_y + line.per_second * (last - mean_x);
        Some(MemoryOutlook { slope: line, level, seconds_to_limit: line.seconds_to(level, limit_bytes) })
    }

    /// True if the limit comes within `horizon_seconds` at this pace.
    pub fn reaches_limit_within(&self, horizon_seconds: f64) -> bool {
        self.seconds_to_limit.is_some_and(|seconds| seconds <= horizon_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryOutlook;

    #[test]
    fn memory_that_rises_reaches_its_limit_and_memory_that_stays_does_not() {
        let rising: Vec<(f64, f64)> = (0..61).map(|second| (f64::from(second), 1e9 + 1e6 * f64::from(second))).collect();
        let outlook = MemoryOutlook::of(&rising, 2e9).unwrap();
        assert!((outlook.seconds_to_limit.unwrap() - 940.0).abs() < 1e-3);
        assert!(outlook.reaches_limit_within(3_600.0) && !outlook.reaches_limit_within(600.0));
        let level: Vec<(f64, f64)> = (0..61).map(|second| (f64::from(second), 1e9 + f64::from(second % 2))).collect();
        assert!(!MemoryOutlook::of(&level, 2e9).unwrap().reaches_limit_within(1e12));
    }
}
