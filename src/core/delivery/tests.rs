//! The laws of delivery, on single cases; `properties` has them on any.

mod paced;
mod properties;
pub(crate) mod scene;
mod stuck;
