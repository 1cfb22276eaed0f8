use super::miss::Miss;

/// Misses that lie within so many microseconds of each other are one stall.
pub const STALL_GAP_US: i64 = 100_000;
/// How many stalls are kept by name.
pub const LISTED_STALLS: usize = 1_000;

/// Misses in a row: one thing that happened, however many events it hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// The first intended time.
    pub begin_us: i64,
    /// The last intended time.
    pub end_us: i64,
    /// Until the last of its events was there.
    pub until_us: i64,
    pub events: u64,
    /// The load host itself had a hiccup meanwhile.
    pub with_hiccup: bool,
}

/// How the misses of a run lie in time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clusters {
    /// Windows of the run.
    pub windows: u64,
    /// Windows with at least one miss.
    pub windows_with_misses: u64,
    pub stalls: u64,
    /// Stalls during which the load host itself had a hiccup.
    pub stalls_with_hiccup: u64,
    /// The first [`LISTED_STALLS`].
    pub listed: Vec<Stall>,
    /// The one with the most events.
    pub largest: Option<Stall>,
}

impl Clusters {
    /// Of misses in the order of their intended time; `blocks` are the misses in each window; `hiccups` are (begin, end) of the load host.
    pub fn of(misses: &[Miss], blocks: &[u64], hiccups: &[(i64, i64)]) -> Clusters {
        let stalls = stalls(misses, hiccups);
        Clusters {
            windows: blocks.len() as u64,
            windows_with_misses: blocks.iter().filter(|misses| **misses > 0).count() as u64,
            stalls: stalls.len() as u64,
            stalls_with_hiccup: stalls.iter().filter(|stall| stall.with_hiccup).count() as u64,
            largest: stalls.iter().max_by_key(|stall| stall.events).copied(),
            listed: stalls.into_iter().take(LISTED_STALLS).collect(),
        }
    }
}

/// All stalls of misses in the order of their intended time.
pub(super) fn stalls(misses: &[Miss], hiccups: &[(i64, i64)]) -> Vec<Stall> {
    let runs = misses.chunk_by(|left, right| right.intended_us - left.intended_us <= STALL_GAP_US);
    runs.filter_map(|run| stall(run, hiccups)).collect()
}

fn stall(run: &[Miss], hiccups: &[(i64, i64)]) -> Option<Stall> {
    let begin_us = run.first()?.intended_us;
    let end_us = run.last()?.intended_us;
    let until_us = run.iter().map(|miss| miss.until_us).max()?;
    let with_hiccup = hiccups.iter().any(|(begin, end)| *begin <= until_us && *end >= begin_us);
    Some(Stall { begin_us, end_us, until_us, events: run.len() as u64, with_hiccup })
}
