//! A notifier of one test's own, in a hurry.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::config::{AlertChannel, Alerts, ChannelKind, Secret};
use crate::core::delivery::Pacing;
use crate::notify::Notifier;
use crate::telemetry::{Build, Metrics};

pub const HTTP_KINDS: [ChannelKind; 4] = [ChannelKind::Pagerduty, ChannelKind::Alertmanager, ChannelKind::Slack, ChannelKind::Webhook];
pub const KEY: &str = "r0uting-key-that-nobody-may-see";

/// A hundredth of what it is in production.
pub fn hurried() -> Pacing {
    Pacing { back_off_from_s: 0.01, back_off_to_s: 0.1, hand_over_after_s: 0.3, longest_asked_s: 0.2, ..Pacing::default() }
}

pub fn channel(kind: ChannelKind, url: &str) -> AlertChannel {
    let takes_key = matches!(kind, ChannelKind::Pagerduty | ChannelKind::Webhook);
    let is_manager = kind == ChannelKind::Alertmanager;
    AlertChannel {
        kind: Some(kind),
        url: (!is_manager).then(|| Secret::new(&format!("{url}/s3cret-path"))),
        urls: is_manager.then(|| url.to_owned()).into_iter().collect(),
        key: takes_key.then(|| Secret::new(KEY)),
        timeout: Duration::from_millis(500),
        ..AlertChannel::default()
    }
}

pub fn alerts(directory: &Path, channels: impl IntoIterator<Item = (&'static str, AlertChannel)>) -> Alerts {
    let channels = channels.into_iter().map(|(name, channel)| (name.to_owned(), channel)).collect();
    Alerts { directory: Some(directory.to_owned()), channels, ..Alerts::default() }
}

pub struct World {
    pub notifier: Notifier,
    pub metrics: Metrics,
}

impl World {
    pub fn start(alerts: &Alerts) -> Self {
        let metrics = Metrics::new(Build::current()).unwrap();
        let notifier = Notifier::start_with(alerts, "host-1", metrics.notify().clone(), hurried(), Duration::from_millis(20)).unwrap();
        Self { notifier, metrics }
    }

    /// Attempts of a channel that ended so.
    pub fn count(&self, channel: &str, result: &str) -> u64 {
        let series = format!("shasta_notifications_total{{channel=\"{channel}\",result=\"{result}\"}} ");
        let text = self.metrics.render().unwrap();
        text.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).unwrap()
    }

    pub fn has_line(&self, line: &str) -> bool {
        self.metrics.render().unwrap().lines().any(|found| found == line)
    }
}

/// Asks until it is so.
pub async fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
