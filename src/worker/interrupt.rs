//! What ends a partition's work before it is done.

use std::fmt::Display;
use std::sync::Arc;

use tokio::sync::watch;

use crate::core::offset::NextOffset;
use crate::core::positions::Behind;
use crate::core::rewind::RewindReason;

/// Why a step was not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The partition is to be given up.
    Stop,
    /// The start has to be decided anew: Redis lost data, or the log is another than believed.
    Rewind(Rewind),
    /// The process must not go on.
    Fatal(String),
}

/// Why the start has to be decided anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewind {
    pub reason: RewindReason,
    /// In words.
    pub why: String,
    /// Where the broker says that the log was cut: what is above was written anew, whatever the log's end is by now.
    pub cut_at: Option<NextOffset>,
}

impl Interrupt {
    pub fn rewind(reason: RewindReason, why: impl Display) -> Self {
        Self::Rewind(Rewind { reason, why: why.to_string(), cut_at: None })
    }
}

/// As a call's compare-and-set finds it.
impl From<Behind> for Interrupt {
    fn from(behind: Behind) -> Self {
        Self::rewind(RewindReason::Conflict, behind)
    }
}

/// How a partition is to be given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    #[default]
    Go,
    /// Finish what is in flight and commit.
    Drain,
    /// The partition belongs to somebody else: nothing may be committed any more.
    Abandon,
}

/// Tells a task to stop.
#[derive(Clone, Debug)]
pub struct StopSwitch(Arc<watch::Sender<Stop>>);

/// Hears of it.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<Stop>);

impl StopSwitch {
    pub fn new() -> (Self, StopSignal) {
        let (sender, receiver) = watch::channel(Stop::Go);
        (Self(Arc::new(sender)), StopSignal(receiver))
    }

    /// A stop can become more urgent, never less.
    pub fn request(&self, stop: Stop) {
        self.0.send_if_modified(|current| {
            let urgent = stop > *current;
            *current = stop.max(*current);
            urgent
        });
    }
}

impl StopSignal {
    pub fn current(&self) -> Stop {
        *self.0.borrow()
    }

    pub fn is_requested(&self) -> bool {
        self.current() != Stop::Go
    }

    /// Returns as soon as a stop is requested. Cancel-safe.
    pub async fn requested(&mut self) {
        // The switch is gone only when the worker is: that is a stop too.
        let _ = self.0.wait_for(|stop| *stop != Stop::Go).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_becomes_more_urgent_never_less() {
        let (switch, signal) = StopSwitch::new();
        assert!(!signal.is_requested());
        switch.request(Stop::Abandon);
        switch.request(Stop::Drain);
        assert_eq!(signal.current(), Stop::Abandon);
    }
}
