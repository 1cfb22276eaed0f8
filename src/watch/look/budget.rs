//! The time of a look, shared out among its requests.

use std::time::{Duration, Instant};

/// By when a look ends.
#[derive(Clone, Copy, Debug)]
pub struct Budget(Instant);

impl Budget {
    pub fn new(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    pub fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// For one of several requests in a row: a broker that hangs uses half up each time, and leaves something for the next.
    pub fn half(&self) -> Duration {
        self.left() / 2
    }
}
