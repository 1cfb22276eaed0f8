//! Tests of the harness itself: what it says about others rests on it.

mod naive_writer;
mod oracle;
mod servers;
