//! What a load test sends and when, decided before the first event: nothing that the system under test does can move it.
//!
//! - [`Pace`]: how many events per second, over time; read from the command line.
//! - [`Arrivals`], [`Model`], [`Replay`]: how the events lie within that pace.
//! - [`Population`]: the producers, and which channel and object an event of theirs belongs to.
//! - [`Schedule`]: all of it with a seed; [`Events`] are its [`Due`] events in the order of time.
//! - [`Closed`]: the plan of the closed loop, for comparison with tests that wait for each answer.
//! - [`Stamp`]: what an event carries so that it is known, and its damage seen, wherever it turns up.

mod arrivals;
mod closed;
mod events;
mod order;
mod pace;
mod plan;
mod population;
mod random;
mod replay;
mod stamp;
#[cfg(test)]
mod tests;

pub use arrivals::{Arrivals, InvalidArrivals, Model};
pub use closed::{Closed, InvalidClosed};
pub use events::{Due, Events};
pub use pace::{InvalidPace, Pace, PaceProblem, Segment};
pub use plan::{InvalidSchedule, Schedule};
pub use population::{InvalidPopulation, Population};
pub use replay::{InvalidReplay, Replay};
pub use stamp::{NotStamped, PayloadTooSmall, Stamp};
