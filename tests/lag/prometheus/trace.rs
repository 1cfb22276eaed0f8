//! The traces that both judge, and what ours says of each at every scrape.

use shasta::core::lag::{Group, GroupView, LagRules, Sample};

use super::super::outcome::header;
use super::super::recorder::Recorder;
use super::super::scenario::{self, HOUR, Scenario};

/// How often Prometheus scrapes and evaluates, in seconds.
pub const SCRAPE_S: f64 = 30.0;

/// What is done to a sample at a time.
type Change = dyn Fn(f64, &mut Sample);

pub struct Trace {
    pub scenario: Scenario,
    /// How far from ours an alert by offsets may begin, in seconds. It may last 6 min longer than that.
    pub within_s: f64,
    /// Whether the workers' own metrics are tried as well.
    pub by_workers: bool,
    /// What is changed in the scenario's samples.
    change: Box<Change>,
}

impl Trace {
    fn of(scenario: Scenario) -> Self {
        Self { scenario, within_s: 120.0, by_workers: false, change: Box::new(|_, _| {}) }
    }

    /// How things stand at each scrape, by our rules.
    pub fn views(&self) -> Vec<GroupView> {
        let mut group = Group::new(header(&self.scenario), LagRules::default());
        let mut view = |(time, mut sample): (f64, Sample)| {
            (self.change)(time, &mut sample);
            group.observe(Some(&sample), time);
            (time % SCRAPE_S == 0.0).then(|| group.view(time))
        };
        Recorder::new(&self.scenario, 1).filter_map(&mut view).collect()
    }
}

/// Well for half an hour and longer, then what happens happens, in hours instead of days: what promtool evaluates takes time.
fn short(scenario: Scenario, hours: f64) -> Scenario {
    Scenario { partitions: 2, hours, ..scenario }
}

fn stopped(from: f64, to: f64) -> Box<dyn Fn(f64) -> u64> {
    Box::new(move |time| if (from..to).contains(&(time / HOUR)) { 0 } else { 4 })
}

/// Two hours without a member, two of catching up hardly faster than new records come, then the capacity that it takes.
fn the_two_days() -> Trace {
    let capacity = |time: f64| match time / HOUR {
        0.5..2.5 => 0.0,
        2.5..4.0 => 1.12,
        _ => 8.0,
    };
    let scenario = Scenario { capacity: Box::new(capacity), members: stopped(0.5, 2.5), ..scenario::the_two_days() };
    Trace::of(short(Scenario { ingest: Box::new(|_| 1.0), ..scenario }, 4.75))
}

fn slow_decline() -> Trace {
    let capacity = |time: f64| (2.0 - 3.0 * (time / HOUR - 0.5)).clamp(0.96, 2.0);
    Trace::of(short(Scenario { capacity: Box::new(capacity), ..scenario::slow_decline() }, 3.75))
}

/// What is not read for five hours is deleted.
fn weekend() -> Trace {
    let scenario = Scenario { members: stopped(0.5, f64::INFINITY), retention_s: Some(5.0 * HOUR), ..scenario::weekend() };
    Trace::of(short(Scenario { capacity: Box::new(|time| if time < 0.5 * HOUR { 4.0 } else { 0.0 }), ..scenario }, 5.75))
}

fn sink_down() -> Trace {
    let capacity = |time: f64| if (0.5..1.2).contains(&(time / HOUR)) { 0.0 } else { 4.0 };
    Trace::of(short(Scenario { capacity: Box::new(capacity), ..scenario::sink_down() }, 1.75))
}

fn noisy() -> Trace {
    let capacity = |time: f64| if time < 0.5 * HOUR { 2.0 } else { 0.97 };
    // Around a threshold noise of a third decides about ten minutes.
    Trace { within_s: 600.0, ..Trace::of(short(Scenario { capacity: Box::new(capacity), ..scenario::noisy() }, 3.5)) }
}

/// One partition does not move for 40 min; the others do.
fn one_stands() -> Trace {
    let troubles = vec![(0.5 * HOUR, 1.2 * HOUR)];
    let scenario = Scenario { partitions: 3, troubles, ..Scenario::new("one of three stands", 1.75) };
    let frozen = std::cell::Cell::new((None, None));
    let change = move |time: f64, sample: &mut Sample| {
        let reading = &mut sample.partitions[2];
        reading.covered = None;
        if (0.5..1.2).contains(&(time / HOUR)) {
            (reading.committed, reading.timestamp) = frozen.get();
        }
        frozen.set((reading.committed, reading.timestamp.or(Some(time))));
    };
    Trace { change: Box::new(change), ..Trace::of(scenario) }
}

pub fn all() -> Vec<Trace> {
    let by_workers = |trace| Trace { by_workers: true, ..trace };
    let troubles = [the_two_days(), sink_down(), one_stands(), slow_decline()].map(by_workers).into_iter().chain([noisy(), weekend()]);
    let quiet = [(scenario::blips(), 2.0), (scenario::idle(), 1.5), (scenario::markers(), 1.5), (scenario::daily_ingest(), 2.0)];
    troubles.chain(quiet.into_iter().map(|(scenario, hours)| Trace::of(short(scenario, hours)))).collect()
}
