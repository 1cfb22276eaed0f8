//! What the rules of lag found.

use tracing::{error, info, warn};

use crate::core::lag::{Change, Event, Severity};

/// Of a list of partitions so many are named.
const NAMED: usize = 10;

/// An incident of lag opened, changed its kind, severity or partitions, was resolved, or closed. How loud it is says the level.
#[derive(Debug)]
pub struct IncidentChanged<'a> {
    pub event: &'a Event,
}

impl IncidentChanged<'_> {
    pub fn emit(self) {
        let Event { incident, kind, severity, of, lag, evidence, .. } = self.event;
        let (kind, level, severity) = (kind.as_str(), *severity, severity.as_str());
        let (age_seconds, eta_seconds, ttl_seconds) = (self.event.age_s, self.event.eta_now_s, self.event.ttl_s);
        let count = self.event.partitions.len();
        let partitions = &self.event.partitions[..count.min(NAMED)];
        let told = message(self.event.event);
        match level {
            Severity::Page if !self.is_over() => error!(
                target: "shasta::lag", incident, kind, severity, ?partitions, count, of, lag, age_seconds, eta_seconds, ttl_seconds, evidence,
                "{told}"
            ),
            Severity::Warn if !self.is_over() => warn!(
                target: "shasta::lag", incident, kind, severity, ?partitions, count, of, lag, age_seconds, eta_seconds, ttl_seconds, evidence,
                "{told}"
            ),
            _ => {
                info!(target: "shasta::lag", incident, kind, severity, ?partitions, count, of, lag, age_seconds, eta_seconds, evidence, "{told}")
            }
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.event.event, Change::Resolve | Change::Close)
    }
}

const fn message(change: Change) -> &'static str {
    match change {
        Change::Open => "incident opened",
        Change::Change => "incident changed",
        Change::Resolve => "incident resolved",
        Change::Close => "incident closed",
    }
}
