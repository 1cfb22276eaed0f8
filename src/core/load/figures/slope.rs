/// A straight line through points, by least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// The value's unit per second.
    pub per_second: f64,
    /// Of `per_second`, as if the points were independent.
    pub standard_error: f64,
    /// `per_second / standard_error`; infinite for a perfect line that is not level.
    pub t: f64,
}

/// From so many standard errors on a slope is one.
const SURE: f64 = 3.0;
/// A backlog that grows by more than this share of the rate will not stop.
const SHARE_OF_RATE: f64 = 0.01;

/// Of (seconds, value); None for fewer than three points or all at one time.
pub fn slope(points: &[(f64, f64)]) -> Option<Slope> {
    if points.len() < 3 {
        return None;
    }
    let n = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / n;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / n;
    let squares = points.iter().map(|point| (point.0 - mean_x).powi(2)).sum::<f64>();
    if squares <= 0.0 {
        return None;
    }
    let per_second = points.iter().map(|point| (point.0 - mean_x) * (point.1 - mean_y)).sum::<f64>() / squares;
    let rest = points.iter().map(|point| (point.1 - mean_y - per_second * (point.0 - mean_x)).powi(2)).sum::<f64>();
    let standard_error = (rest / (n - 2.0) / squares).sqrt();
    let t = if per_second == 0.0 { 0.0 } else { per_second / standard_error };
    Some(Slope { per_second, standard_error, t })
}

impl Slope {
    /// Upwards, beyond doubt.
    pub fn is_rising(&self) -> bool {
        self.per_second > 0.0 && self.t > SURE
    }

    /// For a backlog in events at a rate of events per second: it rises by more than 1 % of the rate.
    pub fn grows(&self, rate: f64) -> bool {
        self.is_rising() && self.per_second > SHARE_OF_RATE * rate
    }

    /// Seconds until a value now at `value` reaches `limit`; None unless it rises, 0 if it is there.
    pub fn seconds_to(&self, value: f64, limit: f64) -> Option<f64> {
        self.is_rising().then(|| ((limit - value) / self.per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::slope;

    fn wave(second: u32) -> f64 {
        f64::from(second * 37 % 11) - 5.0
    }

    /// Anscombe's first data set: slope 0.5001, standard error 0.1179, t 4.24.
    #[test]
    fn the_known_regression_comes_out() {
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        let points: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
        let line = slope(&points).unwrap();
        assert!((line.per_second - 0.500_09).abs() < 1e-4 && (line.standard_error - 0.117_9).abs() < 1e-4 && (line.t - 4.241).abs() < 1e-2);
    }

    #[test]
    fn a_backlog_grows_only_beyond_a_hundredth_of_the_rate_and_beyond_doubt() {
        let rising = |per_second: f64, noise: f64| {
            let points: Vec<(f64, f64)> =
                (0..60).map(|second| (f64::from(second), 500.0 + per_second * f64::from(second) + noise * wave(second))).collect();
            slope(&points).unwrap()
        };
        assert!(rising(20.0, 5.0).grows(1_000.0));
        assert!(!rising(8.0, 5.0).grows(1_000.0));
        assert!(!rising(20.0, 500.0).grows(1_000.0));
        assert!(!rising(-20.0, 1.0).grows(1_000.0));
        assert!(!rising(0.0, 0.0).grows(0.0));
    }

    #[test]
    fn a_rising_value_has_a_time_to_its_limit() {
        let points: Vec<(f64, f64)> = (0..10).map(|second| (f64::from(second), 2.0 * f64::from(second))).collect();
        let line = slope(&points).unwrap();
        assert_eq!(line.seconds_to(18.0, 118.0), Some(50.0));
        assert_eq!(line.seconds_to(130.0, 118.0), Some(0.0));
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)]).unwrap().seconds_to(1.0, 2.0), None);
        assert_eq!(slope(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(slope(&points[..2]), None);
    }
}
