//! When the backlog is gone, if ingest goes on as it did at this time of the day before, or of the week before.

use serde::{Deserialize, Serialize};

use super::history::History;
use super::median::percentile;

const SLOT_S: f64 = 300.0;
const DAY: i64 = 288;
const WEEK: i64 = 7 * DAY;
/// Drains that take longer are not forecast.
const FARTHEST_SLOTS: i64 = 60 * DAY;

/// What came into all partitions in each slot of 5 min of the last week: 48 kB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ingest {
    /// The number of the slot, and what came in; by the slot's number modulo a week.
    slots: Vec<Option<(i64, f64)>>,
}

/// What is to be drained: of a group, or of one partition in it.
#[derive(Clone, Copy, Debug)]
pub struct Portion {
    pub lag: i64,
    /// Records that come in per second now.
    pub present: f64,
    /// How much of what comes into the group, 0 to 1.
    pub share: f64,
}

impl Default for Ingest {
    fn default() -> Self {
        Self { slots: vec![None; WEEK as usize] }
    }
}

impl Ingest {
    pub fn add(&mut self, records: i64, now: f64) {
        let number = slot(now);
        let at = &mut self.slots[number.rem_euclid(WEEK) as usize];
        let sum = at.filter(|(of, _)| *of == number).map_or(0.0, |(_, sum)| sum);
        *at = Some((number, sum + records as f64));
    }

    fn in_slot(&self, number: i64) -> Option<f64> {
        self.slots[number.rem_euclid(WEEK) as usize].filter(|(of, _)| *of == number).map(|(_, sum)| sum)
    }

    /// How much more than a day ago came in over the last hour.
    fn ratio(&self, last: i64) -> Option<f64> {
        let sums = (last - 12..last).map(|number| Some((self.in_slot(number)?, self.in_slot(number - DAY)?)));
        let (now, then) = sums.collect::<Option<Vec<_>>>()?.into_iter().fold((0.0, 0.0), |(a, b), (now, then)| (a + now, b + then));
        (then > 0.0).then(|| now / then)
    }

    /// Records per second expected `ahead` slots from now; the present where there is no history.
    fn expected(&self, last: i64, ahead: i64, ratio: Option<f64>, of: &Portion) -> f64 {
        let ago = last + (ahead - 1).rem_euclid(DAY) + 1 - DAY;
        let known = ratio.zip(self.in_slot(ago)).filter(|_| ago < last);
        known.map_or(of.present, |(ratio, sum)| of.share * sum * ratio / SLOT_S)
    }

    /// Seconds until what waits is gone at `consume` per second; `None`: not in sight.
    pub fn drained_in(&self, of: &Portion, consume: f64, now: f64) -> Option<f64> {
        let (last, mut left) = (slot(now), of.lag as f64);
        let ratio = self.ratio(last);
        let horizon = if ratio.is_some() { FARTHEST_SLOTS } else { 1 };
        for ahead in 1..=horizon {
            let shrinks = (consume - self.expected(last, ahead, ratio, of)) * SLOT_S;
            if shrinks >= left {
                return Some((ahead - 1) as f64 * SLOT_S + left / shrinks * SLOT_S);
            }
            left -= shrinks;
        }
        // Without a history the present goes on for ever.
        let shrinks = consume - of.present;
        (ratio.is_none() && shrinks > 0.0).then(|| of.lag as f64 / shrinks)
    }

    /// From the pace of the better to that of the worse minutes since the restart (`moving_s` ago), of the last hour at most. `None`
    /// with less than 3 min of it.
    pub fn range(&self, of: &Portion, history: &History, moving_s: f64, now: f64) -> Option<[Option<f64>; 2]> {
        let mut minutes = history.consumed_by_minute(moving_s.min(3_600.0));
        if minutes.len() < 3 {
            return None;
        }
        let paces = [percentile(&mut minutes, 0.9)?, percentile(&mut minutes, 0.1)?];
        Some(paces.map(|consume| self.drained_in(of, consume, now)))
    }

    /// Records per second that have to be consumed to have nothing waiting in so many seconds.
    pub fn needed(&self, lag: i64, within_s: f64, present: f64, now: f64) -> f64 {
        let of = Portion { lag, present, share: 1.0 };
        let last = slot(now);
        let ratio = self.ratio(last);
        let slots = (within_s / SLOT_S).ceil().max(1.0) as i64;
        let expected: f64 = (1..=slots).map(|ahead| self.expected(last, ahead, ratio, &of)).sum();
        lag as f64 / within_s + expected / slots as f64
    }
}

fn slot(now: f64) -> i64 {
    (now / SLOT_S).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_before_tells_when_the_ebb_lets_the_backlog_go() {
        let mut ingest = Ingest::default();
        let rate = |time: f64| if (time / 43_200.0) as i64 % 2 == 0 { 200.0 } else { 50.0 };
        (0..12_960).map(|step| f64::from(step) * 10.0).for_each(|time| ingest.add((rate(time) * 10.0) as i64, time));
        // At 36 h an ebb begins: 12 h of 50/s, then 12 h of 200/s.
        let now = 129_600.0;
        let left = ingest.drained_in(&Portion { lag: 86_400, present: 50.0, share: 1.0 }, 100.0, now).unwrap();
        assert!((left - 1_728.0).abs() < 300.0, "within the ebb: {left}");
        let left = ingest.drained_in(&Portion { lag: 5_000_000, present: 50.0, share: 1.0 }, 150.0, now).unwrap();
        assert!((left - 114_800.0).abs() < 600.0, "what the ebb leaves grows in the flood and goes in the next ebb: {left}");
        assert_eq!(
            ingest.drained_in(&Portion { lag: 3_000_000, present: 50.0, share: 1.0 }, 100.0, now),
            None,
            "less than what comes in a day"
        );
        assert!((ingest.needed(3_600, 3_600.0, 50.0, now) - 51.0).abs() < 1.0);
    }

    #[test]
    fn without_a_history_the_present_goes_on() {
        let ingest = Ingest::default();
        assert_eq!(ingest.drained_in(&Portion { lag: 1_000_000, present: 100.0, share: 1.0 }, 200.0, 0.0), Some(10_000.0));
        assert_eq!(ingest.drained_in(&Portion { lag: 1_000_000, present: 100.0, share: 1.0 }, 100.0, 0.0), None);
    }
}
