//! Whether a partition, or a group as the sum of its partitions, consumes less than comes in, or too little more to be done in time.

use serde::{Deserialize, Serialize};

use super::history::{History, Window};
use super::lasting::Lasting;
use super::pace::Pace;
use super::rules::LagRules;

/// Below this event-time speed, over the long window, it is a slow bleed.
const BLEED: f64 = 0.99;
/// Above it, it is none any more.
const BLED: f64 = 0.995;
/// Above this speed a drain has an end.
const DRAINS: f64 = 1.001;

/// Seconds until nothing waits at this speed; `None`: never.
pub fn time_left(age: f64, speed: f64) -> Option<f64> {
    (speed > DRAINS).then(|| age / (speed - 1.0))
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Falling {
    entering: Lasting,
    is_falling: bool,
    draining: Lasting,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub falling: bool,
    /// The promise is broken, or will be within 3 min.
    pub falling_pages: bool,
    pub slow_drain: bool,
}

/// What is judged.
#[derive(Clone, Copy, Debug)]
pub struct Backlogged {
    pub now: f64,
    pub lag: i64,
    pub age: f64,
    /// Members joined or left a moment ago: a projection means little.
    pub members_changed: bool,
}

impl Falling {
    pub fn judge(&mut self, of: Backlogged, history: &History, pace: Pace, rules: &LagRules) -> Verdict {
        let windows = history.window(pace.short_s()).zip(history.window(pace.middle_s()));
        let Some((short, middle)) = windows.filter(|(_, middle)| is_backlog(&of, middle, pace, rules)) else {
            *self = Self::default();
            return Verdict::default();
        };
        let long = history.window(pace.long_s());
        let below = 1.0 - rules.margin;
        let slower = [short, middle].iter().all(|window| window.consume < below * window.ingest) && middle.speed <= 1.0;
        let aging = short.speed < below && middle.speed < below;
        // While the middle window is above 1, the long one only remembers.
        let bleeds = middle.speed < 1.0 && long.is_some_and(|long| long.speed < BLEED && long.aged >= 10.0);
        let still_bleeds = self.is_falling && middle.speed <= 1.0 && long.is_some_and(|long| long.speed < BLED);

        let enters = slower || aging || bleeds;
        let held = self.entering.for_s(enters, pace.hold_s(), of.now);
        self.is_falling = held || (self.is_falling && (enters || still_bleeds));

        let freshness = rules.freshness(pace);
        let drags = of.age > freshness && time_left(of.age, middle.speed).is_none_or(|left| left > rules.longest_drain_s);
        Verdict {
            falling: self.is_falling,
            falling_pages: self.is_falling && breaks_promise(&of, &middle, freshness),
            slow_drain: self.draining.for_s(drags, 60.0, of.now),
        }
    }
}

fn is_backlog(of: &Backlogged, middle: &Window, pace: Pace, rules: &LagRules) -> bool {
    of.age >= pace.floor_s() && of.lag as f64 >= rules.backlog(middle.ingest)
}

fn breaks_promise(of: &Backlogged, middle: &Window, freshness: f64) -> bool {
    // A speed below 0 is older records that came to the head once, not a trend.
    let soon = (freshness - of.age) / (1.0 - middle.speed.max(0.0)) < 180.0;
    of.age > freshness || (soon && middle.speed < 1.0 && !of.members_changed)
}
