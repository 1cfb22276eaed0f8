//! `shasta watch`: the watcher.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::notify;
use crate::telemetry::facts::ProcessStarted;
use crate::telemetry::{Build, Metrics, Telemetry};
use crate::watch::{WatchError, Watcher};

use super::{Exit, Failure, Settings, host};

/// Watches consumer groups from outside, and calls somebody, until SIGTERM or Ctrl-C
///
/// It never joins a group. What it knows outlives it: after a restart the same incidents go on, and nobody is called twice.
#[derive(Debug, clap::Args)]
#[command(after_help = r#"Examples:
  shasta watch --config config/watch.toml
  shasta watch --once           a trial: can all be reached and read? Exit code 69 if not
  shasta watch --test-alert     a page that says it is a test, through every channel, and its end

The page is at http://127.0.0.1:9465 (watch.listen), the same as JSON at /api/v1/lag.
Exit codes: 0 told to stop; 1 an alert did not arrive (--test-alert); 69 something cannot be read (--once); 78 the configuration is wrong."#)]
pub struct Args {
    /// Looks at everything once, tells what is to be told, and ends
    #[arg(long, conflicts_with = "test_alert")]
    once: bool,
    /// Sends a test through every channel, says what became of it, and ends
    #[arg(long)]
    test_alert: bool,
    /// Where the page, the API and the metrics are; over watch.listen
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let mut config = settings.load()?;
    if let Some(listen) = &args.listen {
        config.watch.listen.clone_from(listen);
    }
    let telemetry = Telemetry::init(&config.log, &config.otlp, "shasta-watch").map_err(|error| Failure::new(Exit::Configuration, error))?;
    ProcessStarted { service: "shasta-watch", build: Build::current() }.emit();
    let metrics = telemetry.metrics().clone();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
    let ended = runtime.block_on(async {
        if args.test_alert {
            test_alert(&config).await
        } else if args.once {
            once(&config, metrics).await
        } else {
            watch(&config, metrics).await
        }
    });
    // A thread that waits for a broker must not hold up the end.
    runtime.shutdown_background();
    telemetry.shutdown();
    ended
}

async fn watch(config: &Config, metrics: Metrics) -> Result<(), Failure> {
    let (stop, told) = watch::channel(false);
    let signals = tokio::spawn(listen(stop));
    let watcher = Watcher::start(config, &host::name(), metrics).await.map_err(failure)?;
    let ended = watcher.run(told).await.map_err(failure);
    signals.abort();
    ended
}

async fn once(config: &Config, metrics: Metrics) -> Result<(), Failure> {
    let watcher = Watcher::start(config, &host::name(), metrics).await.map_err(failure)?;
    let all_read = watcher.once().await;
    if all_read { Ok(()) } else { Err(Failure::unavailable("not everything could be read: the log says what")) }
}

async fn test_alert(config: &Config) -> Result<(), Failure> {
    let outcomes = notify::test_alert(&config.alerts, &host::name()).await.map_err(|error| failure(error.into()))?;
    if outcomes.is_empty() {
        return Err(Failure::new(Exit::Configuration, "no channel is configured: alerts are only logged; see [alerts.channels]"));
    }
    for (channel, outcome) in &outcomes {
        match outcome {
            Ok(()) => println!("{channel}: delivered"),
            Err(error) => println!("{error}"),
        }
    }
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).count();
    if failed == 0 { Ok(()) } else { Err(Failure::failed(format!("{failed} of {} channels did not take it", outcomes.len()))) }
}

/// The second signal ends the process at once: everything is on the disk already.
async fn listen(stop: watch::Sender<bool>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::error!("signals can not be listened to");
        return;
    };
    for _ in 0..2 {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if *stop.borrow() {
            std::process::exit(0);
        }
        tracing::info!("told to stop");
        stop.send_replace(true);
    }
}

fn failure(error: WatchError) -> Failure {
    tracing::error!(%error, "ended");
    let exit = if error.is_retryable() { Exit::Failed } else { Exit::Configuration };
    Failure::new(exit, error)
}
