//! What becomes of alerts.

use std::fmt::Display;
use std::time::Instant;

use tracing::{error, info, warn};

use crate::core::delivery::{Alert, State};
use crate::core::lag::Severity;
use crate::telemetry::notifications::{NotificationResult, NotifyMetrics};
use crate::telemetry::sampler::SharedSampler;

/// An incident opened, changed or is over. Said for each, whatever channels there are.
#[derive(Debug)]
pub struct IncidentTold<'a> {
    pub alert: &'a Alert,
    /// One line for people.
    pub title: &'a str,
}

impl IncidentTold<'_> {
    pub fn emit(self) {
        let Alert { key, kind, severity, sequence, evidence, state, .. } = self.alert;
        let (incident, kind, severity_text, title) = (key, kind.as_str(), severity.as_str(), self.title);
        match (state, severity) {
            (State::Open, Severity::Page) => {
                error!(target: "shasta::alert", incident, kind, severity = severity_text, sequence, title, evidence, "incident: page");
            }
            (State::Open, _) => {
                warn!(target: "shasta::alert", incident, kind, severity = severity_text, sequence, title, evidence, "incident: warning");
            }
            (State::Resolved, _) => info!(target: "shasta::alert", incident, kind, sequence, title, evidence, "incident resolved"),
            (State::Closed, _) => info!(target: "shasta::alert", incident, kind, sequence, title, evidence, "incident closed"),
        }
    }
}

/// A channel took an alert.
#[derive(Debug)]
pub struct AlertDelivered<'a> {
    pub channel: &'a str,
    pub alert: &'a Alert,
    /// Seconds since it was detected.
    pub after: f64,
}

impl AlertDelivered<'_> {
    pub fn emit(self, metrics: &NotifyMetrics) {
        metrics.count(self.channel, NotificationResult::Delivered);
        metrics.delay(self.channel, self.after);
        let (channel, incident, sequence, late) = (self.channel, &self.alert.key, self.alert.sequence, self.alert.late);
        info!(target: "shasta::alert", channel, incident, sequence, late, after_seconds = self.after, "alert delivered");
    }
}

/// A channel did not take an alert, and is asked again.
#[derive(Debug)]
pub struct AlertFailed<'a, E> {
    pub channel: &'a str,
    pub incident: &'a str,
    pub error: E,
}

impl<E: Display> AlertFailed<'_, E> {
    pub fn emit(self, metrics: &NotifyMetrics, sampler: &SharedSampler, now: Instant) {
        metrics.count(self.channel, NotificationResult::Failed);
        let Some(suppressed) = sampler.admit(self.channel, now) else { return };
        let (channel, incident) = (self.channel, self.incident);
        warn!(target: "shasta::alert", channel, incident, error = %self.error, suppressed, "alert not delivered, trying again");
    }
}

/// A channel will never take an alert: something is wrong with it or with our settings.
#[derive(Debug)]
pub struct AlertRefused<'a, E> {
    pub channel: &'a str,
    pub incident: &'a str,
    pub error: E,
}

impl<E: Display> AlertRefused<'_, E> {
    pub fn emit(self, metrics: &NotifyMetrics) {
        metrics.count(self.channel, NotificationResult::Refused);
        let (channel, incident) = (self.channel, self.incident);
        error!(target: "shasta::alert", channel, incident, error = %self.error, "alert refused, it is not sent again");
    }
}

/// An alert was tried for as long as it matters.
#[derive(Debug)]
pub struct AlertExpired<'a> {
    pub channel: &'a str,
    pub alert: &'a Alert,
}

impl AlertExpired<'_> {
    pub fn emit(self, metrics: &NotifyMetrics) {
        metrics.count(self.channel, NotificationResult::Expired);
        let (channel, incident, kind, sequence) = (self.channel, &self.alert.key, self.alert.kind.as_str(), self.alert.sequence);
        error!(target: "shasta::alert", channel, incident, kind, sequence, "alert was never delivered and is too old now");
    }
}

/// A channel can not deliver a page, and another one gets it.
#[derive(Debug)]
pub struct PageHandedOver<'a> {
    pub channel: &'a str,
    pub to: &'a str,
    pub incident: &'a str,
}

impl PageHandedOver<'_> {
    pub fn emit(self) {
        let (channel, to, incident) = (self.channel, self.to, self.incident);
        error!(target: "shasta::alert", channel, to, incident, "page handed over to another channel");
    }
}

/// Too many incidents at once: one is told to nobody any more.
#[derive(Debug)]
pub struct IncidentForgotten<'a> {
    pub incident: &'a str,
}

impl IncidentForgotten<'_> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("forgotten", now) else { return };
        error!(target: "shasta::alert", incident = self.incident, suppressed, "too many incidents at once, one is forgotten");
    }
}

/// What is not told yet would not survive a restart.
#[derive(Debug)]
pub struct OutboxFailed<E> {
    pub error: E,
}

impl<E: Display> OutboxFailed<E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("outbox", now) else { return };
        error!(target: "shasta::alert", error = %self.error, suppressed, "outbox can not be written, alerts go out from memory");
    }
}

/// A part of what was not told yet is lost.
#[derive(Debug)]
pub struct OutboxDamaged {
    pub lines: usize,
}

impl OutboxDamaged {
    pub fn emit(self) {
        error!(target: "shasta::alert", lines = self.lines, "outbox was damaged, what can not be read is in outbox.damaged");
    }
}

/// The one who would call when we are gone was not reached.
#[derive(Debug)]
pub struct DeadManNotReached<E> {
    pub error: E,
}

impl<E: Display> DeadManNotReached<E> {
    pub fn emit(self, sampler: &SharedSampler, now: Instant) {
        let Some(suppressed) = sampler.admit("dead man", now) else { return };
        warn!(target: "shasta::alert", error = %self.error, suppressed, "dead man's switch not reached");
    }
}
