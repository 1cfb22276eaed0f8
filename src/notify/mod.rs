//! Tells people of incidents, whatever the way to them does.
//!
//! A [`Notifier`] takes alerts, keeps them in a file (`outbox`) before anything is sent, and has a task for each channel (`courier`), which
//! sends one thing at a time. What is due, and when, is decided by [`crate::core::delivery`]; how it is said by `text`; how it is sent by
//! `channel`. What time alone brings (reminders, hand-overs) comes from `rounds`. [`DeadMan`] tells somebody else that all this lives.

mod channel;
mod clock;
mod courier;
mod dead_man;
mod drill;
mod error;
mod notifier;
mod outbox;
mod rounds;
mod shared;
mod text;

pub use dead_man::DeadMan;
pub use drill::test_alert;
pub use error::{NotifyError, SendError};
pub use notifier::Notifier;
pub use outbox::OutboxError;

pub use crate::core::delivery::{Alert, Witness};
pub use crate::telemetry::NotifyMetrics;

#[cfg(test)]
mod tests;
