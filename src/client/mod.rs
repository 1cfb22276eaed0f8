//! Reading and following channels from an application: no Kafka, no daemon.
//!
//! ```no_run
//! # async fn follow() -> Result<(), Box<dyn std::error::Error>> {
//! use shasta::{Change, Channel, Client, Scope};
//!
//! let client = Client::connect("redis://127.0.0.1").await?;
//! let mut room = client.follow(Channel::new("app", "room-7", Scope::Application)?).await?;
//! while let Some(change) = room.next().await {
//!     match change? {
//!         Change::Snapshot(snapshot) | Change::Restarted(snapshot) => println!("{} objects", snapshot.objects.len()),
//!         Change::Set { name, object, .. } => println!("{name} is {}", object.data()),
//!         Change::Deleted { name, .. } => println!("{name} is gone"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! How a follower misses nothing: a worker publishes a notice of each call's channels, and a follower then reads on in their streams. A notice is
//! only a hint. What is told comes from the stream, read from the very entry the follower stands at: that entry must be there, from the
//! same Kafka record, or else the follower is told [`Change::Restarted`].

mod change;
mod connection;
mod engine;
mod error;
mod followed;
mod inbox;
mod mirror;
mod notices;
mod registry;
mod replica;
mod shared;
mod snapshot;
mod subscription;
mod subscriptions;
#[cfg(test)]
mod tests;
mod token;

pub use crate::core::channel::{Channel, InvalidChannel, Scope};
pub use crate::core::entry_id::EntryId;
pub use crate::core::tag_data::{Changed, TagData};
pub use change::{Change, Event};
pub use connection::{Client, ResumeFrom};
pub use error::ClientError;
pub use replica::Replica;
pub use snapshot::{Object, Snapshot};
pub use subscription::Subscription;
pub use subscriptions::Subscriptions;
pub use token::{InvalidToken, Token};
