//! `shasta load` by itself, as it is called: runs of seconds against a sink with known faults, and what is made of their results.
//! `tests/setup.sh` brings numpy.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod command_line;
mod compare;
mod loops;
mod merge;
mod numpy;
mod scene;
mod verify;
