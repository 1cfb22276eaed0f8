//! Seconds since 1970 that do not step: a clock that is set does not make a page too old, or wait for years.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    started_unix: f64,
}

impl Clock {
    pub fn start() -> Self {
        Self { started: Instant::now(), started_unix: unix_now() }
    }

    pub fn now(&self) -> f64 {
        self.started_unix + self.started.elapsed().as_secs_f64()
    }

    /// The instant of a time; what is far away is a day off, as somebody looks again by then.
    pub fn instant(&self, at: f64) -> Instant {
        let left = (at - self.now()).clamp(0.0, 86_400.0);
        Instant::now() + std::time::Duration::from_secs_f64(left)
    }
}

/// What the host's clock says: for what others compare with theirs.
pub fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
