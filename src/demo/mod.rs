//! All of it on this machine in one process tree: a Kafka in this process, a `redis-server` of its own, a publisher of rooms and their
//! participants, and real workers; a page that shows what they do, and accounts at the end.
//!
//! - [`run`]: from the start to a clean end; `world`: what is started, with the processes of [`local`](crate::local).
//! - `rooms` of `participant`s, `recording`s and `slides` make `event`s, the same for the same seed; `feed`: publishes them in time.
//! - `follower`, `dead_letter_reader`: what came of each event; `observer` makes `figures` of all that.
//! - `display`: `page` on a terminal, [`line`] elsewhere.
//! - `audit`: reads everything that is in Redis and Kafka; `accounts`: judges it.

mod accounts;
mod audit;
mod dead_letter_reader;
mod display;
mod error;
mod event;
mod feed;
mod figures;
mod follower;
mod line;
mod observer;
mod options;
mod page;
mod participant;
mod recording;
mod rooms;
mod run;
mod slides;
mod stop;
mod world;

pub use error::DemoError;
pub use options::Options;
pub use run::run;
