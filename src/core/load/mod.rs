//! The pure part of the capacity tests: what is to be sent when, and what a run's figures mean.

pub mod figures;
pub mod schedule;
