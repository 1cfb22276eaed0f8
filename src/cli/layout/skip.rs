//! `shasta layout skip`

use std::io::{Write, stdout};
use std::time::Duration;

use crate::cli::{Failure, topic};
use crate::core::call::{Call, Outcome};
use crate::core::checkpoint::Checkpoint;
use crate::core::offset::NextOffset;
use crate::core::position::{Position, TopicId, position_field};
use crate::core::slice::{Slice, SliceSet};
use crate::core::start::{Found, Start, StartAt};
use crate::kafka::{Cluster, CommitEntry, Committed, LogEnd, LogReader};
use crate::store::{Fold, StoreError};

use super::ask::Consent;
use super::deployment::{Deployment, committed, kafka_failure, refuse_members, store_failure};
use super::place::Place;
use super::unapplied::{Reader, Seen, Skip, SkipError};

/// Moves past one record that nobody can apply
///
/// Only that record is skipped: it is refused where another one before it would be skipped with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Refused while the group has members. Asks first, and says what the record is.

A record that is invalid, or that a key of another type refuses, goes to the dead letters by itself: this is for what stops a worker for
good, such as a record that can not be fetched.

Resetting the group's offsets in Kafka alone does nothing: what lies below a slice's position is skipped, and what does not is applied.

Examples:
  shasta layout skip tag-data/17@123456")]
pub struct Args {
    #[arg(value_name = "TOPIC/PARTITION@OFFSET")]
    record: Place,
    #[command(flatten)]
    consent: Consent,
}

pub async fn run(args: &Args, deployment: &Deployment<'_>) -> Result<(), Failure> {
    let place = &args.record;
    let layout = deployment.layout().await?;
    let group = deployment.group(&layout, &place.topic)?;
    let cluster = deployment.cluster(group)?;
    let skipping = Skipping::find(place, deployment, &layout, &cluster, group).await?;
    let skip = match skipping.decide(deployment).await? {
        Ok(skip) => skip,
        Err(SkipError::Passed) => return Ok(writeln!(stdout(), "nothing to do: {place} was passed already")?),
        Err(refused) => return Err(Failure::failed(format!("nothing was done: {place}: {refused}"))),
    };
    args.consent.ask(
        &format!("{place} is skipped for good under prefix {}: {}", deployment.prefix(), skip.what),
        &place.to_string(),
        "the record",
    )?;

    refuse_members(&cluster, group).await?;
    // What is committed already, once more: the broker takes it only while the group is empty.
    if let Some(Committed { next, metadata, leader_epoch }) = skipping.committed.clone() {
        let metadata = String::from_utf8(metadata).unwrap_or_default();
        skipping.commit(&cluster, CommitEntry { partition: place.partition, next, metadata, leader_epoch }).await?;
    }
    skipping.move_slices(deployment, &skip.slices).await?;
    if skip.commits {
        let checkpoint =
            Checkpoint { slices: skip.bitmap, topic_id: skipping.topic_id.clone(), dead_lettered: skipping.start.dead_lettered };
        let entry =
            CommitEntry { partition: place.partition, next: place.offset.next(), metadata: checkpoint.encode(), leader_epoch: None };
        skipping.commit(&cluster, entry).await?;
    }
    let committed = if skip.commits { "committed" } else { "not committed: records before it are still to be applied" };
    Ok(writeln!(stdout(), "{place} is skipped: {} slices moved to {}, {committed}", skip.slices.len(), place.offset.next())?)
}

/// The record and what stands around it.
struct Skipping<'a> {
    place: &'a Place,
    topic_id: TopicId,
    committed: Option<Committed>,
    positions: Vec<Option<Position>>,
    /// Where a worker would start.
    start: Start,
}

