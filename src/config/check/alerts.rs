//! `[alerts]`

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::url::{NOT_A_URL, each_is_http, is_http};
use super::{Findings, own_name, shown};
use crate::config::{AlertChannel, AlertSeverity, Alerts, ChannelKind, Secret};

pub(super) fn check(alerts: &Alerts, findings: &mut Findings) {
    findings.add_unless(alerts.runbooks.is_empty() || is_http(&alerts.runbooks), &["alerts.runbooks"], || {
        format!("{} {NOT_A_URL}, nor \"\" for no link", shown(&format!("{:?}", alerts.runbooks)))
    });
    if let Some(directory) = &alerts.directory {
        findings.add_unless(directory.is_absolute(), &["alerts.directory"], || "is not an absolute path".to_owned());
    }
    let dead_man = &alerts.dead_man;
    secret("alerts.dead_man.url", &dead_man.url, dead_man.url_file.is_some(), findings);
    url("alerts.dead_man.url", &dead_man.url, findings);
    timeout("alerts.dead_man.timeout", dead_man.timeout, findings);
    for (name, channel) in &alerts.channels {
        own_name("alerts.channels", name, findings);
        Checked { section: format!("alerts.channels.{name}"), channel }.check(findings);
        hand_over(name, &alerts.channels, findings);
        standby(name, &alerts.channels, findings);
    }
}

/// One channel and where it stands.
struct Checked<'a> {
    section: String,
    channel: &'a AlertChannel,
}

impl Checked<'_> {
    fn key(&self, last: &str) -> String {
        format!("{}.{last}", self.section)
    }

    fn check(&self, findings: &mut Findings) {
        let AlertChannel { kind, url: own_url, url_file, urls, key, key_file, .. } = self.channel;
        secret(&self.key("url"), own_url, url_file.is_some(), findings);
        secret(&self.key("key"), key, key_file.is_some(), findings);
        url(&self.key("url"), own_url, findings);
        each_is_http(&self.key("urls"), urls, findings);
        timeout(&self.key("timeout"), self.channel.timeout, findings);
        match kind {
            Some(kind) => {
                self.needed(*kind, findings);
                self.unused(*kind, findings);
            }
            None => {
                findings.add(
                    &[&self.key("type"), &self.section],
                    "must be set: \"pagerduty\", \"alertmanager\", \"slack\", \"webhook\", \"exec\" or \"log\"".to_owned(),
                );
            }
        }
    }

    fn needed(&self, kind: ChannelKind, findings: &mut Findings) {
        let AlertChannel { url, url_file, urls, key, key_file, command, .. } = self.channel;
        let (is_there, what) = match kind {
            ChannelKind::Pagerduty => (key.is_some() || key_file.is_some(), "key or key_file, the routing key of an integration"),
            ChannelKind::Slack | ChannelKind::Webhook => (url.is_some() || url_file.is_some(), "url or url_file"),
            ChannelKind::Alertmanager => (!urls.is_empty(), "urls, of every replica"),
            ChannelKind::Exec => {
                let program = command.first().is_some_and(|program| Path::new(program).is_absolute());
                (program, "command, an absolute path and its arguments")
            }
            ChannelKind::Log => (true, ""),
        };
        findings.add_unless(is_there, &[&self.key("type"), &self.key("command")], || {
            format!("\"{}\" needs {}.{what}", kind.as_str(), self.section)
        });
    }

    /// Settings of another type: more likely forgotten or mistaken than meant.
    fn unused(&self, kind: ChannelKind, findings: &mut Findings) {
        use ChannelKind::{Alertmanager, Exec, Log, Pagerduty, Slack, Webhook};
        let AlertChannel { url, url_file, urls, key, key_file, command, ca_file, .. } = self.channel;
        let takes_url = matches!(kind, Pagerduty | Slack | Webhook);
        let takes_key = matches!(kind, Pagerduty | Webhook);
        let settings = [
            ("url", url.is_some(), takes_url),
            ("url_file", url_file.is_some(), takes_url),
            ("urls", !urls.is_empty(), kind == Alertmanager),
            ("key", key.is_some(), takes_key),
            ("key_file", key_file.is_some(), takes_key),
            ("command", !command.is_empty(), kind == Exec),
            ("ca_file", ca_file.is_some(), !matches!(kind, Exec | Log)),
        ];
        for (last, is_set, is_used) in settings {
            findings.add_unless(is_used || !is_set, &[&self.key(last), &self.key("type")], || {
                format!("not used by \"{}\", leave it out", kind.as_str())
            });
        }
    }
}

fn secret(key: &str, secret: &Option<Secret>, has_file: bool, findings: &mut Findings) {
    findings
        .add_unless(secret.is_none() || !has_file, &[&format!("{key}_file"), key], || format!("set together with {key}, keep one of them"));
}

fn url(key: &str, url: &Option<Secret>, findings: &mut Findings) {
    findings.add_unless(url.as_ref().is_none_or(|url| is_http(url.expose())), &[key], || NOT_A_URL.to_owned());
}

fn timeout(key: &str, timeout: Duration, findings: &mut Findings) {
    // Longer than a minute, and the next channel would be handed a page before this one has said anything.
    findings.lasting(key, timeout, Duration::from_millis(100)..=Duration::from_secs(60));
}

/// Whom a channel hands over to: another one that is there, and in the end one that hands over to nobody.
fn hand_over(name: &str, channels: &BTreeMap<String, AlertChannel>, findings: &mut Findings) {
    let next = |name: &str| channels.get(name).and_then(|channel| channel.hand_over.as_deref());
    let Some(heir) = next(name) else { return };
    let key = format!("alerts.channels.{name}.hand_over");
    if !channels.contains_key(heir) {
        let others: Vec<&str> = channels.keys().map(String::as_str).filter(|other| *other != name).collect();
        findings.add(&[&key], format!("there is no channel {heir:?}, expected one of {}", others.join(", ")));
        return;
    }
    let comes_back = std::iter::successors(Some(heir), |heir| next(heir)).take(channels.len()).any(|heir| heir == name);
    findings.add_unless(!comes_back, &[&key], || format!("{heir:?} hands over to this channel in the end"));
}

/// A channel of which nobody would ever hear.
fn standby(name: &str, channels: &BTreeMap<String, AlertChannel>, findings: &mut Findings) {
    let is_standby = channels.get(name).is_some_and(|channel| channel.severity == Some(AlertSeverity::Standby));
    let is_heir = channels.values().any(|channel| channel.hand_over.as_deref() == Some(name));
    findings.add_unless(!is_standby || is_heir, &[&format!("alerts.channels.{name}.severity")], || {
        format!("\"standby\", and no channel hands over to {name:?}")
    });
}
