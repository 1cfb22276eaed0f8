/// How the breaking point is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSettings {
    /// Events per second, above 0.
    pub start_rate: f64,
    /// The factor from step to step while climbing, above 1.
    pub growth: f64,
    /// Bisect until the failing rate is at most this share above the passing one.
    pub resolution: f64,
    /// A rate passes if it passes so many times out of as many.
    pub repeats: u32,
    /// 1, or less for a short test.
    pub time_factor: f64,
    /// The search gives up after so many steps.
    pub most_steps: u32,
}

impl SearchSettings {
    /// As a real search is run.
    pub fn from_rate(start_rate: f64) -> SearchSettings {
        SearchSettings { start_rate, growth: 1.5, resolution: 0.05, repeats: 3, time_factor: 1.0, most_steps: 60 }
    }

    /// A minute, or until 100,000 events have come: ten of them lie beyond p99.99.
    pub(super) fn seconds(&self, rate: f64) -> f64 {
        f64::max(60.0, 100_000.0 / rate) * self.time_factor
    }
}
