//! Whether a partition, or a group as the sum of its partitions, consumes less than comes in, or too little more to be done in time.

use serde::{Deserialize, Serialize};

use super::history::{History, Window};
use super::kind::Severity;
use super::lasting::Lasting;
use super::pace::Pace;
use super::rule::{Told, held_of};
use super::rules::LagRules;
use super::term::{Bound, Term, all, count, fact, rate, ratio, seconds, text};

/// Below this event-time speed, over the long window, it is a slow bleed.
const BLEED: f64 = 0.99;
/// Above it, it is none any more.
const BLED: f64 = 0.995;
/// Above this speed a drain has an end.
const DRAINS: f64 = 1.001;
/// For how many seconds a drain has to be too slow.
const DRAGS_S: f64 = 60.0;

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
    /// A page where the promise is broken, or will be within 3 min.
    pub falling: Option<Severity>,
    pub slow_drain: Option<Severity>,
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

/// What the rates say, each way of falling behind with its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    backlog: [Term; 2],
    /// Less is consumed than comes in.
    slower: [Term; 3],
    /// The oldest record becomes older.
    ages: [Term; 2],
    /// It becomes older by so little that only the long window shows it.
    bleeds: [Term; 3],
    /// What has fallen behind goes on to.
    still_bleeds: [Term; 2],
    /// The drain takes too long.
    drags: [Term; 2],
    late: Term,
    late_soon: [Term; 3],
}

impl Falling {
    pub fn judge(&mut self, of: Backlogged, history: &History, pace: Pace, rules: &LagRules) -> Verdict {
        let Some(signs) = Signs::of(&of, history, pace, rules).filter(|signs| all(&signs.backlog)) else {
            *self = Self::default();
            return Verdict::default();
        };
        let enters = signs.enters();
        let held = self.entering.for_s(enters, pace.hold_s(), of.now);
        self.is_falling = held || (self.is_falling && (enters || all(&signs.still_bleeds)));
        let falling = if signs.breaks_promise() { Severity::Page } else { Severity::Warn };
        let drags = self.draining.for_s(all(&signs.drags), DRAGS_S, of.now);
        Verdict { falling: self.is_falling.then_some(falling), slow_drain: drags.then_some(Severity::Page) }
    }

    /// Falling behind as it was judged last, and a slow drain.
    pub fn told(&self, of: Backlogged, history: &History, pace: Pace, rules: &LagRules) -> [Told; 2] {
        let Some(signs) = Signs::of(&of, history, pace, rules) else {
            let [short, middle] = [pace.short_s(), pace.middle_s()].map(super::figure::seconds);
            let text = format!("there are no rates over {short} and {middle} yet: no");
            return [(); 2].map(|()| Told { holds: false, text: text.clone() });
        };
        let falling = signs.falling_text(held_of(self.entering.held_s(of.now), pace.hold_s()), self.is_falling);
        let held = self.draining.held_s(of.now);
        let drags = format!("{}; {}; {}; then it pages", text(&signs.backlog), text(&signs.drags), held_of(held, DRAGS_S));
        [Told { holds: self.is_falling, text: falling }, Told { holds: held.is_some_and(|held| held >= DRAGS_S), text: drags }]
    }
}

impl Signs {
    /// `None`: there are no rates yet.
    fn of(of: &Backlogged, history: &History, pace: Pace, rules: &LagRules) -> Option<Self> {
        let (short, middle) = history.window(pace.short_s()).zip(history.window(pace.middle_s()))?;
        let long = history.window(pace.long_s());
        let below = 1.0 - rules.margin;
        let freshness = Bound::of("freshness", rules.freshness(pace));
        let [age, middle_speed, long_speed] = [seconds("age", of.age), speed(Some(middle)), speed(long)];
        let aged = long.map(|long| long.aged);
        Some(Self {
            backlog: [age.at_least(Bound::of("floor", pace.floor_s())), count("lag", of.lag as f64).at_least(rules.backlog(middle.ingest))],
            slower: [slower(&short, below), slower(&middle, below), middle_speed.at_most(1.0)],
            ages: [speed(Some(short)).below(below), middle_speed.below(below)],
            // While the middle window is above 1, the long one only remembers.
            bleeds: [middle_speed.below(1.0), long_speed.below(BLEED), seconds("the oldest record became older by", aged).at_least(10.0)],
            still_bleeds: [middle_speed.at_most(1.0), long_speed.below(BLED)],
            drags: [
                age.above(freshness),
                seconds("left at this speed", time_left(of.age, middle.speed).unwrap_or(f64::INFINITY)).above(rules.longest_drain_s),
            ],
            late: age.above(freshness),
            late_soon: late_soon(of, &middle, rules.freshness(pace)),
        })
    }

    fn enters(&self) -> bool {
        all(&self.slower) || all(&self.ages) || all(&self.bleeds)
    }

    fn breaks_promise(&self) -> bool {
        self.late.holds() || all(&self.late_soon)
    }

    fn falling_text(&self, held: String, is_falling: bool) -> String {
        let ways = [("slower", text(&self.slower)), ("or ageing", text(&self.ages)), ("or bleeding", text(&self.bleeds))];
        let ways = ways.map(|(way, terms)| format!("{way}: {terms}")).join("; ");
        let goes_on = if is_falling && !self.enters() { format!("; goes on: {}", text(&self.still_bleeds)) } else { String::new() };
        let pages = format!("then it warns, and pages where {}; or soon: {}", self.late, text(&self.late_soon));
        format!("{}; {ways}; {held}{goes_on}; {pages}", text(&self.backlog))
    }
}

fn speed(window: Option<Window>) -> super::term::Measure {
    ratio("speed", window.map(|window| window.speed)).over(window.map(|window| window.seconds))
}

fn slower(window: &Window, below: f64) -> Term {
    rate("out", window.consume).over(window.seconds).below(Bound::share(below, "in", window.ingest))
}

fn late_soon(of: &Backlogged, middle: &Window, freshness: f64) -> [Term; 3] {
    // A speed below 0 is older records that came to the head once, not a trend.
    let left = (freshness - of.age) / (1.0 - middle.speed.max(0.0));
    [
        speed(Some(*middle)).below(1.0),
        seconds("until freshness is broken", left).below(180.0),
        fact("no member joined or left within 120 s", !of.members_changed),
    ]
}
