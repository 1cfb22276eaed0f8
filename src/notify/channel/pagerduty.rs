//! PagerDuty's Events API v2: a call for a key, and the end of it.

use serde_json::{Value, json};

use super::http::Http;
use crate::config::Secret;
use crate::core::delivery::Alert;
use crate::core::lag::Severity;
use crate::notify::error::SendError;
use crate::notify::text;

const URL: &str = "https://events.pagerduty.com/v2/enqueue";
/// What the API takes at most.
const KEY_CHARACTERS: usize = 255;
const SUMMARY_CHARACTERS: usize = 1_024;

#[derive(Debug)]
pub struct Pagerduty {
    http: Http,
    url: Secret,
    key: Secret,
}

impl Pagerduty {
    pub fn new(http: Http, url: Option<&Secret>, key: &Secret) -> Self {
        Self { http, url: url.cloned().unwrap_or_else(|| Secret::new(URL)), key: key.clone() }
    }

    pub async fn send(&self, alert: &Alert) -> Result<(), SendError> {
        self.http.post(self.url.expose(), self.event(alert).to_string().into_bytes(), &[]).await
    }

    fn event(&self, alert: &Alert) -> Value {
        let mut event = json!({
            "routing_key": self.key.expose(),
            "event_action": if alert.is_open() { "trigger" } else { "resolve" },
            "dedup_key": dedup_key(&alert.key),
        });
        if alert.is_open() {
            event["payload"] = payload(alert);
            event["client"] = "shasta".into();
            event["links"] = alert.runbook.iter().map(|runbook| json!({"href": runbook, "text": "runbook"})).collect();
        }
        event
    }
}

fn payload(alert: &Alert) -> Value {
    let summary: String = text::title(alert).chars().take(SUMMARY_CHARACTERS).collect();
    json!({
        "summary": summary,
        "source": format!("{}/{}", alert.cluster, alert.group),
        "severity": if alert.severity == Severity::Page { "critical" } else { "warning" },
        "component": alert.topic.as_deref().unwrap_or(&alert.group),
        "group": alert.cluster,
        "class": alert.kind,
        "custom_details": {"what": text::body(alert), "alert": alert},
    })
}

/// The incident's key, the same from every watcher; a longer one than the API takes is told apart by its hash.
fn dedup_key(key: &str) -> String {
    if key.chars().count() <= KEY_CHARACTERS {
        return key.to_owned();
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let hash = crate::notify::outbox::hex(digest.as_ref());
    key.chars().take(KEY_CHARACTERS - hash.len() - 1).chain(['/']).chain(hash.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_too_long_stays_the_same_and_stays_its_own() {
        let long = |end: &str| dedup_key(&format!("{}{end}", "\u{e4}".repeat(300)));
        assert_eq!(dedup_key("prod/tags/progress"), "prod/tags/progress");
        assert_eq!(long("a").chars().count(), 255);
        assert_eq!(long("a"), long("a"));
        assert_ne!(long("a"), long("b"));
    }
}
