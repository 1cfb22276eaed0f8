//! `shasta lag retention`

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::layout::ask::Consent;
use crate::cli::runtime::block_on;
use crate::cli::{Failure, Settings};
use crate::kafka::{Inspector, KafkaFailure, TopicSettings};

use super::cluster::ClusterArgs;

const LIMIT: Duration = Duration::from_secs(10);

/// How long a topic keeps its records: more time before unread ones are deleted
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Extend(ExtendArgs),
    Restore(RestoreArgs),
}

/// Keeps the records of a topic for longer
///
/// Sets the topic's retention.ms, and nothing else. Says first what is now, asks, and prints the command that undoes it. The disks of
/// the brokers must hold what is kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta lag retention extend tag-data --to 10d")]
struct ExtendArgs {
    topic: String,
    /// From now on
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    to: Duration,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    consent: Consent,
}

/// Keeps the records of a topic no longer than before
///
/// Undoes `extend`, and deletes what is older: records that a group has not read yet are lost then.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta lag retention restore tag-data --to 5d
  shasta lag retention restore tag-data --to default    the topic has no retention.ms of its own any more")]
struct RestoreArgs {
    topic: String,
    /// How long, or `default`
    #[arg(long, value_name = "DURATION", value_parser = restored)]
    to: Restored,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Clone, Copy, Debug)]
enum Restored {
    Default,
    For(Duration),
}

fn restored(text: &str) -> Result<Restored, humantime::DurationError> {
    if text == "default" { Ok(Restored::Default) } else { humantime::parse_duration(text).map(Restored::For) }
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    block_on(async {
        match &args.command {
            Command::Extend(args) => {
                let (inspector, _) = args.cluster.connect(&config)?;
                args.run(&inspector, settings.config.as_ref()).await
            }
            Command::Restore(args) => {
                let (inspector, _) = args.cluster.connect(&config)?;
                args.run(&inspector).await
            }
        }
    })
}

impl ExtendArgs {
    async fn run(&self, inspector: &Inspector, file: Option<&PathBuf>) -> Result<(), Failure> {
        let Self { topic, to, consent, .. } = self;
        let now = read(inspector, topic).await?;
        let wanted = milliseconds(*to);
        if now.retention_ms.is_none_or(|kept| kept < 0 || kept >= wanted) {
            return Err(Failure::failed(format!("nothing was done: topic {topic} keeps its records {} already", kept(&now))));
        }
        let plan = format!("topic {topic} keeps its records {}; from now on for {}{}", kept(&now), shown(wanted), besides(&now));
        consent.ask(&plan, topic, "the topic")?;
        set(inspector, topic, Some(wanted)).await?;
        writeln!(stdout(), "topic {topic} keeps its records {}", kept(&read(inspector, topic).await?))?;
        let before = now.retention_ms.filter(|_| now.has_own_retention).map_or("default".to_owned(), exact);
        let cluster = self.cluster.cluster.as_ref().map(|name| format!(" --cluster {name}")).unwrap_or_default();
        let file = file.map(|file| format!(" --config {}", file.display())).unwrap_or_default();
        Ok(writeln!(stdout(), "to undo it: shasta lag retention restore {topic} --to {before}{cluster}{file}")?)
    }
}

impl RestoreArgs {
    async fn run(&self, inspector: &Inspector) -> Result<(), Failure> {
        let Self { topic, to, consent, .. } = self;
        let now = read(inspector, topic).await?;
        let (wanted, words) = match to {
            Restored::Default => (None, "for as long as the cluster's default says".to_owned()),
            Restored::For(duration) => (Some(milliseconds(*duration)), format!("for {}", shown(milliseconds(*duration)))),
        };
        let plan =
            format!("topic {topic} keeps its records {}; from now on {words}, and what is older is deleted, read or not", kept(&now));
        consent.ask(&plan, topic, "the topic")?;
        set(inspector, topic, wanted).await?;
        Ok(writeln!(stdout(), "topic {topic} keeps its records {}", kept(&read(inspector, topic).await?))?)
    }
}

async fn read(inspector: &Inspector, topic: &str) -> Result<TopicSettings, Failure> {
    // It tells a topic that is not there from settings that may not be read.
    inspector
        .describe_topic(topic, LIMIT)
        .await
        .map_err(|error| if error.is_retryable() { Failure::unavailable(error) } else { Failure::failed(error) })?;
    let unread = || Failure::failed(format!("nothing was done: the settings of topic {topic} can not be read"));
    inspector.topic_settings(topic, LIMIT).await.ok_or_else(unread)
}

async fn set(inspector: &Inspector, topic: &str, milliseconds: Option<i64>) -> Result<(), Failure> {
    let failed = |failure: KafkaFailure| {
        let message = format!("retention.ms of topic {topic}: {failure}");
        if failure.is_retryable() { Failure::unavailable(message) } else { Failure::failed(message) }
    };
    inspector.set_retention(topic, milliseconds, LIMIT).await.map_err(failed)
}

fn kept(settings: &TopicSettings) -> String {
    let source = if settings.has_own_retention { "" } else { " (the cluster's default)" };
    match settings.retention_ms {
        Some(milliseconds) if milliseconds >= 0 => format!("for {}{source}", shown(milliseconds)),
        Some(_) => format!("for ever{source}"),
        None => "for a time that the broker does not tell".to_owned(),
    }
}

/// What deletes records all the same, or keeps them.
fn besides(settings: &TopicSettings) -> String {
    let bytes = settings.retention_bytes.filter(|bytes| *bytes >= 0);
    let by_size = bytes.map(|bytes| format!("; beyond {bytes} bytes a partition (retention.bytes) they are deleted all the same"));
    let compacts = settings.cleanup_policy.as_ref().is_some_and(|policy| !policy.contains("delete"));
    let by_policy = compacts.then(|| "; its cleanup.policy deletes nothing by age".to_owned());
    by_size.or(by_policy).unwrap_or_default()
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Without blanks, as an option takes it.
fn exact(milliseconds: i64) -> String {
    shown(milliseconds).replace(' ', "")
}

fn shown(milliseconds: i64) -> String {
    humantime::format_duration(Duration::from_millis(milliseconds.unsigned_abs())).to_string()
}
