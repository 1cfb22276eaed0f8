//! Rates as exact differences of counters over a ring of buckets of time. A moving average is not used on purpose: one burst hides an
//! outage in it for as long as it remembers.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Where a partition, or the sum of a group, stood at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Seconds.
    pub time: f64,
    pub end: i64,
    pub committed: i64,
    /// The age of the oldest record that waits, in seconds; 0 where none does.
    pub age: f64,
}

/// What went on between two points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub seconds: f64,
    /// Records per second.
    pub ingest: f64,
    pub consume: f64,
    /// Seconds of event time per second: 0 stopped, 1 holding, above 1 catching up.
    pub speed: f64,
    /// By how many seconds the oldest record became older.
    pub aged: f64,
}

/// The first point of each bucket: every 10 s for half an hour, every minute for 101 minutes. At most 12 kB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    fine: Ring,
    coarse: Ring,
    newest: Option<Point>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ring {
    width_s: f64,
    keep_s: f64,
    points: VecDeque<Point>,
}

impl Default for History {
    fn default() -> Self {
        // The longest middle window and the longest long one, each and a bit.
        let fine = Ring { width_s: 10.0, keep_s: 1_820.0, points: VecDeque::new() };
        let coarse = Ring { width_s: 60.0, keep_s: 6_060.0, points: VecDeque::new() };
        Self { fine, coarse, newest: None }
    }
}

impl History {
    pub fn push(&mut self, point: Point) {
        self.fine.push(point);
        self.coarse.push(point);
        self.newest = Some(point);
    }

    /// Counting begins again: rates over a step back mean nothing.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// What went on over at least so many seconds before the newest point, as few more as there are points for. `None` as long as there
    /// is less.
    pub fn window(&self, seconds: f64) -> Option<Window> {
        let newest = self.newest?;
        let then = self.fine.at_or_before(newest.time - seconds).or_else(|| self.coarse.at_or_before(newest.time - seconds))?;
        let passed = newest.time - then.time;
        (passed > 0.0).then(|| {
            let rate = |now: i64, then: i64| now.saturating_sub(then) as f64 / passed;
            let aged = newest.age - then.age;
            let [ingest, consume] = [rate(newest.end, then.end), rate(newest.committed, then.committed)];
            Window { seconds: passed, ingest, consume, speed: 1.0 - aged / passed, aged }
        })
    }

    /// How long the oldest point of the finer ring was before the newest, in seconds.
    pub fn span_s(&self) -> f64 {
        self.newest.zip(self.fine.points.front()).map_or(0.0, |(newest, first)| newest.time - first.time)
    }

    /// Records consumed per second in each minute of the last so many seconds, oldest first.
    pub fn consumed_by_minute(&self, seconds: f64) -> Vec<f64> {
        let begin = self.newest.map_or(0.0, |newest| newest.time - seconds);
        let points: Vec<&Point> = self.coarse.points.iter().filter(|point| point.time >= begin).collect();
        points.windows(2).map(|pair| (pair[1].committed - pair[0].committed) as f64 / (pair[1].time - pair[0].time)).collect()
    }
}

impl Ring {
    fn push(&mut self, point: Point) {
        let bucket = |time: f64| (time / self.width_s).floor();
        if self.points.back().is_some_and(|last| bucket(last.time) == bucket(point.time)) {
            return;
        }
        self.points.push_back(point);
        while self.points.front().is_some_and(|first| first.time < point.time - self.keep_s) {
            self.points.pop_front();
        }
    }

    fn at_or_before(&self, time: f64) -> Option<&Point> {
        let after = self.points.partition_point(|point| point.time <= time);
        self.points.get(after.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(time: f64, end: i64, committed: i64, age: f64) -> Point {
        Point { time, end, committed, age }
    }

    #[test]
    fn a_window_is_the_difference_of_two_points() {
        let mut history = History::default();
        assert_eq!(history.window(30.0), None);
        (0..=6).for_each(|step| history.push(point(f64::from(step) * 10.0, step.into(), 0, f64::from(step) * 5.0)));
        let expected = Window { seconds: 30.0, ingest: 0.1, consume: 0.0, speed: 0.5, aged: 15.0 };
        assert_eq!(history.window(30.0), Some(expected));
        assert_eq!(history.window(61.0), None, "not that long yet");
        history.restart();
        assert_eq!(history.window(10.0), None);
    }

    proptest! {
        #[test]
        fn rates_are_exact_and_memory_is_bounded(steps in prop::collection::vec((1u32..600, 0i64..1_000), 1..400), window in 1f64..6_000.0) {
            let mut history = History::default();
            let (mut time, mut end, mut all) = (0.0, 0, Vec::new());
            for (passed, more) in steps {
                (time, end) = (time + f64::from(passed), end + more);
                history.push(point(time, end, 0, 0.0));
                all.push((time, end));
            }
            if let Some(found) = history.window(window) {
                let (_, then) = all.iter().rfind(|(at, _)| (*at - (time - found.seconds)).abs() < 1e-6).unwrap();
                prop_assert!(found.seconds >= window && (found.ingest * found.seconds - (end - then) as f64).abs() < 1e-6);
            }
            prop_assert!(history.fine.points.len() <= 184 && history.coarse.points.len() <= 103);
        }
    }
}
