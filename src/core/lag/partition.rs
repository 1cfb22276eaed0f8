//! One partition over time: what waits, for how long, since when nothing moved, what was lost or jumped over.
//!
//! Memory: at most 12 kB of history, 18 kB of arrivals and 7 kB of the rest, so 10 MB for 256 partitions.

use serde::{Deserialize, Serialize};

use super::age::Ages;
use super::falling::Falling;
use super::findings::LastTrue;
use super::group::later;
use super::history::{History, Point};
use super::jumps::{Jumps, Step};
use super::lasting::Lasting;
use super::pace::{Gaps, Pace};
use super::sample::Reading;

/// How a partition stood at its last reading that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub time: f64,
    /// The log's start where nothing was committed.
    pub committed: i64,
    pub never_committed: bool,
    pub start: i64,
    pub end: i64,
    /// Records that wait, without those that are gone, and 0 where only transaction markers are left.
    pub lag: i64,
    /// Of the oldest of them in seconds, as people understand it: checked against our own readings.
    pub age: f64,
    /// The same by the record's own timestamp: what retention goes by.
    pub stamped_age: f64,
    pub owned: Option<bool>,
    /// Records above the last stable offset.
    pub unstable: i64,
    pub bytes_per_record: Option<f64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Partition {
    /// Somebody else looks at it: it is not read, not judged and not counted here.
    pub foreign: bool,
    /// Since when it is looked at, where that is later than for the group.
    pub looked_at_since: Option<f64>,
    pub history: History,
    pub gaps: Gaps,
    pub falling: Falling,
    pub last: Option<Standing>,
    pub jumps: Jumps,
    pub ages: Ages,
    pub first_read: Option<f64>,
    /// Owners that the partition had at the present committed offset.
    pub owners: usize,
    pub without_commit: Lasting,
    pub without_owner: Lasting,
    /// Readings in a row with the committed offset above the log's end.
    pub beyond_end: u32,
    /// When each kind was true last.
    pub last_true: LastTrue,
    owner: Option<String>,
    moved: f64,
    waits_since: Option<f64>,
    end_moved: f64,
}

/// What a reading did to a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Unreadable,
    GoesOn,
    /// A counter went back: rates begin again.
    StartsAgain,
}

/// What the group adds to a reading.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    pub now: f64,
    pub pace: Pace,
    /// Gaps between commits are typical only while all is well.
    pub healthy: bool,
    /// There was no member before this reading, and there is none now.
    pub without_members: bool,
}

impl Partition {
    /// Of which nothing is known yet, looked at since then, or somebody else's.
    pub fn new(looked_at_since: Option<f64>, foreign: bool) -> Self {
        Self { looked_at_since, foreign, ..Self::default() }
    }

    pub fn observe(&mut self, reading: &Reading, around: &Around) -> Observed {
        let Some(standing) = self.standing(reading, around.now) else { return Observed::Unreadable };
        let last = self.last.replace(standing);
        self.first_read.get_or_insert(around.now);
        self.note_owner(reading, last.as_ref());
        self.ages.note_end(around.now, standing.end);
        self.beyond_end = if is_beyond_end(&standing, reading) { self.beyond_end + 1 } else { 0 };
        self.jumps.note_reported_loss(reading.lost, &standing);
        let Some(last) = last else {
            (self.moved, self.end_moved) = (around.now, around.now);
            self.waits_since = (standing.lag > 0).then_some(around.now);
            self.push();
            return Observed::GoesOn;
        };
        let went_back = standing.committed < last.committed || standing.end < last.end;
        let middle = self.history.window(around.pace.middle_s());
        self.jumps.note(&Step { last, now: standing, covered: reading.covered, middle }, around);
        self.note_move(&last, &standing, around);
        if went_back {
            self.history.restart();
        }
        self.push();
        if went_back { Observed::StartsAgain } else { Observed::GoesOn }
    }

    /// For how long it has stood still with work to do: since the later of its last move and the arrival of work.
    pub fn idle_s(&self, now: f64) -> f64 {
        self.waits_since.map_or(0.0, |since| now - since.max(self.moved))
    }

    /// For how long it could not be read, in a group that is looked at since `started`, and again since `resumed`.
    pub fn unread_s(&self, started: Option<f64>, resumed: Option<f64>, now: f64) -> f64 {
        let read = self.last.map(|last| last.time).or(self.looked_at_since).or(started);
        later(read, resumed).map_or(0.0, |since| now - since)
    }

    /// For how long the log's end has stood still.
    pub fn end_idle_s(&self, now: f64) -> f64 {
        now - self.end_moved
    }

    /// Who had it when that was known last.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    pub fn is_busy(&self) -> bool {
        self.last.is_some_and(|last| last.lag > 0)
    }

    fn push(&mut self) {
        if let Some(Standing { time, end, committed, age, .. }) = self.last {
            self.history.push(Point { time, end, committed, age });
        }
    }

    fn standing(&mut self, reading: &Reading, now: f64) -> Option<Standing> {
        let (committed, end) = (reading.committed?, reading.end?);
        let start = reading.start.or(self.last.map(|last| last.start)).unwrap_or(0);
        let never_committed = committed < 0;
        let committed = if never_committed { start } else { committed };
        // What is gone does not wait any more; it is told as lost.
        let waiting = (end - committed.max(start)).max(0);
        let lag = reading.effective_lag.map_or(waiting, |effective| effective.clamp(0, waiting));
        let (age, stamped_age) = if lag > 0 { self.ages.of(committed, reading.timestamp, now) } else { (0.0, 0.0) };
        let unstable = reading.high_watermark.map_or(0, |high_watermark| (high_watermark - end).max(0));
        let records = (end - start) as f64;
        let bytes_per_record = reading.bytes.filter(|_| records > 0.0).map(|bytes| bytes as f64 / records);
        let owned = reading.owned;
        Some(Standing { time: now, committed, never_committed, start, end, lag, age, stamped_age, owned, unstable, bytes_per_record })
    }

    fn note_owner(&mut self, reading: &Reading, last: Option<&Standing>) {
        if last.is_some_and(|last| self.last.is_some_and(|now| now.committed != last.committed)) {
            self.owners = 1;
        }
        if let Some(owner) = &reading.owner
            && self.owner.as_ref() != Some(owner)
        {
            self.owners += usize::from(self.owner.is_some() || self.owners == 0);
            self.owner = Some(owner.clone());
        }
    }

    fn note_move(&mut self, last: &Standing, now: &Standing, around: &Around) {
        if now.committed != last.committed {
            if around.healthy && now.committed > last.committed {
                // Where nothing waited at the reading before, the commit came within the time since.
                let since = self.waits_since.map_or(last.time, |since| since.max(self.moved));
                self.gaps.add(around.now - since);
            }
            self.moved = around.now;
        }
        if now.end != last.end {
            self.end_moved = around.now;
        }
        self.waits_since = (now.lag > 0).then(|| self.waits_since.unwrap_or(around.now));
    }
}

fn is_beyond_end(standing: &Standing, reading: &Reading) -> bool {
    // A consumer that reads uncommitted records is rightly above the last stable offset.
    let end = reading.high_watermark.unwrap_or(standing.end).max(standing.end);
    !standing.never_committed && standing.committed > end
}
