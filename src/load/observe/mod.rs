//! Where a run looks for its events: behind Kafka, in Redis, and at the end of a follower.
//!
//! - [`Consumed`]: a reader of the topic of its own, without a group.
//! - [`Stored`]: the streams in Redis, looked at again and again.
//! - [`Delivered`]: followers of the library, as applications have them; what they are told names the stream entry too.
//! - [`Pretended`]: what a sink shows instead of all these.
//! - [`Owners`]: which worker has which partition.
//! - [`Seen`]: one sight of one event; [`Sightings`]: those that nobody has taken yet.

mod consumed;
mod delivered;
mod owners;
mod payload;
mod pretended;
mod seen;
mod stored;

pub use consumed::Consumed;
pub use delivered::Delivered;
pub use owners::{Owners, WorkerEndpoints};
pub use payload::Payload;
pub use pretended::Pretended;
pub use seen::{At, Seen, Sightings};
pub use stored::Stored;
