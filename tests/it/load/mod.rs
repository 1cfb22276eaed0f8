//! `shasta load` on real servers, seconds long: that its accounts are right, never how fast it is.

mod backpressure;
mod capacity;
mod catchup;
mod result;
mod run;
