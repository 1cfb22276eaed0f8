//! A desk with channels that do as they are told.

use std::collections::BTreeMap;

use super::super::{Alert, Change, ChannelRules, Desk, Next, Outcome, Pacing, Partitions, Sending, State};
use crate::core::lag::{Kind, Severity};

/// A plausible time of day.
pub const STARTED: f64 = 1_700_000_000.0;

pub const FAILED: Outcome = Outcome::Failed { retry_after_s: None, may_have_arrived: false };

pub fn alert(key: &str, state: State, severity: Severity, kind: Kind) -> Alert {
    Alert {
        key: key.to_owned(),
        sequence: 0,
        state,
        previous: None,
        severity,
        kind,
        cluster: "prod".to_owned(),
        group: "tags".to_owned(),
        topic: Some("tag-data".to_owned()),
        partitions: Partitions::new(&[3], 8),
        lag: Some(1),
        age_s: Some(400.0),
        ingest: Some(10.0),
        consume: Some(0.0),
        speed: Some(0.0),
        eta_now_s: None,
        eta_forecast_s: None,
        needed: None,
        ttl_s: None,
        opened: 1,
        detected_at: 1.0,
        submitted_at: 1.0,
        evidence: String::new(),
        members: Some(1),
        versions: BTreeMap::new(),
        commands: Vec::new(),
        runbook: None,
        watcher: "w".to_owned(),
        late: false,
        reminder: false,
        acknowledged_by: None,
        handed_over_by: None,
    }
}

pub fn page(key: &str) -> Alert {
    alert(key, State::Open, Severity::Page, Kind::Stopped)
}

pub fn warn(key: &str) -> Alert {
    alert(key, State::Open, Severity::Warn, Kind::FallingBehind)
}

pub fn resolve(key: &str) -> Alert {
    alert(key, State::Resolved, Severity::None, Kind::Recovering)
}

pub fn close(key: &str) -> Alert {
    alert(key, State::Closed, Severity::None, Kind::Recovering)
}

pub fn rules(least: Severity) -> ChannelRules {
    ChannelRules { least: Some(least), hears_close: true, ..ChannelRules::default() }
}

/// The desk, and what would be on the disk.
pub struct Scene {
    pub desk: Desk,
    pub channels: Vec<(String, ChannelRules)>,
    pub disk: Vec<Change>,
    pub now: f64,
    pub pacing: Pacing,
}

impl Scene {
    pub fn new(channels: &[(&str, ChannelRules)]) -> Self {
        let channels: Vec<_> = channels.iter().map(|(name, rules)| ((*name).to_owned(), rules.clone())).collect();
        let pacing = Pacing::default();
        Self { desk: Desk::new(pacing, channels.clone()), channels, disk: Vec::new(), now: STARTED, pacing }
    }

    pub fn submit(&mut self, alert: Alert) -> u64 {
        let kept = self.desk.number(alert, self.now);
        let sequence = kept.newest.sequence;
        self.disk.push(Change::Kept { key: kept.newest.key.clone(), kept: Box::new(kept.clone()) });
        self.desk.accept(kept);
        sequence
    }

    pub fn sending(&self, channel: &str) -> Option<Sending> {
        match self.desk.next(channel, self.now) {
            Next::Send(sending) => Some(*sending),
            Next::Wait(until) => {
                assert!(until > self.now, "a wait until now is a busy loop");
                None
            }
            Next::Idle => None,
        }
    }

    pub fn begin(&mut self, channel: &str) -> Option<Sending> {
        let sending = self.sending(channel)?;
        self.disk.extend(self.desk.begin(channel, &sending));
        Some(sending)
    }

    pub fn finish(&mut self, channel: &str, sending: &Sending, outcome: Outcome) {
        let change = self.desk.finished(channel, sending, outcome, 0.5, self.now);
        self.disk.extend(change);
    }

    /// Sends what is due now; returns what was sent as (key, state, sequence, late).
    pub fn run(&mut self, channel: &str, outcome: Outcome) -> Vec<(String, State, u64, bool)> {
        let mut sent = Vec::new();
        while let Some(sending) = self.begin(channel) {
            self.finish(channel, &sending, outcome);
            let Alert { key, state, sequence, late, .. } = sending.alert;
            sent.push((key, state, sequence, late));
        }
        sent
    }

    /// A second at a time, sending what is due.
    pub fn run_for(&mut self, channel: &str, outcome: Outcome, seconds: u32) -> Vec<(String, State, u64, bool)> {
        self.run_long(channel, outcome, seconds, 1.0)
    }

    /// Some seconds at a time.
    pub fn run_long(&mut self, channel: &str, outcome: Outcome, steps: u32, step_s: f64) -> Vec<(String, State, u64, bool)> {
        let mut sent = Vec::new();
        for _ in 0..steps {
            self.now += step_s;
            self.tick();
            sent.extend(self.run(channel, outcome));
        }
        sent
    }

    pub fn tick(&mut self) -> super::super::Tick {
        let tick = self.desk.tick(self.now);
        self.disk.extend(tick.changes.clone());
        for reminder in tick.reminders.clone() {
            self.submit(reminder);
        }
        tick
    }

    /// Killed, and started with what is on the disk.
    pub fn restart(&mut self) {
        self.desk = Desk::new(self.pacing, self.channels.clone());
        self.desk.restore(self.disk.clone(), self.now);
    }
}

pub fn sent(key: &str, state: State, sequence: u64) -> (String, State, u64, bool) {
    (key.to_owned(), state, sequence, false)
}
