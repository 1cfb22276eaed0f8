//! The typical gap between commits, and the windows that follow from it: who commits once a minute is not judged by the second.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::median::median;

/// What is taken before a gap is known: with it, a committer of 5 min is quiet from the first sample on.
const NOT_YET_KNOWN_S: f64 = 120.0;
const LONGEST_S: f64 = 300.0;
const REMEMBERED: usize = 15;
const ENOUGH: usize = 3;

/// The windows that a group is judged over, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The typical gap between two commits of a partition in seconds.
    pub gap_s: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { gap_s: NOT_YET_KNOWN_S }
    }
}

impl Pace {
    /// The median over the partitions that committed often enough to tell; `None` where none did.
    pub fn of<'a>(gaps: impl Iterator<Item = &'a Gaps>) -> Option<Self> {
        let mut typical: Vec<f64> = gaps.filter_map(Gaps::typical_s).collect();
        median(&mut typical).map(|gap_s| Self { gap_s: gap_s.min(LONGEST_S) })
    }

    pub fn short_s(self) -> f64 {
        (2.0 * self.gap_s).max(30.0)
    }

    pub fn middle_s(self) -> f64 {
        (6.0 * self.gap_s).max(180.0)
    }

    /// The window in which a slow bleed shows.
    pub fn long_s(self) -> f64 {
        (20.0 * self.gap_s).max(900.0)
    }

    /// Younger records than this are on their way, not late.
    pub fn floor_s(self) -> f64 {
        (2.5 * self.gap_s).max(30.0)
    }

    /// Below this nothing is late any more. Two thirds of the floor, not a fixed 15 s: with clocks 5 s apart, or commits once a minute,
    /// a healthy group is older than that now and then.
    pub fn settled_s(self) -> f64 {
        self.floor_s() * 2.0 / 3.0
    }

    /// A partition that has not moved for so long stands still.
    pub fn stall_s(self) -> f64 {
        (3.0 * self.gap_s).max(90.0)
    }

    pub fn hold_s(self) -> f64 {
        self.gap_s.max(60.0)
    }
}

/// The last gaps between commits of a partition, while records waited. At most 15.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Gaps {
    last: VecDeque<f64>,
    typical: Option<f64>,
}

impl Gaps {
    pub fn add(&mut self, seconds: f64) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(seconds);
        let mut sorted: Vec<f64> = self.last.iter().copied().collect();
        self.typical = (sorted.len() >= ENOUGH).then(|| median(&mut sorted)).flatten();
    }

    fn typical_s(&self) -> Option<f64> {
        self.typical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_the_typical_gap_and_one_odd_gap_does_not_count() {
        let mut gaps = Gaps::default();
        assert_eq!(Pace::of([&gaps].into_iter()), None);
        [60.0, 7_200.0, 60.0].into_iter().for_each(|gap| gaps.add(gap));
        let pace = Pace::of([&gaps, &Gaps::default()].into_iter()).unwrap();
        assert_eq!((pace.short_s(), pace.middle_s(), pace.long_s(), pace.floor_s()), (120.0, 360.0, 1_200.0, 150.0));
        assert_eq!((pace.stall_s(), pace.hold_s()), (180.0, 60.0));
        (0..15).for_each(|_| gaps.add(10_000.0));
        assert_eq!(Pace::of([&gaps].into_iter()).unwrap().gap_s, LONGEST_S);
    }
}