impl<'a> Skipping<'a> {
    async fn find(
        place: &'a Place,
        deployment: &Deployment<'_>,
        layout: &crate::store::layout::Layout,
        cluster: &Cluster,
        group: &str,
    ) -> Result<Self, Failure> {
        let description = topic::describe(cluster, &place.topic).await?;
        if u32::try_from(place.partition).is_ok_and(|partition| partition >= description.partitions) {
            return Err(Failure::failed(format!("topic {} has {} partitions", place.topic, description.partitions)));
        }
        refuse_members(cluster, group).await?;
        let committed = committed(cluster, &place.topic, description.partitions).await?.remove(&place.partition).flatten();
        let slices: Vec<Slice> = layout.slices.all().collect();
        let field = position_field(&place.topic, place.partition);
        let positions = deployment.store.positions(&field, 0, &slices).await.map_err(store_failure)?;
        let range = cluster.log_range(&place.topic, place.partition).await;
        let range = range.map_err(|failure| kafka_failure(&format!("log of {}/{}", place.topic, place.partition), &failure, cluster))?;
        if NextOffset::before(place.offset) < range.start || NextOffset::before(place.offset) >= range.end {
            return Err(Failure::failed(format!(
                "nothing was done: the log holds {} to {}, without {}",
                range.start, range.end, place.offset
            )));
        }
        let start = Found {
            committed: committed.as_ref().map(|committed| (committed.next, committed.metadata.as_slice())),
            positions: &positions,
            log_start: range.start,
            log_end: range.end,
            slices: layout.slices,
            topic_id: description.id.clone(),
            layout_knows_topic: true,
            start_at: StartAt::Earliest,
        }
        .start();
        Ok(Self { place, topic_id: description.id, committed, positions, start })
    }

    async fn decide(&self, deployment: &Deployment<'_>) -> Result<Result<Skip, SkipError>, Failure> {
        /// Read to see whether anything else would be skipped: a minute's work or so.
        const AT_MOST: i64 = 2_000_000;
        let Place { topic, partition, offset } = self.place;
        if self.start.at.covers(*offset) {
            return Ok(Err(SkipError::Passed));
        }
        if self.start.move_back.is_some() {
            return Ok(Err(SkipError::NotOfThisLog));
        }
        if offset.get() - self.start.at.get() > AT_MOST {
            return Ok(Err(SkipError::TooFar { start: self.start.at }));
        }
        let kafka = &deployment.config.kafka;
        let reader = Reader::new(deployment.config, self.start.bitmap.count());
        let log = LogReader::open(kafka, topic, *partition).map_err(|error| Failure::new(crate::cli::Exit::Configuration, error))?;
        let place = self.place.to_string();
        let read = log.read(self.start.at, *offset, move |message| reader.see(message)).await;
        let (seen, end): (Vec<Seen>, LogEnd) = read.map_err(|failure| Failure::failed(format!("{place}: {failure}")))?;
        if let LogEnd::Failed(failure) = &end
            && failure.is_retryable()
        {
            return Err(Failure::unavailable(format!("{place}: {failure}")));
        }
        let next = |slice: Slice| self.positions[slice.index()].as_ref().and_then(|position| position.next_in(&self.topic_id));
        Ok(Skip::decide(*offset, &self.start, &next, &seen, &end))
    }

    /// Fenced: a position that is not what was read stays as it is.
    async fn move_slices(&self, deployment: &Deployment<'_>, slices: &SliceSet) -> Result<(), Failure> {
        let field = position_field(&self.place.topic, self.place.partition);
        let fold = Fold { keys: deployment.store.keys().clone(), field, stream_length: 1, ttl_ms: None, notices: None };
        let next = Position::new(self.topic_id.clone(), self.place.offset.next());
        let call = |slice: Slice| {
            let base = self.positions[slice.index()].clone();
            Call { slice, base, next: next.clone(), channels: Vec::new(), events: Vec::new() }
        };
        let mut left: Vec<Call> = slices.iter().map(call).collect();
        let mut last_error = None;
        for _ in 0..5 {
            let answers = deployment.store.apply(&fold, 0, left.iter()).await;
            let mut again = Vec::new();
            for (call, answer) in left.into_iter().zip(answers.results) {
                match answer {
                    Ok(Outcome::Applied(_) | Outcome::Already) => {}
                    Ok(other) => return Err(self.half_done(format!("slice {} answered {other:?}", call.slice))),
                    Err(error) => {
                        last_error = Some(error);
                        again.push(call);
                    }
                }
            }
            left = again;
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let error: String = last_error.as_ref().map(StoreError::to_string).unwrap_or_default();
        Err(self.half_done(error))
    }

    fn half_done(&self, error: String) -> Failure {
        Failure::failed(format!("not all slices were moved past {}; the same command again goes on: {error}", self.place))
    }

    async fn commit(&self, cluster: &Cluster, entry: CommitEntry) -> Result<(), Failure> {
        let next = entry.next;
        let committed = cluster.committer(&self.place.topic).commit(vec![entry]).await;
        committed.map_err(|error| Failure::failed(format!("offset {next} was not committed: {error}")))
    }
}
