//! Whether the load was the load that was asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// How late events were sent, against their intended times.
    pub slip_p50_us: Option<f64>,
    pub slip_p999_us: Option<f64>,
    pub slip_max_us: Option<f64>,
    pub offered_per_s: Option<f64>,
    pub achieved_per_s: Option<f64>,
    pub dropped: u64,
    /// Of the processors that the process may use, 0 .. 100.
    pub cpu_percent: Option<f64>,
    /// How long its threads were ready and had no processor, of the duration, 0 .. 100.
    pub run_delay_percent: Option<f64>,
    /// The longest time that the load host itself stood still.
    pub hiccup_max_us: Option<f64>,
    /// Of the pacing thread: `SCHED_FIFO 50`, `SCHED_OTHER (no permission for SCHED_FIFO)` ..
    pub priority: Option<String>,
    /// Why the generator was the limit; empty: it was not.
    #[serde(default)]
    pub limits: Vec<String>,
}

impl Generator {
    /// Achieved of offered, 0 .. 1.
    pub fn achieved(&self) -> Option<f64> {
        let offered = self.offered_per_s.filter(|offered| *offered > 0.0)?;
        Some(self.achieved_per_s? / offered)
    }
}
