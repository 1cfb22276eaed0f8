//! How many records were lost and skipped in all.

use serde::{Deserialize, Serialize};

use crate::core::lag::GoneView;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GoneTotals {
    lost: u64,
    skipped: u64,
    /// What is counted of each partition: from where, and how many.
    counted: Vec<[Option<(i64, i64)>; 2]>,
}

impl GoneTotals {
    /// What is told of each partition now. A loss that goes on grows from the offset where it began.
    pub fn note(&mut self, partitions: impl Iterator<Item = [Option<GoneView>; 2]>) {
        for (number, gone) in partitions.enumerate() {
            if number == self.counted.len() {
                self.counted.push([None, None]);
            }
            let counted = &mut self.counted[number];
            self.lost += more(&mut counted[0], gone[0]);
            self.skipped += more(&mut counted[1], gone[1]);
        }
    }

    pub fn lost(&self) -> u64 {
        self.lost
    }

    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Another topic begins.
    pub fn forget(&mut self) {
        self.counted.clear();
    }
}

fn more(counted: &mut Option<(i64, i64)>, gone: Option<GoneView>) -> u64 {
    let Some(gone) = gone else { return 0 };
    let known = counted.filter(|(from, _)| *from == gone.from).map_or(0, |(_, records)| records);
    *counted = Some((gone.from, gone.records));
    u64::try_from(gone.records - known).unwrap_or(0)
}
