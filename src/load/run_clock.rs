//! The clock of a run, for those who are connected before it starts.

use std::sync::{Arc, OnceLock};

use super::host::Monotonic;

/// Runs once it is started; a clone is the same clock.
#[derive(Clone, Debug, Default)]
pub struct RunClock {
    started: Arc<OnceLock<Monotonic>>,
}

impl RunClock {
    /// Starts now, or at a moment in microseconds since 1970. Only the first call does.
    pub fn start(&self, at_real_us: Option<i64>) -> Monotonic {
        *self.started.get_or_init(|| at_real_us.map_or_else(Monotonic::start, Monotonic::starting_at_real_us))
    }

    /// Microseconds since the start; before it the least that there is.
    pub fn now_us(&self) -> i64 {
        self.started.get().map_or(i64::MIN, Monotonic::now_us)
    }

    /// The moment of the run with this real time, in microseconds since 1970.
    pub fn at_real_us(&self, real_us: i64) -> i64 {
        self.started.get().map_or(i64::MIN, |clock| clock.from_real_us(real_us))
    }
}
