use super::Stage;
use super::marks::Marks;
use super::tally::Sightings;

/// What was seen at one stage, counted from the columns; `sightings` are counted as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageAccount {
    pub stage: Stage,
    /// Events seen at least once.
    pub unique: u64,
    /// Acknowledged and seen.
    pub acknowledged_unique: u64,
    /// Acknowledged and not seen.
    pub acknowledged_lost: u64,
    /// Acknowledged, and seen only as a corrupt record.
    pub acknowledged_corrupt: u64,
    /// No answer, and yet there.
    pub unacknowledged_but_seen: u64,
    /// Told to have failed, and yet there.
    pub failed_but_seen: u64,
    /// Seen, but not sent by the ledger: impossible.
    pub never_sent: u64,
    /// Seen after the drain deadline.
    pub late: u64,
    /// Distinct places and observers.
    pub distinct: u64,
    pub sightings: Sightings,
}

impl StageAccount {
    pub(super) fn empty(stage: Stage) -> StageAccount {
        StageAccount {
            stage,
            unique: 0,
            acknowledged_unique: 0,
            acknowledged_lost: 0,
            acknowledged_corrupt: 0,
            unacknowledged_but_seen: 0,
            failed_but_seen: 0,
            never_sent: 0,
            late: 0,
            distinct: 0,
            sightings: Sightings::default(),
        }
    }

    /// `late` says whether the event was seen here after the deadline.
    pub(super) fn add_event(&mut self, marks: Marks, seen: bool, late: bool, sighting: usize) {
        let acknowledged = marks.has(Marks::ACKNOWLEDGED);
        let corrupt = marks.has(Marks::corrupt(sighting));
        self.unique += u64::from(seen);
        self.late += u64::from(late);
        self.distinct += u64::from(marks.has(Marks::home(sighting)));
        self.acknowledged_unique += u64::from(acknowledged && seen);
        self.acknowledged_lost += u64::from(acknowledged && !seen && !corrupt);
        self.acknowledged_corrupt += u64::from(acknowledged && !seen && corrupt);
        self.failed_but_seen += u64::from(seen && !acknowledged && marks.has(Marks::FAILED));
        self.unacknowledged_but_seen += u64::from(seen && !acknowledged && marks.has(Marks::UNKNOWN));
        self.never_sent += u64::from(seen && !marks.has(Marks::SENT));
    }

    pub(super) fn plus(&self, other: &StageAccount, sightings: Sightings) -> StageAccount {
        StageAccount {
            stage: self.stage,
            unique: self.unique + other.unique,
            acknowledged_unique: self.acknowledged_unique + other.acknowledged_unique,
            acknowledged_lost: self.acknowledged_lost + other.acknowledged_lost,
            acknowledged_corrupt: self.acknowledged_corrupt + other.acknowledged_corrupt,
            unacknowledged_but_seen: self.unacknowledged_but_seen + other.unacknowledged_but_seen,
            failed_but_seen: self.failed_but_seen + other.failed_but_seen,
            never_sent: self.never_sent + other.never_sent,
            late: self.late + other.late,
            distinct: self.distinct + other.distinct,
            sightings,
        }
    }
}
