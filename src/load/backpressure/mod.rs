//! What happens when more comes than can be taken: one publisher, one bound, one policy and one overload at a time.
//!
//! - [`Trial`]: which; [`trials`]: the matrix of them. [`Publisher`], [`Policy`].
//! - [`Phases`]: the pace of a trial: before the overload, in it, and after it.
//! - [`tried`]: from what was measured to [`Tried`]; [`judged`]: over all trials, of which some are measured against others.
//! - [`throughput`]: what an overload is one of.
//!
//! The policies are those of a caller. *reject*: the caller is refused where there is no room, and the event is gone. *block*: each producer is one
//! caller that waits for room, with one call at a time; what comes due meanwhile waits with it, and its response counts from when it was due. A
//! publisher without a bound always has room: both policies are then the same.

mod judged;
mod phases;
mod recovery;
mod throughput;
mod trial;
mod tried;

pub use judged::{Judged, judged};
pub use phases::Phases;
pub use throughput::throughput;
pub use trial::{InvalidTrial, Policy, Publisher, Trial, trials};
pub use tried::{Tried, tried};
