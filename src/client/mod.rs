//! Reading channels from an application: no Kafka, no daemon.
//!
//! ```no_run
//! # async fn read() -> Result<(), Box<dyn std::error::Error>> {
//! use shasta::client::Client;
//! use shasta::config::Redis;
//!
//! let client = Client::connect(&Redis::default()).await?;
//! let snapshot = client.snapshot(&"app/room-7/system".parse()?).await?;
//! for (name, object) in &snapshot.objects {
//!     println!("{name}: {}", object.data());
//! }
//! # Ok(())
//! # }
//! ```

mod connection;
mod error;
mod snapshot;

pub use crate::core::channel::Channel;
pub use connection::Client;
pub use error::ClientError;
pub use snapshot::{Object, Snapshot};
