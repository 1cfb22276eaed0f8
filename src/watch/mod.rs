//! Watching consumer groups from outside, without joining them.

pub mod look;
pub mod page;
