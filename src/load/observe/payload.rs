//! What a payload says of its event.

use crate::core::load::figures::UNREADABLE;
use crate::core::load::schedule::{NotStamped, Stamp};

/// Knows the payloads of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    run: u32,
}

impl Payload {
    pub const fn of_run(run: u32) -> Self {
        Self { run }
    }

    /// The event's number ([`UNREADABLE`] where it is damaged beyond that) and whether its payload is as it was sent; `None` for what is
    /// not of this run.
    pub fn read(self, data: &str) -> Option<(u64, bool)> {
        match Stamp::read(data) {
            Ok(stamp) => (stamp.run == self.run).then_some((stamp.event, true)),
            Err(NotStamped::Corrupt { stamp: Some(stamp) }) => (stamp.run == self.run).then_some((stamp.event, false)),
            Err(NotStamped::Corrupt { stamp: None }) => Some((UNREADABLE, false)),
            Err(NotStamped::NotOurs) => None,
        }
    }
}
