//! Shasta folds TagData events from Kafka into live state in Redis, exactly.
//!
//! - [`core`]: everything that can be wrong in an interesting way, pure: codec, slices, positions, deltas, plans, the read cache, lag.
//! - `kafka` and `store`: the two outside worlds; they know nothing of each other.
//! - `notify`: tells people of incidents, whatever the way to them does.
//! - `worker`: one task per assigned partition moves events from one to the other.
//! - `watch`: looks at whole groups from outside.
//! - `load`: sends events on a schedule decided beforehand, and accounts for each of them.
//! - `client`: what an application reads channels with; `publish`: what it publishes with.
//! - `local`: the processes that a run of `demo` or `load` brings along.
//! - `config`, `telemetry`: what every layer above `core` may use; `cli`, `demo`: the commands.

pub mod core;

#[cfg(feature = "daemon")]
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "settings")]
pub mod config;
#[cfg(feature = "daemon")]
pub mod demo;
#[cfg(feature = "publish")]
pub mod kafka;
#[cfg(feature = "daemon")]
pub mod load;
#[cfg(feature = "daemon")]
pub mod local;
#[cfg(feature = "daemon")]
pub mod notify;
#[cfg(feature = "publish")]
pub mod publish;
#[cfg(feature = "client")]
pub mod store;
#[cfg(feature = "daemon")]
pub mod telemetry;
#[cfg(feature = "daemon")]
pub mod watch;
#[cfg(feature = "daemon")]
pub mod worker;

#[cfg(feature = "client")]
pub use client::{Change, Channel, Client, ClientError, Object, Replica, Scope, Snapshot, Subscription, Subscriptions, Token};
#[cfg(feature = "publish")]
pub use publish::{PublishError, Published, Publisher};
