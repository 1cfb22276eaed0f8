//! `shasta worker`: the daemon.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::store::StoreError;
use crate::telemetry::Telemetry;
use crate::telemetry::facts::ProcessStarted;
use crate::worker::{self, Shutdown, StartError};

use super::{Exit, Failure, Settings};

/// Folds the topic into Redis as a member of the consumer group, until SIGTERM or Ctrl-C
///
/// The first signal drains: what is in flight is finished and committed. The second ends at once, which is harmless too. Both end
/// with exit code 0.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  shasta worker --config config/local.toml\n  SHASTA__KAFKA__BROKERS=kafka:9092 shasta worker")]
pub struct Args {}

pub fn run(settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    let telemetry =
        Telemetry::init(&config.log, &config.otlp, "shasta-worker").map_err(|error| Failure::new(Exit::Configuration, error))?;
    ProcessStarted { service: "shasta-worker", build: crate::telemetry::Build::current() }.emit();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if config.worker.threads > 0 {
        runtime.worker_threads(config.worker.threads as usize);
    }
    let runtime = runtime.enable_all().build().map_err(Failure::failed)?;
    let (metrics, spans) = (telemetry.metrics().clone(), telemetry.spans());
    let ended = runtime.block_on(async {
        let (shutdown, told) = watch::channel(Shutdown::Run);
        let signals = tokio::spawn(listen(shutdown));
        let ended = worker::run(config, metrics, spans, told).await;
        signals.abort();
        ended
    });
    // A thread that waits for a broker must not hold up the end.
    runtime.shutdown_background();
    telemetry.shutdown();
    ended.map_err(failure)
}

async fn listen(shutdown: watch::Sender<Shutdown>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::error!("signals can not be listened to");
        return;
    };
    for step in [Shutdown::Drain, Shutdown::Now] {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(?step, "told to stop");
        shutdown.send_replace(step);
    }
    // The sender stays: a closed channel would read as another order.
    std::future::pending::<()>().await;
}

fn failure(error: StartError) -> Failure {
    tracing::error!(%error, "ended");
    let exit = match &error {
        StartError::Connect(_) | StartError::Unfit(_) | StartError::Layout(_) | StartError::Topic(_) => Exit::Configuration,
        StartError::Telemetry(_) | StartError::OtherSlices { .. } | StartError::Store(StoreError::Settings(_)) => Exit::Configuration,
        StartError::Store(_) => Exit::Unavailable,
        StartError::Fatal(_) => Exit::Failed,
    };
    Failure::new(exit, error)
}
