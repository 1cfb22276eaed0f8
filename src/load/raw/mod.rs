//! What a run was told, row by row, so that anybody can reckon its figures again: `events.zst`.
//!
//! - [`Recorder`]: writes it while the run goes on; [`Recording`]: reads it again.
//! - [`Row`]: one thing that was told; [`Trailer`]: everything else that a report is made of.
//! - [`RawError`]: why it can not be written, or not be read.
//!
//! # The format `shasta.load.events/1`
//! One zstd frame with a checksum. In it, one after another:
//!
//! 1. A line of JSON: `{"schema":"shasta.load.events/1","row_bytes":32}` and a line feed.
//! 2. Rows of 32 bytes, little endian, in the order in which the ledger took them:
//!
//! | bytes | type | is |
//! |---|---|---|
//! | 0 | u8 | kind: 0 end, 1 scheduled, 2 sent, 3 dropped, 4 acknowledged, 5 failed, 6 unknown, 7 consumed, 8 stored, 9 delivered, 10 corrupt |
//! | 1 | u8 | scheduled: 1 if counted, 0 in the warm-up; corrupt: the kind of the stage where it was seen, 7 to 9; else 0 |
//! | 2..4 | u16 | stored: the worker that owned the partition, 0 if unknown; delivered: the follower; else 0 |
//! | 4..8 | i32 | partition, -1 where the client does not tell; scheduled: the producer (as u32) |
//! | 8..16 | u64 | the event's number in the schedule of this host, from 0; 2^64 - 1 where a corrupt record does not tell |
//! | 16..24 | i64 | when, in microseconds from the start of the run; scheduled: the intended time; stored: Redis' clock, whole milliseconds |
//! | 24..32 | i64 | offset, -1 where the client does not tell; scheduled: sequence in the low, channel in the high 32 bits |
//!
//! 3. A row of kind 0: its event is the number of rows before it, its time the length of the trailer in bytes.
//! 4. The trailer, a line of JSON: [`Trailer`].
//!
//! An event is scheduled before anything else is told of it. Its latency at a stage is the time of its first row of that kind minus its
//! intended time; the further ones are copies, doubles and other followers. In numpy the rows are
//! `[('kind','u1'),('flag','u1'),('witness','<u2'),('partition','<i4'),('event','<u8'),('at_us','<i8'),('offset','<i8')]`.

mod error;
mod recorder;
mod recording;
mod row;
mod rows;
mod trailer;

pub use error::RawError;
pub use recorder::Recorder;
pub use recording::Recording;
pub use row::{ROW_BYTES, Row};
pub use rows::pass;
pub use trailer::Trailer;

/// The first line names it.
pub const SCHEMA: &str = "shasta.load.events/1";
/// Beside report.json.
pub const FILE: &str = "events.zst";
