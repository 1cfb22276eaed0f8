//! Takes alerts and sees to it that they are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use super::channel::{channels, rules};
use super::clock::Clock;
use super::error::NotifyError;
use super::outbox::Outbox;
use super::shared::Shared;
use super::{courier, rounds, text};
use crate::config::Alerts;
use crate::core::delivery::{Alert, Change, Desk, Pacing};
use crate::telemetry::facts::{IncidentForgotten, IncidentTold, OutboxDamaged, OutboxFailed};
use crate::telemetry::{NotifyMetrics, SharedSampler};

/// How often is looked at what time alone brings.
const ROUNDS_EVERY: Duration = Duration::from_secs(5);

/// What a stop waits for the last sends.
const LAST_SENDS: Duration = Duration::from_secs(5);

/// Owns the outbox and a task for each channel. Alerts are told for as long as it lives; what is not told by then is in the outbox.
#[derive(Debug)]
pub struct Notifier {
    pub(super) shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Notifier {
    /// Opens the outbox and starts a task for each channel; to be called in a runtime. `host` is who tells. Without a channel there is
    /// no file either: incidents are logged.
    ///
    /// # Errors
    /// What can not work as configured, or a directory that is in use.
    pub fn start(alerts: &Alerts, host: &str, metrics: NotifyMetrics) -> Result<Self, NotifyError> {
        Self::start_with(alerts, host, metrics, Pacing::default(), ROUNDS_EVERY)
    }

    pub(super) fn start_with(
        alerts: &Alerts,
        host: &str,
        metrics: NotifyMetrics,
        pacing: Pacing,
        rounds_every: Duration,
    ) -> Result<Self, NotifyError> {
        let channels = channels(alerts, host)?;
        channels.keys().for_each(|name| metrics.register(name));
        let mut desk = Desk::new(pacing, alerts.channels.iter().map(|(name, settings)| (name.clone(), rules(settings))));
        let clock = Clock::start();
        let outbox = if channels.is_empty() { None } else { open(alerts, &mut desk, clock.now())? };
        let names: Vec<String> = channels.keys().cloned().collect();
        let shared = Arc::new(Shared::new(clock, metrics, desk, channels, outbox));
        let stop = watch::Sender::new(false);
        let mut tasks: Vec<_> =
            names.into_iter().map(|name| tokio::spawn(courier::deliver(name, Arc::clone(&shared), stop.subscribe()))).collect();
        tasks.push(tokio::spawn(rounds::make(Arc::clone(&shared), rounds_every, stop.subscribe())));
        Ok(Self { shared, stop, tasks })
    }

    /// Numbers the alert, logs it, and has it on the disk when it returns; then the channels send it. Waits for no channel, and for a disk
    /// that hangs only 5 seconds.
    pub async fn submit(&self, alert: Alert) {
        submit(&self.shared, alert).await;
    }

    /// Whether this was handed in before: to be asked of what a process that was killed may have handed in or not.
    pub fn knows(&self, alert: &Alert) -> bool {
        self.shared.desk().knows(alert)
    }

    /// Newer numbers of an incident of which nothing is new: what is sent of it next has them.
    pub fn refresh(&self, alert: &Alert) {
        self.shared.desk().refresh(alert);
    }

    /// Somebody takes care of an incident: no reminders as long as nothing is new. Nothing is sent of it.
    pub async fn acknowledge(&self, key: &str, by: &str) {
        let _alone = self.shared.submitting.lock().await;
        let change = self.shared.desk().acknowledge(key, by);
        self.shared.keep(change.into_iter().collect()).await;
    }

    /// What is open as far as the channels were told or will be: after a restart, what is not true any more has to be ended.
    pub fn open_alerts(&self) -> Vec<Alert> {
        self.shared.desk().open().cloned().collect()
    }

    /// For how long some channel has failed to deliver a page that nobody took over.
    pub fn pages_undeliverable_for(&self) -> Option<Duration> {
        let now = self.shared.clock.now();
        self.shared.desk().undeliverable_for_s(now).map(Duration::from_secs_f64)
    }

    /// Sends what is due now, for 5 s at most; what is not told is told by the next process.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        let aborts: Vec<_> = self.tasks.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(LAST_SENDS, join_all(self.tasks)).await.is_err() {
            aborts.iter().for_each(AbortHandle::abort);
        }
    }
}

/// `None` where the disk has no room: better to tell from memory than not at all.
fn open(alerts: &Alerts, desk: &mut Desk, now: f64) -> Result<Option<Outbox>, NotifyError> {
    let directory = alerts.directory(|name| std::env::var_os(name)).ok_or(NotifyError::NoDirectory)?;
    let (outbox, contents) = match Outbox::open(&directory) {
        Ok(opened) => opened,
        Err(error) if error.is_of_the_disk() => {
            OutboxFailed { error }.emit(&SharedSampler::default(), Instant::now());
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    if contents.damaged > 0 {
        OutboxDamaged { lines: contents.damaged }.emit();
    }
    desk.restore(contents.changes, now);
    Ok(Some(outbox))
}

pub(super) async fn submit(shared: &Arc<Shared>, alert: Alert) {
    let _alone = shared.submitting.lock().await;
    let now = shared.clock.now();
    let kept = shared.desk().number(alert, now);
    IncidentTold { alert: &kept.newest, title: &text::title(&kept.newest) }.emit();
    shared.keep(vec![Change::Kept { key: kept.newest.key.clone(), kept: Box::new(kept.clone()) }]).await;
    let forgotten = shared.desk().accept(kept);
    if let Some(alert) = forgotten {
        IncidentForgotten { incident: &alert.key }.emit(&shared.sampler, Instant::now());
        shared.keep(vec![Change::Gone { key: alert.key }]).await;
    }
    shared.wake();
}
