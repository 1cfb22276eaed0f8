//! `shasta publish`: JSON lines from standard input to the topic.

mod event;
mod failed;
mod lines;
mod pipeline;
mod progress;

use std::io::IsTerminal;

use crate::config::Config;
use crate::kafka::Cluster;
use crate::publish::Publisher;

use super::runtime::block_on;
use super::{Exit, Failure, Settings, topic};

use event::LineReader;
use pipeline::Pipeline;
use progress::Progress;

/// Publishes events, one JSON object a line from standard input
///
/// Each event is checked as a worker would check it, its record has the channel as its key, and the partition is named by the channel, so
/// that a channel's events stay in order, also while the topic gets more partitions. An event counts as published when all in-sync replicas have it (acks=all).
#[derive(Debug, clap::Args)]
#[command(
    after_help = r#"Each line: {"identifier":{"appId":"app","tag":"room-7","scope":"system","name":"light/1"},"data":"{\"on\":true}","lifetime":60}
With "deleted":true the object is deleted. Empty lines are skipped.

What fails is a JSON line on standard error: error, reason, retryable, may_have_been_stored, line, record. Then the exit code is 1;
69 where the broker cannot be reached to begin with.

Each event is keyed by its channel; --set publish.key=object takes the whole identifier. The other keys of [publish] bound queue and time.

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
    topic::describe(&cluster, &kafka.topic).await?;
    drop(cluster);
    let publisher = Publisher::connect(config).map_err(|error| Failure::new(Exit::Configuration, error))?;
    let reader = LineReader { limits: (&config.fold.limits).into() };
    let lines = lines::from_standard_input(reader.longest_line());
    let progress = Progress::new(std::io::stderr().is_terminal());
    Pipeline::new(publisher, reader, progress, args.verbose).run(lines).await
}
