//! A batch is applied: values read, calls planned, sent and settled, again and again until nothing is left of it.

use std::time::{Duration, Instant};

use crate::core::batch::{Batch, Wanted};
use crate::core::cache::CachedValue;
use crate::core::decode::Reason;
use crate::core::offset::Offset;
use crate::core::plan::{Planned, Settled};
use crate::core::positions::Behind;
use crate::core::slice::Slice;
use crate::store::{Read, RoundTrip, StoreError};
use crate::telemetry::FenceOutcome;
use crate::telemetry::facts::RedisCallFailed;

use super::backoff::Backoff;
use super::dead_letters::Letter;
use super::interrupt::Interrupt;
use super::task::PartitionTask;

/// Where the original of a record is found when it turns out that it can never be applied.
pub(super) trait Originals {
    /// The record at this offset as a dead letter.
    fn letter(&mut self, offset: Offset, reason: Reason, error: String) -> Option<Letter>;
}

/// What one round of calls came to.
#[derive(Default)]
struct Round {
    progress: bool,
    trouble: Option<StoreError>,
    poison: Vec<(usize, String)>,
    behind: Option<Behind>,
}

impl PartitionTask {
    /// Applies the whole batch, however often it takes.
    ///
    /// # Errors
    /// [`Interrupt::Stop`] when the partition is to be given up before the end, [`Interrupt::Rewind`] when Redis lost what it had.
    pub(super) async fn apply(&mut self, mut batch: Batch, originals: &mut impl Originals) -> Result<(), Interrupt> {
        let mut backoff = Backoff::default();
        while batch.unfinished().next().is_some() {
            if self.plan.changed {
                self.read_values(&mut batch, &mut backoff).await?;
            }
            let round = self.round(&mut batch).await;
            self.positions.take(&batch);
            if let Some(behind) = round.behind {
                return Err(behind.into());
            }
            for (record, error) in round.poison {
                let letter = originals.letter(batch.record(record).offset, Reason::WrongType, error);
                self.dead_letter(letter.into_iter().collect()).await?;
                batch.pass(record);
            }
            if round.progress {
                backoff.reset();
                self.status.progressed(self.now_ms());
            }
            if let Some(error) = round.trouble {
                self.wait_after(&error, &mut backoff).await?;
            }
        }
        batch.slices().iter().for_each(|work| self.known.insert(work.slice));
        batch.keep(&mut self.cache);
        Ok(())
    }

    /// Sends all that is left once and takes the answers in.
    async fn round(&mut self, batch: &mut Batch) -> Round {
        let now = self.now_ms();
        let planned = batch.plan(&self.plan, &self.cache, now);
        let answers = self.worker.store.apply(&self.fold, self.lane(), planned.iter().map(|planned| &planned.call)).await;
        self.count_round_trips(&answers.round_trips);
        let answered_at = self.wall_ms();
        let mut round = Round::default();
        let mut unanswered = false;
        for (planned, answer) in planned.iter().zip(answers.results) {
            match answer {
                Ok(outcome) => {
                    let settled = batch.settle(planned, outcome, &self.plan, &mut self.cache, now);
                    self.note(batch, planned, settled, answered_at, &mut round);
                }
                Err(error) => {
                    round.trouble = Some(error);
                    unanswered = true;
                }
            }
        }
        // Behind a call without an answer may be a failover to a replica that lacks what another partition or worker wrote: its value,
        // read before, is fenced by no position of ours.
        if unanswered {
            batch.forget_values(&mut self.cache);
        }
        round
    }

    fn note(&mut self, batch: &Batch, planned: &Planned, settled: Settled, answered_at: i64, round: &mut Round) {
        self.facts.fences.add(fence(&settled));
        let applied = match settled {
            Settled::Overtaken => 0,
            Settled::Applied { events, .. } => {
                round.progress = true;
                events
            }
            Settled::Ahead { skipped } => {
                round.progress = true;
                self.skip("ahead", skipped);
                0
            }
            Settled::Behind(behind) => {
                round.behind = Some(behind);
                0
            }
            Settled::Stale { applied } => {
                round.progress |= applied > 0;
                applied
            }
            Settled::Poison { applied, record, error } => {
                round.progress = true;
                round.poison.push((record, error));
                applied
            }
            Settled::Failed { applied, error } => {
                round.progress |= applied > 0;
                let node = self.worker.store.node_of(planned.call.slice).unwrap_or_default();
                round.trouble = Some(StoreError::from_answer(&node, self.worker.store.user(), &error));
                applied
            }
        };
        self.facts.applied += applied as u64;
        for timestamp_ms in batch.timestamps(planned, applied) {
            self.facts.latency.record_between(timestamp_ms, answered_at);
        }
    }

