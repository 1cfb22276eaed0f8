//! From the configuration to a clean end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::api::Api;
use super::board::{Board, Teller};
use super::cluster::{self, Courier, Roster, Round};
use super::look::Looker;
use super::metrics::WatchMetrics;
use super::pulse::Pulse;
use super::recovery;
use super::state::StateError;
use super::workers::{AskError, Workers};
use crate::config::{Config, WatchedGroup};
use crate::core::lag::LagRules;
use crate::kafka::ConnectError;
use crate::notify::{DeadMan, Notifier, NotifyError};
use crate::telemetry::{HttpServer, Metrics, SharedSampler, TelemetryError, systemd};

/// How often systemd is told how things stand.
const STATUS_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("no directory for what is kept: set alerts.directory")]
    NoDirectory,
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Notify(#[from] NotifyError),
    #[error("cluster {cluster}: {error}")]
    Connect { cluster: String, error: ConnectError },
    #[error("workers of group {group}: {error}")]
    Workers { group: String, error: AskError },
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}

impl WatchError {
    /// Whether the same configuration may work a moment later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::State(error) => error.is_retryable(),
            Self::Notify(error) => error.is_retryable(),
            Self::Telemetry(error) => error.is_retryable(),
            Self::NoDirectory | Self::Connect { .. } | Self::Workers { .. } => false,
        }
    }
}

/// A watcher that has read what the one before it left, and looks at nothing yet.
#[derive(Debug)]
pub struct Watcher {
    rounds: Vec<Round>,
    every: Duration,
    courier: Courier,
    pulse: Arc<Pulse>,
    api: Api,
    listen: String,
}

impl Watcher {
    /// `host` is who tells. To be called in a runtime.
    ///
    /// # Errors
    /// What is wrong in the configuration, or a directory that cannot be used.
    pub async fn start(config: &Config, host: &str, metrics: Metrics) -> Result<Self, WatchError> {
        let directory = config.alerts.directory(|name| std::env::var_os(name)).ok_or(WatchError::NoDirectory)?;
        let teller = Teller { host: host.to_owned(), runbooks: config.alerts.runbooks.clone() };
        let board = Arc::new(Board::open(&directory, teller)?);
        let notifier = Arc::new(Notifier::start(&config.alerts, host, metrics.notify().clone())?);
        let courier = Courier { board, notifier: Arc::clone(&notifier) };
        let rounds = rounds(config, &courier)?;
        recovery::recover(&courier, &config.watched_groups(), config.watch.discover).await;
        let names: Vec<String> = rounds.iter().map(|round| round.cluster.clone()).collect();
        let watch_metrics = WatchMetrics::new(config.watch.partition_metrics)?;
        let (every, dead_man) = (config.lag.interval, DeadMan::new(&config.alerts.dead_man)?);
        let pulse = Arc::new(Pulse::new(&names, every, watch_metrics.clone(), dead_man, notifier));
        let api = Api::new(courier.clone(), Arc::clone(&pulse), metrics, watch_metrics, every, config.watch.token.clone());
        Ok(Self { rounds, every, courier, pulse, api, listen: config.watch.listen.clone() })
    }

    /// Looks at everything once. `false`: some of it could not be read.
    pub async fn once(self) -> bool {
        for round in &self.rounds {
            round.look(self.every).await;
        }
        let all_read = self.courier.board.clusters().iter().all(|cluster| cluster.error.is_none());
        drop((self.rounds, self.api, self.pulse));
        end(self.courier).await;
        all_read
    }

    /// Watches until it is told to stop.
    ///
    /// # Errors
    /// [`WatchError::Telemetry`] where it cannot listen.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), WatchError> {
        let http = HttpServer::serve(&self.listen, self.api.routes()).await?;
        let watch = |round| tokio::spawn(cluster::watch(round, self.every, Arc::clone(&self.pulse), stop.clone()));
        let tasks: Vec<JoinHandle<()>> = self.rounds.into_iter().map(watch).collect();
        let told = tokio::spawn(tell_systemd(Arc::clone(&self.courier.board), Arc::clone(&self.pulse)));
        // The sender is gone: nobody can tell it to stop any more, so it stops.
        let _ = stop.wait_for(|stop| *stop).await;
        systemd::stopping();
        told.abort();
        // A task cannot fail, and one that is told to stop has a limit.
        futures_util::future::join_all(tasks).await;
        if let Some(http) = http {
            http.shutdown().await;
        }
        drop(self.pulse);
        end(self.courier).await;
        Ok(())
    }
}

/// Everything is on the disk; what is on its way to a channel has its time.
async fn end(courier: Courier) {
    let Courier { board, notifier } = courier;
    // Its files are written under locks.
    let _ = tokio::task::spawn_blocking(move || board.close()).await;
    if let Some(notifier) = Arc::into_inner(notifier) {
        notifier.shutdown().await;
    }
}

fn rounds(config: &Config, courier: &Courier) -> Result<Vec<Round>, WatchError> {
    let groups = config.watched_groups();
    let round = |(cluster, kafka): (String, crate::config::Kafka)| {
        let looker = Looker::connect(&cluster, &kafka).map_err(|error| WatchError::Connect { cluster: cluster.clone(), error })?;
        let configured: Vec<WatchedGroup> = groups.iter().filter(|group| group.cluster == cluster).cloned().collect();
        Ok(Round {
            workers: workers(&configured)?,
            roster: Roster::new(configured, config.watch.discover),
            cluster,
            looker,
            rules: LagRules::from(&config.lag),
            courier: courier.clone(),
            sampler: SharedSampler::default(),
        })
    };
    config.watched_clusters().into_iter().map(round).collect()
}

fn workers(groups: &[WatchedGroup]) -> Result<BTreeMap<String, Workers>, WatchError> {
    let asked = groups.iter().filter(|group| !group.workers.is_empty());
    let workers = |group: &WatchedGroup| {
        let workers = Workers::new(&group.workers).map_err(|error| WatchError::Workers { group: group.group.clone(), error })?;
        Ok((group.group.clone(), workers))
    };
    asked.map(workers).collect()
}

/// Ready after the first look at all clusters, whatever it found.
async fn tell_systemd(board: Arc<Board>, pulse: Arc<Pulse>) {
    if let Some(watchdog) = systemd::WatchdogPinger::from_environment() {
        let pulse = Arc::clone(&pulse);
        tokio::spawn(watchdog.run(move || pulse.is_alive()));
    }
    let mut ticks = tokio::time::interval(STATUS_EVERY);
    let mut is_ready = false;
    loop {
        ticks.tick().await;
        let board = Arc::clone(&board);
        let Ok(line) = tokio::task::spawn_blocking(move || board.line()).await else { return };
        if !is_ready && pulse.readyz().ok {
            is_ready = true;
            systemd::ready(&line);
        }
        systemd::status(&line);
    }
}
