//! What a demo can be told.

use std::time::Duration;

/// Validated by the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Publishing ends by itself after this long.
    pub length: Option<Duration>,
    /// Events per second.
    pub rate: u32,
    pub workers: usize,
    pub partitions: u32,
    pub seed: u64,
    /// A worker that dies is started again.
    pub keep_going: bool,
    /// How the user calls this executable.
    pub called_as: String,
}

/// Of a run without an end, how many entries each stream keeps: some 100 MB in all.
const ENTRIES_KEPT: u64 = 5_000;

impl Options {
    /// How many events there will be, where there is an end.
    pub fn events(&self) -> Option<u64> {
        let length = self.length?;
        Some((length.as_secs_f64() * f64::from(self.rate)).round() as u64)
    }

    /// `fold.stream_length`: everything of a run with an end, so that every entry can be checked.
    pub fn stream_length(&self) -> u64 {
        self.events().map_or(ENTRIES_KEPT, |events| events.max(ENTRIES_KEPT))
    }
}