    /// Brings in the values that the next deltas stand on: one pipeline per node for all that the cache misses.
    async fn read_values(&mut self, batch: &mut Batch, backoff: &mut Backoff) -> Result<(), Interrupt> {
        loop {
            let now = self.now_ms();
            let wanted = batch.look_up(&mut self.cache, now);
            if wanted.is_empty() {
                return Ok(());
            }
            let (reads, objects) = by_slice(&wanted);
            let answers = self.worker.store.read(&self.fold, self.lane(), &reads).await;
            self.count_round_trips(&answers.round_trips);
            let mut trouble = None;
            for (values, objects) in answers.results.into_iter().zip(objects) {
                match values {
                    Ok(values) => {
                        for (object, value) in objects.into_iter().zip(values) {
                            batch.fill(object, value.as_deref().and_then(CachedValue::of_envelope), &mut self.cache, now);
                        }
                    }
                    Err(error) => trouble = Some(error),
                }
            }
            match trouble {
                Some(error) => self.wait_after(&error, backoff).await?,
                None => return Ok(()),
            }
        }
    }

    /// Says what the partition waits for, and waits a little; a stop ends the wait.
    pub(super) async fn wait_after(&mut self, error: &StoreError, backoff: &mut Backoff) -> Result<(), Interrupt> {
        self.note_trouble(error, "evalsha");
        self.worker.store.reconsider(error).await;
        self.pause(backoff.next()).await
    }

    /// Says what the partition waits for, where somebody looks for it.
    pub(super) fn note_trouble(&mut self, error: &StoreError, command: &'static str) {
        self.status.waits_for(error.reason(), &error.to_string(), self.now_ms());
        let failed = RedisCallFailed { node: error.node(), command, reason: error.reason(), error };
        failed.emit(&self.worker.metrics, &self.worker.sampler, Instant::now());
    }

    pub(super) fn count_round_trips(&mut self, round_trips: &[RoundTrip]) {
        for round_trip in round_trips {
            self.worker.metrics.redis_call(&round_trip.node, round_trip.took);
            self.status.called(&round_trip.node, round_trip.took);
        }
    }

    /// Sleeps, unless the partition is to be given up.
    pub(super) async fn pause(&mut self, wait: Duration) -> Result<(), Interrupt> {
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.stop.requested() => Err(Interrupt::Stop),
        }
    }
}

/// What the fence answered, as it is counted. A call that came to nothing because of the one before it is a conflict too.
const fn fence(settled: &Settled) -> FenceOutcome {
    match settled {
        Settled::Applied { already: false, .. } => FenceOutcome::Applied,
        Settled::Applied { already: true, .. } => FenceOutcome::Already,
        Settled::Overtaken | Settled::Ahead { .. } | Settled::Behind(_) => FenceOutcome::Conflict,
        Settled::Stale { .. } => FenceOutcome::Stale,
        Settled::Poison { .. } => FenceOutcome::Poison,
        Settled::Failed { .. } => FenceOutcome::Failed,
    }
}

/// One read per slice, its channels together, and the numbers of the objects in the order of the values.
fn by_slice(wanted: &[Wanted]) -> (Vec<Read>, Vec<Vec<usize>>) {
    let mut sorted: Vec<&Wanted> = wanted.iter().collect();
    sorted.sort_by(|a, b| (a.slice, &a.path).cmp(&(b.slice, &b.path)));
    let (mut reads, mut objects): (Vec<Read>, Vec<Vec<usize>>) = Default::default();
    for wanted in sorted {
        // A call blocks its Redis: a slice with many misses is read in several.
        const VALUES_PER_READ: usize = 128;
        let fits = |read: &Read, slice: Slice| read.slice == slice && read.len() < VALUES_PER_READ;
        if !reads.last().is_some_and(|read| fits(read, wanted.slice)) {
            reads.push(Read { slice: wanted.slice, channels: Vec::new() });
            objects.push(Vec::new());
        }
        let (Some(read), Some(numbers)) = (reads.last_mut(), objects.last_mut()) else { continue };
        match read.channels.last_mut() {
            Some((path, names)) if *path == wanted.path => names.push(wanted.name.clone()),
            _ => read.channels.push((wanted.path.clone(), vec![wanted.name.clone()])),
        }
        numbers.push(wanted.object);
    }
    (reads, objects)
}
