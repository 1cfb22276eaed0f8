//! `shasta demo`: all of it, with nothing to set up.

use std::path::PathBuf;
use std::time::Duration;

use crate::demo::{self, DemoError, Options};

use super::{Failure, Settings};

/// Shows all of it on this machine: a Kafka, a Redis, a publisher and workers of its own, and accounts at the end
///
/// Needs nothing but an installed redis-server. Nothing stays: no process and no file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta demo                      until Ctrl-C, then the accounts
  shasta demo --for 20s            ends by itself: exit code 0 if the accounts are right, else 1
  shasta demo --keep-going         then kill -9 a worker: it is started again, and the accounts still have to be right

The accounts: every published event is exactly once and in order in its channel's stream, or in the dead letters if it was
invalid on purpose; every snapshot is the fold of what was published; no committed offset is ahead of what Redis has.

The broker is a test double in this process, the workers and redis-server are real. It keeps 5 MiB of each partition: a
worker that falls behind by more than that loses records. Ctrl-C twice ends at once, without accounts.")]
pub struct Args {
    /// Publishes for this long, such as 20s or 5m [default: until Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = length)]
    length: Option<Duration>,
    /// Events per second
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    rate: u32,
    /// Worker processes, all in one group
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=16))]
    workers: u32,
    /// Partitions of the topic
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    partitions: u32,
    /// The same seed publishes the same events [default: another each time]
    #[arg(long)]
    seed: Option<u64>,
    /// Starts a worker that dies again, as systemd would, instead of ending
    #[arg(long)]
    keep_going: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let from_environment = std::env::var_os("SHASTA_CONFIG").map(PathBuf::from);
    if !settings.set.is_empty() || settings.config != from_environment {
        return Err(Failure::usage("the demo makes its own configuration: --config and --set say nothing to it"));
    }
    // Two threads: one publishes and one reads while this one draws and starts children, which end with the thread that started them.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Failure::failed)?;
    let ended = runtime.block_on(demo::run(&options(args)));
    // A thread that waits for the broker must not hold up the end.
    runtime.shutdown_background();
    ended.map_err(failure)
}

fn options(args: &Args) -> Options {
    Options {
        length: args.length,
        rate: args.rate,
        workers: args.workers as usize,
        partitions: args.partitions,
        // Short enough to be typed again.
        seed: args.seed.unwrap_or_else(|| fastrand::u64(1..100_000)),
        keep_going: args.keep_going,
        called_as: called_as(),
    }
}

fn length(text: &str) -> Result<Duration, String> {
    let length = humantime::parse_duration(text).map_err(|error| format!("{error}; expected such as 20s"))?;
    if length < Duration::from_secs(1) { Err("at least 1s".to_owned()) } else { Ok(length) }
}

/// As the user typed it, so that it can be typed again.
fn called_as() -> String {
    let name = std::env::args_os().next().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "shasta".to_owned());
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+".contains(c));
    if is_plain { name } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

fn failure(error: DemoError) -> Failure {
    match error {
        DemoError::Local(missing) if missing.is_missing() => Failure::unavailable(missing),
        DemoError::Output(error) => error.into(),
        error => Failure::failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_a_unit_and_is_no_instant() {
        assert_eq!(length("20s"), Ok(Duration::from_secs(20)));
        assert!(length("20").is_err() && length("10ms").is_err() && length("soon").is_err());
    }
}
