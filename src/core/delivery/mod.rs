//! Who is told what, and when: alerts on their way to channels that may be slow, refuse, or be gone for a day.
//!
//! An [`Alert`] is what an incident looks like now. The [`Desk`] numbers alerts, keeps the newest of each incident (`kept`) and, for each
//! channel, what the channel was told last (`entry`). From these two alone follows what is due (`due`): so nothing that waits can be
//! forgotten, and a restart needs nothing else. A `queue` is one channel: one send at a time, with pauses between failures (`backoff`).
//!
//! `now` is an argument everywhere, in seconds since 1970 of a clock that does not step; so is chance.

mod alert;
mod backoff;
mod desk;
mod due;
mod entry;
mod kept;
mod pacing;
mod partitions;
mod queue;
mod tick;

pub use alert::{Alert, Previous, State, Witness, commands, runbook};
pub use desk::{Change, Desk};
pub use due::Rank;
pub use entry::{Entry, Told};
pub use kept::Kept;
pub use pacing::Pacing;
pub use partitions::Partitions;
pub use queue::{ChannelRules, Next, Outcome, Repeat, Sending};
pub use tick::Tick;

#[cfg(test)]
pub(crate) mod tests;
