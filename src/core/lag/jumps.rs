//! What a committed offset did beside going on with what was read: back, past records that nobody covered, or past their deletion.

use serde::{Deserialize, Serialize};

use super::coverage::Coverage;
use super::history::Window;
use super::kind::Kind;
use super::partition::{Around, Standing};

/// What happened once and stays told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    pub time: f64,
    pub from: i64,
    pub to: i64,
    pub records: i64,
    /// Of the oldest of them in seconds.
    pub age: f64,
    /// Somebody has acknowledged it.
    pub is_known: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Jumps {
    /// Deleted before they were read.
    pub lost: Option<Gone>,
    /// Committed, and covered by nobody.
    pub skipped: Option<Gone>,
    /// The committed offset went back; until that is caught up.
    pub rewound: Option<Gone>,
    coverage: Coverage,
    /// Lost records as the owner counted them.
    reported: i64,
    /// Lost records that were told by the log's start, and that the owner may still report.
    told_before: i64,
}

/// From one reading to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub last: Standing,
    pub now: Standing,
    /// Offsets that workers have covered by now.
    pub covered: Option<i64>,
    /// What went on before.
    pub middle: Option<Window>,
}

impl Jumps {
    /// What is known to somebody is no finding any more; it stays told.
    pub fn acknowledge(&mut self, kind: Kind) {
        let gone = match kind {
            Kind::DataLost => &mut self.lost,
            Kind::Skipped => &mut self.skipped,
            _ => return,
        };
        if let Some(gone) = gone {
            gone.is_known = true;
        }
    }

    pub fn note(&mut self, step: &Step, around: &Around) {
        self.note_loss(step);
        self.note_rewind(step, around);
        self.note_skip(step, around);
    }

    /// What the owner met itself: it may have gone on past the log's start before the next reading.
    pub fn note_reported_loss(&mut self, reported: Option<i64>, now: &Standing) {
        let Some(reported) = reported else { return };
        // An owner begins at 0.
        let more = if reported < self.reported { reported } else { reported - self.reported };
        self.reported = reported;
        let records = (more - self.told_before).max(0);
        self.told_before = (self.told_before - more).max(0);
        if records > 0 {
            let to = now.committed;
            self.lost = Some(Gone { time: now.time, from: to - records, to, records, age: now.stamped_age, is_known: false });
        }
    }

    fn note_loss(&mut self, Step { last, now, .. }: &Step) {
        let from = now.committed.max(last.start);
        if last.lag == 0 || now.never_committed || now.start <= from || now.committed < last.committed {
            return;
        }
        // Retention goes on deleting: that is one loss.
        let before = self.lost.filter(|lost| lost.to == from);
        let records = before.map_or(0, |lost| lost.records) + now.start - from;
        self.told_before += now.start - from;
        let age = last.stamped_age.max(now.stamped_age);
        self.lost =
            Some(Gone { time: now.time, from: before.map_or(from, |lost| lost.from), to: now.start, records, age, is_known: false });
    }

    fn note_rewind(&mut self, Step { last, now, middle, .. }: &Step, around: &Around) {
        let caught_up = now.age < around.pace.floor_s();
        self.rewound = self.rewound.filter(|rewound| !caught_up || now.time - rewound.time < 60.0);
        let back = last.committed - now.committed;
        if back as f64 > (30.0 * middle.map_or(0.0, |window| window.consume)).max(1_000.0) {
            self.rewound =
                Some(Gone { time: now.time, from: last.committed, to: now.committed, records: back, age: now.age, is_known: false });
        }
    }

    fn note_skip(&mut self, Step { last, now, covered, middle }: &Step, around: &Around) {
        if now.committed <= last.committed {
            return;
        }
        if last.start.max(now.start) > last.committed {
            // What was below the log's start is lost, not skipped.
            self.coverage.restart();
        }
        // What is covered between the commit and the reading; how much that may be is not known before there are rates.
        let busiest = middle.map_or(f64::INFINITY, |window| window.ingest.max(window.consume));
        let gap_s = around.pace.gap_s;
        let tolerated = ((30.0 + 2.5 * gap_s) * busiest).max(1_000.0);
        let uncovered = self.coverage.skipped(now.time, now.committed, *covered, (2.0 * gap_s).max(60.0), tolerated);
        let by_nobody = now.committed - last.committed.max(now.start);
        let without_members = around.without_members && !last.never_committed && last.lag > 0;
        let records = if uncovered > 0 || !without_members { uncovered } else { by_nobody };
        if records > 0 {
            self.skipped =
                Some(Gone { time: now.time, from: now.committed - records, to: now.committed, records, age: last.age, is_known: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(time: f64, committed: i64, start: i64) -> Standing {
        Standing {
            time,
            committed,
            never_committed: false,
            start,
            end: 10_000,
            lag: 10_000 - committed.max(start),
            age: 100.0,
            stamped_age: 100.0,
            owned: Some(true),
            unstable: 0,
            bytes_per_record: None,
        }
    }

    fn lost(jumps: &Jumps) -> Option<(i64, i64, i64)> {
        jumps.lost.map(|lost| (lost.from, lost.to, lost.records))
    }

    #[test]
    fn a_loss_that_the_log_s_start_told_is_not_told_again_when_the_owner_reports_it() {
        let mut jumps = Jumps::default();
        let [before, meanwhile, after] = [standing(0.0, 100, 0), standing(10.0, 100, 500), standing(20.0, 520, 500)];
        jumps.note_loss(&Step { last: before, now: meanwhile, covered: None, middle: None });
        assert_eq!(lost(&jumps), Some((100, 500, 400)));
        let told = jumps.lost;
        jumps.note_reported_loss(Some(400), &after);
        assert_eq!(jumps.lost, told);
        jumps.note_reported_loss(Some(450), &standing(30.0, 600, 600));
        assert_eq!(lost(&jumps), Some((550, 600, 50)), "another one");
    }

    #[test]
    fn a_loss_that_the_owner_went_past_between_two_readings_is_told() {
        let mut jumps = Jumps::default();
        jumps.note_reported_loss(Some(0), &standing(0.0, 100, 0));
        jumps.note_reported_loss(None, &standing(10.0, 100, 0));
        assert_eq!(jumps.lost, None);
        jumps.note_reported_loss(Some(400), &standing(20.0, 500, 500));
        assert_eq!(lost(&jumps), Some((100, 500, 400)));
        jumps.lost = None;
        jumps.note_reported_loss(Some(0), &standing(30.0, 600, 500));
        assert_eq!(jumps.lost, None, "the next owner begins at 0");
    }
}
