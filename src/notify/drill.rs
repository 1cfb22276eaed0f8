//! A test of all channels: a page that says it is none, and its end.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::channel::{Channel, channels};
use super::clock::unix_now;
use super::error::{NotifyError, SendError};
use crate::config::Alerts;
use crate::core::delivery::{Alert, Partitions, Rank, Sending, State, Told};
use crate::core::lag::{Kind, Severity};

/// How long the page is open: so long that a telephone rings.
const RINGS: Duration = Duration::from_secs(15);

/// Sends a page that says it is a test, and after 15 s its end, through every channel. Returns what became of it by channel. Needs no
/// outbox, so that it can be done beside a watcher that runs.
///
/// # Errors
/// What can not work as configured.
pub async fn test_alert(alerts: &Alerts, host: &str) -> Result<Vec<(String, Result<(), SendError>)>, NotifyError> {
    Ok(drill(&channels(alerts, host)?, host, RINGS).await)
}

/// Sends through every channel at once, whatever it usually gets; what one did not take has no end there.
pub(super) async fn drill(channels: &BTreeMap<String, Channel>, host: &str, rings: Duration) -> Vec<(String, Result<(), SendError>)> {
    let opened = unix_now();
    let rounds = channels.iter().map(|(name, channel)| async move {
        let call = sending(host, opened, State::Open, None);
        let mut sent = channel.send(&call).await;
        if sent.is_ok() {
            tokio::time::sleep(rings).await;
            sent = channel.send(&sending(host, opened, State::Closed, Some(&call.alert))).await;
        }
        (name.clone(), sent)
    });
    join_all(rounds).await
}

fn sending(host: &str, opened: f64, state: State, call: Option<&Alert>) -> Sending {
    let told = call.map(|call| Told {
        state: call.state,
        severity: call.severity,
        called: call.severity,
        kind: call.kind,
        sequence: call.sequence,
        at: opened,
        since: opened,
    });
    Sending { alert: alert(host, opened, state), told, rank: Rank::Page, may_have_been_called: false }
}

fn alert(host: &str, opened: f64, state: State) -> Alert {
    let is_open = state == State::Open;
    Alert {
        key: format!("test/{host}/{}", opened as i64),
        sequence: if is_open { 1 } else { 2 },
        state,
        previous: None,
        severity: if is_open { Severity::Page } else { Severity::None },
        kind: Kind::Stopped,
        cluster: "test".to_owned(),
        group: "test-alert".to_owned(),
        topic: None,
        partitions: Partitions::default(),
        lag: None,
        age_s: None,
        ingest: None,
        consume: None,
        speed: None,
        eta_now_s: None,
        eta_forecast_s: None,
        needed: None,
        ttl_s: None,
        opened: opened as i64,
        detected_at: unix_now(),
        submitted_at: unix_now(),
        evidence: "This is a test: nothing is wrong and nobody has to act. It ends by itself.".to_owned(),
        members: None,
        versions: BTreeMap::new(),
        commands: Vec::new(),
        runbook: None,
        watcher: host.to_owned(),
        late: false,
        reminder: false,
        acknowledged_by: None,
        handed_over_by: None,
    }
}
