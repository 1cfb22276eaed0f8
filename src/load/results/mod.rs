//! Runs after they are over: checked, joined and compared.
//!
//! - [`differences`]: what two documents tell otherwise.
//! - [`Part`]: what one load host brings; [`fit`]: whether the parts are of one load; [`merge`]: all as one run.
//! - [`compare`]: one run by another.

mod compare;
mod difference;
mod error;
mod fit;
mod merge;
mod part;
mod shift;
mod whole;

/// The setting that says which share of the schedule a host sent.
pub const SHARE: &str = "share";

pub use compare::{compare, settings_that_differ};
pub use difference::{Different, differences};
pub use error::MergeError;
pub use fit::{Allowed, fit};
pub use merge::{Merged, merge};
pub use part::Part;
