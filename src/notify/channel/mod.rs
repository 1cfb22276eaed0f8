//! The ways to people. Each takes an alert and says whether it was taken; none of them knows what was sent before.

mod alertmanager;
mod answer;
mod exec;
mod http;
mod log;
mod pagerduty;
mod slack;
mod webhook;

use std::collections::BTreeMap;

use super::error::{NotifyError, SendError};
use crate::config::{AlertChannel, AlertSeverity, Alerts, ChannelKind};
use crate::core::delivery::{Alert, ChannelRules, Repeat, Sending};
use crate::core::lag::Severity;
use alertmanager::Alertmanager;
use exec::Exec;
use log::Log;
use pagerduty::Pagerduty;
use slack::Slack;
use webhook::Webhook;

pub use http::Http;

/// One configured channel.
#[derive(Debug)]
pub enum Channel {
    Pagerduty(Pagerduty),
    Alertmanager(Alertmanager),
    Slack(Slack),
    Webhook(Webhook),
    Exec(Exec),
    Log(Log),
}

impl Channel {
    /// `host` is who tells.
    ///
    /// # Errors
    /// What can not work as configured.
    pub fn new(name: &str, settings: &AlertChannel, host: &str) -> Result<Self, NotifyError> {
        let missing = |setting: &'static str| NotifyError::Setting { channel: name.to_owned(), setting };
        let url = || settings.url.as_ref().ok_or_else(|| missing("url"));
        Ok(match settings.kind.ok_or_else(|| missing("type"))? {
            ChannelKind::Pagerduty => {
                let key = settings.key.as_ref().ok_or_else(|| missing("key"))?;
                Self::Pagerduty(Pagerduty::new(Http::new(name, settings, &[])?, settings.url.as_ref(), key))
            }
            ChannelKind::Alertmanager => Self::Alertmanager(Alertmanager::new(name, settings)?),
            ChannelKind::Slack => Self::Slack(Slack::new(Http::new(name, settings, &[])?, url()?)),
            ChannelKind::Webhook => Self::Webhook(Webhook::new(Http::new(name, settings, &[])?, url()?, settings.key.as_ref(), host)),
            ChannelKind::Exec => Self::Exec(Exec::new(name, &settings.command, settings.timeout).ok_or_else(|| missing("command"))?),
            ChannelKind::Log => Self::Log(Log::new(name)),
        })
    }

    /// One attempt, within the channel's timeout.
    ///
    /// # Errors
    /// Whether it may go through later, and whether it may have arrived, the error says.
    pub async fn send(&self, sending: &Sending) -> Result<(), SendError> {
        let alert = &sending.alert;
        match self {
            Self::Pagerduty(channel) => channel.send(alert).await,
            Self::Alertmanager(channel) => channel.send(sending).await,
            Self::Slack(channel) => channel.send(alert).await,
            Self::Webhook(channel) => channel.send(alert).await,
            Self::Exec(channel) => channel.send(alert).await,
            Self::Log(channel) => channel.send(alert),
        }
    }
}

/// The payload. What it consists of can always be written.
fn json(alert: &Alert) -> Vec<u8> {
    serde_json::to_vec(alert).unwrap_or_default()
}

/// All that are configured, by name.
pub fn channels(alerts: &Alerts, host: &str) -> Result<BTreeMap<String, Channel>, NotifyError> {
    alerts.channels.iter().map(|(name, settings)| Ok((name.clone(), Channel::new(name, settings, host)?))).collect()
}

/// What the desk has to know of a channel.
pub fn rules(settings: &AlertChannel) -> ChannelRules {
    let least = match settings.least_severity() {
        AlertSeverity::Standby => None,
        AlertSeverity::Warn => Some(Severity::Warn),
        AlertSeverity::Page => Some(Severity::Page),
    };
    // What knows keys has nothing to do with an incident that is resolved.
    let knows_keys = matches!(settings.kind, Some(ChannelKind::Pagerduty | ChannelKind::Alertmanager));
    let forgets = settings.kind == Some(ChannelKind::Alertmanager);
    ChannelRules {
        least,
        hears_close: !knows_keys,
        repeat: forgets.then_some(Repeat { every_s: 60.0, ends_for_s: 300.0 }),
        gap_s: if settings.kind == Some(ChannelKind::Slack) { 1.0 } else { 0.0 },
        hand_over: settings.hand_over.clone(),
    }
}
