//! Channels against receivers that do what receivers do: refuse, hang, break, and come back.

pub mod alerts;
mod channels;
mod kill;
mod many;
mod receiver;
mod world;
