//! What nobody hands in: reminders, hand-overs, what grew too old, the gauges, and a tidy file. Looked at every few seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::notifier::submit;
use super::shared::Shared;
use crate::core::delivery::Tick;
use crate::telemetry::facts::{AlertExpired, PageHandedOver};

/// Ends when `stop` says so.
pub async fn make(shared: Arc<Shared>, every: Duration, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => round(&shared).await,
            _ = stop.changed() => return,
        }
    }
}

async fn round(shared: &Arc<Shared>) {
    let tick = {
        let _alone = shared.submitting.lock().await;
        let now = shared.clock.now();
        let mut tick = shared.desk().tick(now);
        shared.keep(std::mem::take(&mut tick.changes)).await;
        shared.tidy().await;
        tick
    };
    tell(shared, &tick);
    for reminder in tick.reminders {
        submit(shared, reminder).await;
    }
    measure(shared);
}

fn tell(shared: &Shared, tick: &Tick) {
    tick.expired.iter().for_each(|(channel, alert)| AlertExpired { channel, alert }.emit(&shared.metrics));
    tick.handed_over.iter().for_each(|(channel, to, alert)| PageHandedOver { channel, to, incident: &alert.key }.emit());
    if !tick.handed_over.is_empty() {
        shared.wake();
    }
}

fn measure(shared: &Shared) {
    let now = shared.clock.now();
    let desk = shared.desk();
    for channel in shared.channels.keys() {
        shared.metrics.set_pending(channel, desk.pending_pages(channel, now), desk.is_handing_over(channel, now));
    }
}
