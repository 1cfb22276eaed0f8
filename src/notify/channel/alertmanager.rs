//! Alertmanager's API v2. It forgets what is not told again, so everything is, with an end of its own; all replicas are told, as each
//! may be the one that calls.

use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::http::Http;
use crate::config::AlertChannel;
use crate::core::delivery::{Alert, Sending};
use crate::core::lag::Severity;
use crate::notify::clock::unix_now;
use crate::notify::error::{NotifyError, SendError};
use crate::notify::text;

/// Four times the distance of two sends.
const LASTS_S: f64 = 240.0;

#[derive(Debug)]
pub struct Alertmanager {
    http: Http,
    urls: Vec<String>,
}

impl Alertmanager {
    pub fn new(name: &str, settings: &AlertChannel) -> Result<Self, NotifyError> {
        let http = Http::new(name, settings, &settings.urls)?;
        let urls = settings.urls.iter().map(|url| format!("{}/api/v2/alerts", url.trim_end_matches('/'))).collect();
        Ok(Self { http, urls })
    }

    /// Taken is what one replica took: they call each for itself, and the others are told again in a minute.
    pub async fn send(&self, sending: &Sending) -> Result<(), SendError> {
        let body = Value::from(alerts(sending, unix_now())).to_string().into_bytes();
        let answers = join_all(self.urls.iter().map(|url| self.http.post(url, body.clone(), &[]))).await;
        let (taken, mut failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        if !taken.is_empty() {
            return Ok(());
        }
        // One that may take it later counts more than one that never will.
        failed.sort_by_key(|answer| answer.as_ref().is_err_and(|error| !error.is_retryable()));
        let none = SendError::Unreachable { channel: self.http.channel().to_owned(), reason: "no replica is configured".to_owned() };
        failed.into_iter().next().unwrap_or(Err(none))
    }
}

/// The alert, and the end of the same with another severity where that may be there: to Alertmanager it is another alert.
fn alerts(sending: &Sending, now: f64) -> Vec<Value> {
    let alert = &sending.alert;
    let called = sending.told.map(|told| told.called).filter(|called| *called != Severity::None);
    let ended = |severity: Severity| one(alert, severity, now);
    if !alert.is_open() {
        return called.map_or_else(|| vec![ended(Severity::Page), ended(Severity::Warn)], |called| vec![ended(called)]);
    }
    let replaced = called.filter(|called| *called != alert.severity);
    [one(alert, alert.severity, now + LASTS_S)].into_iter().chain(replaced.map(ended)).collect()
}

/// The labels are the identity; all that changes is in the annotations.
fn one(alert: &Alert, severity: Severity, ends: f64) -> Value {
    json!({
        "labels": {
            "alertname": "ShastaLag",
            "incident": alert.key,
            "cluster": alert.cluster,
            "group": alert.group,
            "topic": alert.topic.as_deref().unwrap_or(""),
            "severity": severity,
        },
        "annotations": {
            "summary": text::title(alert),
            "description": text::body(alert),
            "kind": alert.kind,
            "runbook_url": alert.runbook.as_deref().unwrap_or(""),
        },
        "startsAt": time(alert.opened as f64),
        "endsAt": time(ends),
    })
}

fn time(unix: f64) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_secs_f64(unix.clamp(0.0, 2e11))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::delivery::{Rank, State, Told};
    use crate::core::lag::Kind;
    use crate::notify::tests::alerts::{page, resolved};

    fn told(state: State, called: Severity) -> Option<Told> {
        Some(Told { state, severity: called, called, kind: Kind::Stopped, sequence: 1, at: 0.0, since: 0.0 })
    }

    /// Severity, and whether it ends in the future.
    fn sent(alert: Alert, told: Option<Told>) -> Vec<(String, bool)> {
        let sending = Sending { alert, told, rank: Rank::Page, may_have_been_called: false };
        let all = alerts(&sending, 1_000.0);
        all.iter()
            .map(|alert| (alert["labels"]["severity"].as_str().unwrap().to_owned(), alert["endsAt"] == "1970-01-01T00:20:40.000Z"))
            .collect()
    }

    #[test]
    fn an_end_has_the_labels_of_what_was_told() {
        let warned = told(State::Open, Severity::Warn);
        assert_eq!(sent(page("a"), None), [("page".to_owned(), true)]);
        assert_eq!(sent(page("a"), warned), [("page".to_owned(), true), ("warn".to_owned(), false)]);
        assert_eq!(sent(resolved("a"), warned), [("warn".to_owned(), false)]);
        assert_eq!(sent(resolved("a"), told(State::Resolved, Severity::Page)), [("page".to_owned(), false)]);
        assert_eq!(sent(resolved("a"), None), [("page".to_owned(), false), ("warn".to_owned(), false)]);
    }

    #[test]
    fn numbers_are_no_labels() {
        let labels = |alert: &Alert| one(alert, Severity::Page, 1.0)["labels"].clone();
        let other = Alert { lag: Some(77), age_s: Some(1.0), kind: Kind::SlowDrain, evidence: "x".to_owned(), sequence: 9, ..page("a") };
        assert_eq!(labels(&page("a")), labels(&other));
    }
}
