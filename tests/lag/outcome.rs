//! What the rules made of a scenario.

use shasta::core::lag::{Change, Event, Group, Header, Kind, LagRules, Retention, Sample, Severity};

use super::recorder::Recorder;
use super::scenario::Scenario;

/// From when to when somebody was called.
pub type Episode = (f64, f64);

pub struct Outcome {
    pub events: Vec<Event>,
    pub end: f64,
}

pub fn header(scenario: &Scenario) -> Header {
    Header {
        cluster: "c".to_owned(),
        group: "g".to_owned(),
        topic: Some("t".to_owned()),
        partitions: scenario.partitions,
        retention: Retention { seconds: scenario.retention_s, bytes: None },
        offsets_retention_s: Some(604_800.0),
        expected: true,
    }
}

pub fn run(scenario: &Scenario, seed: u64) -> Outcome {
    run_and_look(scenario, seed, |_, _| {})
}

/// The same; each sample is shown with its time.
pub fn run_and_look(scenario: &Scenario, seed: u64, mut look: impl FnMut(f64, &Sample)) -> Outcome {
    let mut group = Group::new(header(scenario), LagRules::default());
    let mut events = Vec::new();
    for (time, sample) in Recorder::new(scenario, seed) {
        look(time, &sample);
        events.extend(group.observe(Some(&sample), time));
    }
    Outcome { events, end: scenario.hours * 3_600.0 }
}

impl Outcome {
    /// When this kind was told first, at this severity or worse.
    pub fn first(&self, kind: Kind, severity: Severity) -> Option<f64> {
        self.events.iter().find(|event| event.kind == kind && event.severity >= severity).map(|event| event.t)
    }

    pub fn opened(&self) -> usize {
        self.events.iter().filter(|event| event.event == Change::Open).count()
    }

    /// All that was told, a line each, for failures.
    pub fn story(&self) -> Vec<String> {
        self.events
            .iter()
            .map(|event| {
                format!("{:.0} {} {:?} {} {} {}", event.t, event.incident, event.event, event.kind, event.severity, event.evidence)
            })
            .collect()
    }

    /// From when to when any incident was at this severity or worse.
    pub fn episodes(&self, severity: Severity) -> Vec<Episode> {
        let mut episodes: Vec<Episode> = Vec::new();
        let mut open: Vec<(&str, f64)> = Vec::new();
        for event in &self.events {
            let at = open.iter().position(|(incident, _)| *incident == event.incident);
            let over = matches!(event.event, Change::Resolve | Change::Close);
            match at {
                Some(at) if over => episodes.push((open.remove(at).1, event.t)),
                None if !over && event.severity >= severity => open.push((&event.incident, event.t)),
                _ => {}
            }
        }
        episodes.extend(open.into_iter().map(|(_, from)| (from, self.end)));
        episodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        episodes
    }
}
