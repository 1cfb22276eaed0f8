//! What the watcher knows, kept so that it survives the watcher: also one that was killed in the middle of a write.
//!
//! Each subject has a snapshot, written anew and renamed, and a journal of the entries since. An entry is written before it is applied.
//! What people are to be told because of it is then handed to the outbox, which is safe on its own, and only after that the journal says
//! so ([`Entry::HandedOn`](crate::core::subject::Entry::HandedOn)). Hence three places to die at, and what comes of each:
//!
//! - before the entry is whole: this look never was; the next one tells the same a little later;
//! - after it, before it is handed on: the restart replays it, finds the notices pending, and hands them on;
//! - after that, before the journal says so: the same notices are pending again, equal to the first in incident, change and time, by
//!   which the outbox knows them; it does not take them twice.
//!
//! So nothing is lost; what a receiver gets twice because its answer was lost has the same key and number. A disk that is full or gone is said, and stops nothing:
//! incidents go on in memory.

mod error;
mod frame;
mod journal;
mod keeper;
mod place;
mod snapshot;

pub use error::StateError;
pub use keeper::Keeper;
pub use place::Place;

#[cfg(test)]
mod tests;
