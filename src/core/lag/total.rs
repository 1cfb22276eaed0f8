//! A group as the sum of its partitions: counters are sums, the age is that of the oldest record in any partition.

use serde::{Deserialize, Serialize};

use super::falling::{Backlogged, Falling, Verdict, time_left};
use super::forecast::{Ingest, Portion};
use super::history::{History, Point, Window};
use super::pace::Pace;
use super::partition::Partition;
use super::rule::Told;
use super::rules::LagRules;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Total {
    pub lag: i64,
    pub age: f64,
    history: History,
    falling: Falling,
    ingest: Ingest,
    last: Option<Point>,
    partitions: usize,
    moved: f64,
    moving_since: f64,
}

impl Total {
    /// It is the sum of other partitions now: what was counted does not go on.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// After a reading. `starts_again`: a counter of a partition went back.
    pub fn observe(&mut self, partitions: &[Partition], starts_again: bool, pace: Pace, now: f64) {
        let known = || partitions.iter().filter_map(|partition| partition.last);
        let count = known().count();
        let point = Point {
            time: now,
            end: known().map(|last| last.end).fold(0, i64::saturating_add),
            committed: known().map(|last| last.committed).fold(0, i64::saturating_add),
            age: known().map(|last| last.age).fold(0.0, f64::max),
        };
        (self.lag, self.age) = (known().map(|last| last.lag).fold(0, i64::saturating_add), point.age);
        let last = self.last.replace(point).filter(|_| !starts_again && count == self.partitions);
        self.partitions = count;
        match last {
            Some(last) => self.ingest.add(point.end.saturating_sub(last.end), now),
            None => self.history.restart(),
        }
        if last.is_none_or(|last| point.committed != last.committed) {
            if now - self.moved > pace.stall_s() {
                self.moving_since = now;
            }
            self.moved = now;
        }
        self.history.push(point);
    }

    pub fn judge(&mut self, members_changed: bool, pace: Pace, rules: &LagRules, now: f64) -> Verdict {
        self.falling.judge(self.backlogged(members_changed, now), &self.history, pace, rules)
    }

    /// Falling behind and a slow drain as they were judged last.
    pub fn told(&self, members_changed: bool, pace: Pace, rules: &LagRules, now: f64) -> [Told; 2] {
        self.falling.told(self.backlogged(members_changed, now), &self.history, pace, rules)
    }

    fn backlogged(&self, members_changed: bool, now: f64) -> Backlogged {
        Backlogged { now, lag: self.lag, age: self.age, members_changed }
    }

    pub fn window(&self, pace: Pace) -> Option<Window> {
        self.window_over(pace.middle_s())
    }

    pub fn window_over(&self, seconds: f64) -> Option<Window> {
        self.history.window(seconds)
    }

    /// Over how many seconds rates are shown: the window that is judged by, as much of it as has been looked at, and nothing of a stop
    /// that is over, so that the end is in sight soon after a restart.
    pub fn shown_s(&self, pace: Pace, now: f64) -> f64 {
        let moves_for_s = (now - self.moving_since).max(pace.short_s());
        self.history.span_s().min(pace.middle_s()).min(moves_for_s)
    }

    /// Seconds until nothing waits at the present speed; `None`: never, or not known.
    pub fn eta_s(&self, pace: Pace) -> Option<f64> {
        self.eta_at(self.window(pace).as_ref())
    }

    /// The same at the speed of a window.
    pub fn eta_at(&self, window: Option<&Window>) -> Option<f64> {
        if self.lag == 0 { Some(0.0) } else { time_left(self.age, window?.speed) }
    }

    /// The same by the ingest of the day before, from the better to the worse minutes.
    pub fn forecast_s(&self, pace: Pace, now: f64) -> Option<[Option<f64>; 2]> {
        let of = Portion { lag: self.lag, present: self.window(pace)?.ingest, share: 1.0 };
        self.ingest.range(&of, &self.history, now - self.moving_since, now)
    }

    /// The same of one partition, at its own pace.
    pub fn forecast_of(&self, partition: &Partition, pace: Pace, now: f64) -> Option<[Option<f64>; 2]> {
        let (all, present) = (self.window(pace)?.ingest, partition.history.window(pace.middle_s())?.ingest);
        let share = if all > 0.0 { present / all } else { 0.0 };
        let of = Portion { lag: partition.last?.lag, present, share };
        self.ingest.range(&of, &partition.history, now - self.moving_since, now)
    }

    /// Records per second that it takes to have nothing waiting within so many seconds.
    /// Where there is no history, the ingest of the window goes on.
    pub fn needed_at(&self, within_s: f64, window: &Window, now: f64) -> f64 {
        self.ingest.needed(self.lag, within_s, window.ingest, now)
    }
}
