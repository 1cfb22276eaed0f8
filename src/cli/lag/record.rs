//! `shasta lag record`

use std::fs::File;
use std::io::{Write, stderr, stdout};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::cli::read::stop::Stop;
use crate::cli::runtime::block_on;
use crate::cli::{Exit, Failure, Settings};
use crate::config::{Config, WatchedGroup};
use crate::core::lag::{Header, Line};
use crate::watch::look::{Looker, TopicLook};

use super::cluster::ClusterArgs;

const NOTHING_COMMITTED: &str = "the group has committed nothing, and no topic was given";

/// Records what is read of a group, for `shasta lag replay`
///
/// Looks at the group from outside every lag.interval, as `shasta watch` does, and never joins it. Each look is a line of JSON that is
/// written at once; one that failed is a line too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta lag record shasta-tags --output monday.jsonl
  shasta lag record shasta-tags --for 10m | tee monday.jsonl | shasta lag replay -

Ctrl-C ends it. Exit codes: 0 something was recorded; 1 it can not go on, as where the topic grew; 2 usage; 69 nothing could be read.")]
pub struct Args {
    /// The consumer group
    group: String,
    /// The topic; may be left out where the group has one only
    #[arg(long)]
    topic: Option<String>,
    /// Ends after so long
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// Writes to a file, which must not be there yet, instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<String>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    let (cluster, kafka) = args.cluster.find(&config)?;
    let looker = Looker::connect(&cluster, &kafka).map_err(|error| Failure::new(Exit::Configuration, error))?;
    let group = args.watched(&config, &cluster);
    let mut trace = Trace { output: args.open()?, header: None, interval: config.lag.interval, samples: 0, last_error: None };
    let ended = block_on(async {
        let mut stop = Stop::listen()?;
        let end = args.duration.map(|duration| Instant::now() + duration);
        let mut ticks = interval(config.lag.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let looked = async {
                ticks.tick().await;
                looker.look(&group).await
            };
            let looks = tokio::select! {
                biased;
                () = stop.requested() => return Ok(()),
                () = at(end) => return Ok(()),
                looks = looked => looks,
            };
            trace.take(args.one(looks)?)?;
        }
    });
    ended.and_then(|()| trace.end())
}

/// Never where there is no time to end at.
async fn at(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

impl Args {
    /// As it is configured, where it is.
    fn watched(&self, config: &Config, cluster: &str) -> WatchedGroup {
        let is_it = |group: &WatchedGroup| group.group == self.group && group.cluster == cluster;
        let mut group = config.watched_groups().into_iter().find(is_it).unwrap_or_else(|| WatchedGroup {
            cluster: cluster.to_owned(),
            group: self.group.clone(),
            topics: Vec::new(),
            read_committed: config.kafka.read_committed,
            freshness: config.lag.freshness,
            workers: Vec::new(),
        });
        group.topics = self.topic.clone().map_or(group.topics, |topic| vec![topic]);
        group
    }

    fn open(&self) -> Result<Box<dyn Write>, Failure> {
        let Some(path) = &self.output else { return Ok(Box::new(stdout())) };
        let file = File::create_new(path).map_err(|error| Failure::failed(format!("{path}: {error}")))?;
        Ok(Box::new(file))
    }

    /// A trace is of one topic.
    fn one(&self, looks: Vec<TopicLook>) -> Result<TopicLook, Failure> {
        let names = looks.iter().map(|look| look.topic.clone()).collect::<Vec<_>>().join(", ");
        let mut looks = looks.into_iter();
        match (looks.next(), looks.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Failure::failed(format!("group {} has no topic", self.group))),
            _ => Err(Failure::usage(format!("group {} has several topics: --topic says which of {names}", self.group))),
        }
    }
}

/// The trace as far as it was written.
struct Trace {
    output: Box<dyn Write>,
    /// Of the first line; `None`: nothing was read yet.
    header: Option<Header>,
    interval: Duration,
    samples: u64,
    last_error: Option<String>,
}

impl Trace {
    fn take(&mut self, look: TopicLook) -> Result<(), Failure> {
        let TopicLook { header, time, sample, .. } = look;
        let sample = sample.map_err(|error| error.to_string());
        self.last_error = sample.as_ref().err().cloned();
        if header.partitions == 0 {
            // How many there are stands in the first line: until that is known nothing can be written.
            let why = self.last_error.as_deref().unwrap_or(NOTHING_COMMITTED);
            return Ok(writeln!(stderr(), "nothing is recorded yet: {why}")?);
        }
        match &self.header {
            None => self.begin(header)?,
            Some(first) if first.partitions != header.partitions => {
                let (was, is) = (first.partitions, header.partitions);
                return Err(Failure::failed(format!("the topic had {was} partitions and has {is}: that is another trace")));
            }
            Some(_) => {}
        }
        self.samples += u64::from(sample.is_ok());
        // Whoever looks at the terminal sees that it does not work before the time is up.
        if let Some(error) = &self.last_error {
            writeln!(stderr(), "not read: {error}")?;
        }
        self.write(&Line { time, sample }.to_line())
    }

    fn begin(&mut self, header: Header) -> Result<(), Failure> {
        let line = header.to_line(self.interval.as_secs_f64());
        self.header = Some(header);
        self.write(&line)
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        self.output.write_all(format!("{line}\n").as_bytes())?;
        Ok(self.output.flush()?)
    }

    fn end(self) -> Result<(), Failure> {
        match (self.samples, self.last_error) {
            (0, Some(error)) => Err(Failure::unavailable(format!("nothing was recorded: {error}"))),
            (0, None) => Err(Failure::failed(format!("nothing was recorded: {NOTHING_COMMITTED}"))),
            (samples, _) => Ok(writeln!(stderr(), "{samples} samples recorded")?),
        }
    }
}
