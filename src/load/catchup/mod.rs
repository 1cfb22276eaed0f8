//! An outage that is made: the workers are stopped while events go on, and started again; then what the catch-up was like.
//!
//! - [`Hands`]: what stops and starts the workers; [`Told`], [`WatcherEye`]: what a watcher says meanwhile.
//! - [`make_outage`]: runs it; [`Marks`]: when what was done; [`catch_up`]: what follows from the ledger.

mod conduct;
mod hands;
mod timeline;
mod watcher;

pub use conduct::{Marks, Outage, make_outage};
pub use hands::{Commands, Hands};
pub use timeline::catch_up;
pub use watcher::{Told, WatcherEye};
