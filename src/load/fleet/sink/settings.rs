//! What a sink is told.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::{SinkFaults, Stage, Watcher};

/// How fast it is, what it does wrong, and who watches.
#[derive(Clone)]
pub struct SinkSettings {
    /// From a record to its acknowledgement.
    pub delay: Duration,
    /// The stages that are shown, each with the time from the one before it; the first counts from the acknowledgement.
    pub stages: Vec<(Stage, Duration)>,
    pub faults: SinkFaults,
    /// Chooses the events with a fault.
    pub seed: u64,
    /// The events that are counted: only they have faults.
    pub events: Range<u64>,
    pub watcher: Arc<dyn Watcher>,
}

impl PartialEq for SinkSettings {
    fn eq(&self, other: &Self) -> bool {
        let of = |settings: &Self| (settings.delay, settings.stages.clone(), settings.faults, settings.seed, settings.events.clone());
        of(self) == of(other)
    }
}

impl fmt::Debug for SinkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkSettings").field("delay", &self.delay).field("faults", &self.faults).finish_non_exhaustive()
    }
}
