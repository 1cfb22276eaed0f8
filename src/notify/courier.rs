//! The task of one channel: sends what is due, one thing at a time, for ever.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::channel::Channel;
use super::clock::unix_now;
use super::error::SendError;
use super::shared::Shared;
use crate::core::delivery::{Next, Outcome, Rank, Sending};
use crate::telemetry::facts::{AlertDelivered, AlertFailed, AlertRefused};

/// When `stop` says so, it ends after what is due then.
pub async fn deliver(name: String, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut news = shared.news.subscribe();
    let Some(channel) = shared.channels.get(&name) else { return };
    // Without its owner nobody hands anything in any more.
    while stop.has_changed().is_ok() {
        news.mark_unchanged();
        let now = shared.clock.now();
        let next = shared.desk().next(&name, now);
        let until = match next {
            Next::Send(sending) => {
                send(&name, channel, &shared, &sending).await;
                continue;
            }
            Next::Wait(until) => until,
            // Somebody looks again in a day.
            Next::Idle => f64::INFINITY,
        };
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(shared.clock.instant(until)) => {}
            _ = news.changed() => {}
            _ = stop.changed() => {}
        }
    }
}

async fn send(name: &str, channel: &Channel, shared: &Arc<Shared>, sending: &Sending) {
    let begun = shared.desk().begin(name, sending);
    shared.keep_entry(begun).await;
    let sent = channel.send(sending).await;
    let outcome = outcome(&sent);
    let now = shared.clock.now();
    let finished = shared.desk().finished(name, sending, outcome, fastrand::f64(), now);
    shared.keep_entry(finished).await;
    tell(name, shared, sending, sent);
}

fn outcome(sent: &Result<(), SendError>) -> Outcome {
    match sent {
        Ok(()) => Outcome::Delivered,
        Err(error) if error.is_retryable() => Outcome::Failed {
            retry_after_s: error.retry_after().map(|after| after.as_secs_f64()),
            may_have_arrived: error.may_have_arrived(),
        },
        Err(_) => Outcome::Refused,
    }
}

fn tell(name: &str, shared: &Shared, sending: &Sending, sent: Result<(), SendError>) {
    let alert = &sending.alert;
    match sent {
        Ok(()) if sending.rank == Rank::Repeat => {}
        Ok(()) => AlertDelivered { channel: name, alert, after: (unix_now() - alert.detected_at).max(0.0) }.emit(&shared.metrics),
        Err(error) if error.is_retryable() => {
            AlertFailed { channel: name, incident: &alert.key, error }.emit(&shared.metrics, &shared.sampler, Instant::now());
        }
        Err(error) => AlertRefused { channel: name, incident: &alert.key, error }.emit(&shared.metrics),
    }
}
