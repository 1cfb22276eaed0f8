//! `shasta lag peek`

use std::io::{Write, stdout};
use std::time::{Duration, SystemTime};

use crate::cli::layout::place::Place;
use crate::cli::runtime::block_on;
use crate::cli::{Exit, Failure, Settings};
use crate::config::{Config, Kafka};
use crate::core::offset::{NextOffset, Offset};
use crate::kafka::{Head, Inspector, KafkaFailure, LogEdge, LogEnd, LogReader};

use super::cluster::ClusterArgs;
use super::record_text::{Reader, RecordText};

const LIMIT: Duration = Duration::from_secs(10);

/// Shows one record as a worker would read it, or why it can not
///
/// Nobody's offsets move. Where there is no record at the offset, it says what is there instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta lag peek tag-data/17@88120004

Exit codes: 0 there is a record, valid or not; 1 there is none; 2 usage; 69 the brokers do not answer.")]
pub struct Args {
    #[arg(value_name = "TOPIC/PARTITION@OFFSET")]
    record: Place,
    #[command(flatten)]
    cluster: ClusterArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    block_on(async {
        let (inspector, kafka) = args.cluster.connect(&config)?;
        let log = Log::find(&args.record, &inspector).await?;
        let text = match log.read(&config, kafka).await? {
            Some(record) => record.told(log.place, SystemTime::now()),
            None => return Err(Failure::failed(log.gap().await?)),
        };
        let note = if log.is_read().await? {
            ""
        } else {
            "\nit is of a transaction that was aborted or is not decided: consumers of committed records do not get it\n"
        };
        Ok(stdout().write_all(format!("{text}{note}\n{}\n", log.told()).as_bytes())?)
    })
}

/// The log around a record.
struct Log<'a> {
    place: &'a Place,
    inspector: &'a Inspector,
    start: NextOffset,
    last_stable: NextOffset,
    end: NextOffset,
}

impl<'a> Log<'a> {
    /// Only where the offset is in it.
    async fn find(place: &'a Place, inspector: &'a Inspector) -> Result<Self, Failure> {
        let described = inspector.describe_topic(&place.topic, LIMIT).await;
        let described =
            described.map_err(|error| if error.is_retryable() { Failure::unavailable(error) } else { Failure::failed(error) })?;
        if u32::try_from(place.partition).is_ok_and(|partition| partition >= described.partitions) {
            return Err(Failure::failed(format!("topic {} has {} partitions, from 0 on", place.topic, described.partitions)));
        }
        let edge = |edge| edge_of(place, inspector, edge);
        let (last_stable, end, start) = tokio::try_join!(edge(LogEdge::LastStable), edge(LogEdge::HighWatermark), edge(LogEdge::Start))?;
        let log = Self { place, inspector, start, last_stable, end };
        let offset = NextOffset::before(place.offset);
        if offset < start {
            return Err(Failure::failed(format!("{place} was deleted: {}", log.told())));
        }
        if offset >= end {
            return Err(Failure::failed(format!("{place} is not written yet: {}", log.told())));
        }
        Ok(log)
    }

    fn told(&self) -> String {
        let Self { place, start, last_stable, end, .. } = self;
        let undecided = if last_stable < end { format!(", undecided from {last_stable} on") } else { String::new() };
        format!("the log of {}/{} goes from {start} to {end}{undecided}", place.topic, place.partition)
    }

    async fn read(&self, config: &Config, kafka: Kafka) -> Result<Option<RecordText>, Failure> {
        let Place { topic, partition, offset } = self.place;
        let kafka = Kafka { read_committed: false, ..kafka };
        let reader = LogReader::open(&kafka, topic, *partition).map_err(|error| Failure::new(Exit::Configuration, error))?;
        let as_worker = Reader::new(config);
        let (found, end) = reader
            .read(NextOffset::before(*offset), *offset, move |message| as_worker.read(message))
            .await
            .map_err(|failure| self.failure(&failure))?;
        match (found.into_iter().next(), end) {
            (None, LogEnd::Failed(failure)) => Err(self.failure(&failure)),
            (found, _) => Ok(found),
        }
    }

    /// Whether consumers of committed records get it.
    async fn is_read(&self) -> Result<bool, Failure> {
        if NextOffset::before(self.place.offset) >= self.last_stable {
            return Ok(false);
        }
        Ok(matches!(self.head(true).await?, Some(Head::Record { at, .. }) if at == self.place.offset.get()))
    }

    /// Why there is no record, and which is the next.
    async fn gap(&self) -> Result<String, Failure> {
        let next = match self.head(false).await? {
            Some(Head::Record { at, .. }) => format!("the next record is {}", self.at(at)),
            Some(Head::Nothing { .. }) => "no record follows".to_owned(),
            Some(Head::OutOfRange) | None => "the next one was not found in time".to_owned(),
        };
        Ok(format!("there is no record at {}, as where a transaction ends or compaction took it; {next}; {}", self.place, self.told()))
    }

    fn at(&self, offset: i64) -> String {
        let place = |offset| Place { offset, ..self.place.clone() }.to_string();
        Offset::new(offset).map_or_else(|| offset.to_string(), place)
    }

    async fn head(&self, read_committed: bool) -> Result<Option<Head>, Failure> {
        let Place { topic, partition, offset } = self.place;
        let wanted = [(topic.clone(), *partition, NextOffset::before(*offset))];
        let heads = self.inspector.heads(&wanted, read_committed, LIMIT).await.map_err(|failure| self.failure(&failure))?;
        Ok(heads.into_values().next())
    }

    fn failure(&self, failure: &KafkaFailure) -> Failure {
        failure_of(self.place, failure)
    }
}

async fn edge_of(place: &Place, inspector: &Inspector, edge: LogEdge) -> Result<NextOffset, Failure> {
    let wanted = [(place.topic.as_str(), vec![place.partition])];
    let found = inspector.edges(&wanted, edge, LIMIT).await.map_err(|failure| failure_of(place, &failure))?;
    let found = found.into_values().flatten().map(|(_, offset)| offset).next();
    let unknown = || Failure::unavailable(format!("{place}: the ends of the log are not known"));
    found.ok_or_else(unknown)?.map_err(|failure| failure_of(place, &failure))
}

fn failure_of(place: &Place, failure: &KafkaFailure) -> Failure {
    let message = format!("{place}: {failure}");
    if failure.is_retryable() { Failure::unavailable(message) } else { Failure::failed(message) }
}
