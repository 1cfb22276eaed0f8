//! The screen as it is read.

mod answers;
mod screens;
mod two_days;
