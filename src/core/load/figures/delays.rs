//! The latencies of an event at each stage in four bytes each.

use std::collections::HashMap;

use super::Stage;
use super::ledger::touched;

const NEVER: i32 = i32::MIN;
const FAR: i32 = i32::MAX;

/// 35 minutes fit into the column; what is later (a long outage) is kept aside, exactly.
#[derive(Debug, Default)]
pub(super) struct Delays {
    column: Vec<[i32; 5]>,
    far: HashMap<(usize, Stage), i64>,
}

impl Delays {
    pub const BYTES: usize = size_of::<[i32; 5]>();

    pub fn with_capacity(events: usize) -> Self {
        Self { column: touched([NEVER; 5], events), far: HashMap::new() }
    }

    pub fn push(&mut self) {
        self.column.push([NEVER; 5]);
    }

    pub fn has(&self, index: usize, stage: Stage) -> bool {
        self.column[index][stage.index()] != NEVER
    }

    pub fn get(&self, index: usize, stage: Stage) -> Option<i64> {
        match self.column[index][stage.index()] {
            NEVER => None,
            FAR => self.far.get(&(index, stage)).copied(),
            near => Some(i64::from(near)),
        }
    }

    /// Keeps the first.
    pub fn set_first(&mut self, index: usize, stage: Stage, delay_us: i64) {
        if self.has(index, stage) {
            return;
        }
        let near = i32::try_from(delay_us).ok().filter(|near| *near != NEVER && *near != FAR);
        if near.is_none() {
            self.far.insert((index, stage), delay_us);
        }
        self.column[index][stage.index()] = near.unwrap_or(FAR);
    }
}

#[cfg(test)]
mod tests {
    use super::{Delays, Stage};

    #[test]
    fn delays_beyond_the_column_are_kept_exactly() {
        let delays_us = [0, -1, 5, i64::from(i32::MAX), i64::from(i32::MIN), i64::from(i32::MIN) - 1, 172_800_000_000];
        let mut delays = Delays::default();
        for (index, delay_us) in delays_us.into_iter().enumerate() {
            delays.push();
            assert_eq!(delays.get(index, Stage::Stored), None);
            delays.set_first(index, Stage::Stored, delay_us);
            delays.set_first(index, Stage::Stored, 77);
            assert_eq!(delays.get(index, Stage::Stored), Some(delay_us));
            assert_eq!(delays.get(index, Stage::Sent), None);
        }
    }
}
