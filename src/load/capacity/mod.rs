//! Where it breaks: the same load at rising rates, each step a run of its own.
//!
//! - [`drive`]: runs one step after another as the search asks for them, within [`Bounds`]; [`Searched`]: what came of it.
//! - [`StepRun`]: one step that was run; [`judged`]: from what was measured to that.
//! - [`section`], [`exit`], [`verdict`]: how it is told.

mod bounds;
mod drive;
mod exit;
mod judged;
mod memory;
mod searched;
mod section;
mod step_run;

pub use bounds::Bounds;
pub use drive::drive;
pub use exit::{exit, verdict};
pub use judged::judged;
pub use searched::{Ended, Searched};
pub use section::section;
pub use step_run::{StepFacts, StepRun};
