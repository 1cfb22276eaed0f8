//! `shasta publish`: JSON lines from standard input to the topic.

mod event;
mod failed;
mod lines;
mod pipeline;
mod progress;

use std::io::IsTerminal;

use crate::config::Config;
use crate::kafka::{Cluster, Publisher};

use super::runtime::block_on;
use super::{Exit, Failure, Settings, topic};

use event::Encoder;
use pipeline::Pipeline;
use progress::Progress;

/// Publishes events, one JSON object a line from standard input
///
/// Each event is checked as a worker would check it, its record has the channel as its key, and the partition is named by the channel, so
/// that a channel's events stay in order. An event counts as published when all in-sync replicas have it (acks=all).
#[derive(Debug, clap::Args)]
#[command(
    after_help = r#"Each line: {"identifier":{"appId":"app","tag":"room-7","scope":"system","name":"light/1"},"data":"{\"on\":true}","lifetime":60}
With "deleted":true the object is deleted. Empty lines are skipped.

What fails is a JSON line on standard error: error, reason, retryable, may_have_been_stored, line, record. Then the exit code is 1;
69 where the broker cannot be reached to begin with.

Examples:
  shasta publish --config config/local.toml < events.jsonl
  echo '{"identifier":{"appId":"app","tag":"room-7","scope":"system","name":"light/1"},"deleted":true}' | shasta publish -v
  shasta publish --set kafka.topic=rooms < events.jsonl 2> failed.jsonl"#
)]
pub struct Args {
    /// Prints {"partition":..,"offset":..} for each record, in the order of the lines
    #[arg(long, short)]
    verbose: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    block_on(publish(args, &config))
}

async fn publish(args: &Args, config: &Config) -> Result<(), Failure> {
    let kafka = &config.kafka;
    let cluster = Cluster::connect(kafka, &kafka.group).map_err(|error| Failure::new(Exit::Configuration, error))?;
    let topic = topic::describe(&cluster, &kafka.topic).await?;
    let publisher = Publisher::new(kafka).map_err(|error| Failure::new(Exit::Configuration, error))?;
    let encoder = Encoder { limits: (&config.fold.limits).into(), partitions: topic.partitions };
    let lines = lines::from_standard_input(encoder.longest_line());
    let progress = Progress::new(std::io::stderr().is_terminal());
    Pipeline::new(publisher, &kafka.topic, encoder, progress, args.verbose).run(lines).await
}
