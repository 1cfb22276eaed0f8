//! `[alerts]`: who is told of incidents, and how.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;
use super::duration::DurationText;

/// Where alerts go. Without a channel they are only logged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// Where incidents, history and what is not delivered yet are kept.
    pub directory: Option<PathBuf>,
    /// The URL below which `deploy/runbooks` is published; empty: alerts hold no link.
    pub runbooks: String,
    pub dead_man: DeadMan,
    /// By a name of one's own.
    pub channels: BTreeMap<String, AlertChannel>,
}

/// `[alerts.dead_man]`: a URL that is fetched as long as all is looked at and no page is stuck; who owns it calls when that ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadMan {
    pub url: Option<Secret>,
    /// A file that holds the URL; relative to `$CREDENTIALS_DIRECTORY` where that is set.
    pub url_file: Option<PathBuf>,
    /// How long one request may take.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub timeout: Duration,
}

/// `[alerts.channels.<name>]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertChannel {
    /// Must be set.
    #[serde(rename = "type")]
    pub kind: Option<ChannelKind>,
    /// Where Slack, a webhook or PagerDuty is reached. PagerDuty has one of its own.
    pub url: Option<Secret>,
    pub url_file: Option<PathBuf>,
    /// Every replica of Alertmanager.
    pub urls: Vec<String>,
    /// PagerDuty's routing key; what a webhook's requests are signed with.
    pub key: Option<Secret>,
    pub key_file: Option<PathBuf>,
    /// What `exec` starts: an absolute path and its arguments.
    pub command: Vec<String>,
    /// The least that the channel gets. [`Self::least_severity`] knows what holds where it is not set.
    pub severity: Option<AlertSeverity>,
    /// The channel that gets a page which this one could not deliver for 3 minutes.
    pub hand_over: Option<String>,
    /// PEM file of the authorities that may have signed the receiver's certificate; the public ones where it is not set.
    pub ca_file: Option<PathBuf>,
    /// How long one attempt may take.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub timeout: Duration,
}

/// What a channel speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// PagerDuty's Events API v2.
    Pagerduty,
    /// Alertmanager's API v2.
    Alertmanager,
    /// An incoming webhook of Slack.
    Slack,
    /// Our own JSON, signed where there is a key.
    Webhook,
    /// A program that reads our JSON from standard input.
    Exec,
    /// A line of our own log.
    Log,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlertSeverity {
    /// Nothing of its own: only the pages that another channel hands over.
    Standby,
    Warn,
    Page,
}

impl Alerts {
    /// The directory of what is kept: what is set, else `$STATE_DIRECTORY` (systemd's `StateDirectory=`, its first), else
    /// `$XDG_STATE_HOME/shasta`, else `$HOME/.local/state/shasta`; `None` where none of these is known.
    pub fn directory(&self, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let of_systemd = || path("STATE_DIRECTORY").and_then(|all| Some(PathBuf::from(all.to_str()?.split(':').next()?)));
        let of_user = || path("XDG_STATE_HOME").map(|state| state.join("shasta"));
        let of_home = || path("HOME").map(|home| home.join(".local/state/shasta"));
        self.directory.clone().or_else(of_systemd).or_else(of_user).or_else(of_home)
    }
}

impl AlertChannel {
    /// What is set, else `page` for PagerDuty, which wakes people, and `warn` for the others.
    pub fn least_severity(&self) -> AlertSeverity {
        let by_kind = if self.kind == Some(ChannelKind::Pagerduty) { AlertSeverity::Page } else { AlertSeverity::Warn };
        self.severity.unwrap_or(by_kind)
    }
}

impl ChannelKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pagerduty => "pagerduty",
            Self::Alertmanager => "alertmanager",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
            Self::Exec => "exec",
            Self::Log => "log",
        }
    }
}

impl Default for DeadMan {
    fn default() -> Self {
        Self { url: None, url_file: None, timeout: Duration::from_secs(10) }
    }
}

impl Default for AlertChannel {
    fn default() -> Self {
        Self {
            kind: None,
            url: None,
            url_file: None,
            urls: Vec::new(),
            key: None,
            key_file: None,
            command: Vec::new(),
            severity: None,
            hand_over: None,
            ca_file: None,
            timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_lies_where_it_is_said_else_where_the_service_or_the_user_keeps_state() {
        let directory = |alerts: &Alerts, set: &[(&str, &str)]| {
            let variable = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
            alerts.directory(variable).map(|path| path.display().to_string())
        };
        let unset = Alerts::default();
        let all = [("HOME", "/h"), ("XDG_STATE_HOME", "/x"), ("STATE_DIRECTORY", "/var/lib/shasta:/var/lib/b")];
        assert_eq!(directory(&Alerts { directory: Some("/d".into()), ..Alerts::default() }, &all).as_deref(), Some("/d"));
        assert_eq!(directory(&unset, &all).as_deref(), Some("/var/lib/shasta"));
        assert_eq!(directory(&unset, &all[..2]).as_deref(), Some("/x/shasta"));
        assert_eq!(directory(&unset, &[("STATE_DIRECTORY", ""), ("HOME", "/h")]).as_deref(), Some("/h/.local/state/shasta"));
        assert_eq!(directory(&unset, &[]), None);
    }

    #[test]
    fn a_channel_that_wakes_people_gets_pages_only() {
        let least = |kind, severity| AlertChannel { kind: Some(kind), severity, ..AlertChannel::default() }.least_severity();
        assert_eq!(least(ChannelKind::Pagerduty, None), AlertSeverity::Page);
        assert_eq!(least(ChannelKind::Slack, None), AlertSeverity::Warn);
        assert_eq!(least(ChannelKind::Slack, Some(AlertSeverity::Page)), AlertSeverity::Page);
        assert!(AlertSeverity::Warn < AlertSeverity::Page);
    }
}
