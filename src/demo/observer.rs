//! Looks at everything once a second and makes figures of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::error::DemoError;
use super::feed::FeedCounts;
use super::figures::{Figures, Latency, WorkerFigures};
use super::follower::Follower;
use crate::local::{Sample, Worker, WorkerView, Workers};
use crate::store::Store;

/// What was seen so far.
#[derive(Debug)]
pub struct Observer {
    follower: Follower,
    counts: Arc<FeedCounts>,
    begun: Instant,
    last_look: Instant,
    last_published: u64,
    /// Entries seen in the streams.
    stored: u64,
    samples: Vec<Sample>,
    /// What does not change.
    fixed: Figures,
}

impl Observer {
    /// `fixed`: figures with what does not change filled in.
    pub fn new(follower: Follower, counts: Arc<FeedCounts>, workers: usize, fixed: Figures) -> Self {
        let now = Instant::now();
        let samples = vec![Sample::default(); workers];
        Self { follower, counts, begun: now, last_look: now, last_published: 0, stored: 0, samples, fixed }
    }

    /// Entries seen in the streams so far.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// # Errors
    /// Where Redis does not answer.
    pub async fn look(&mut self, stage: &'static str, store: &Store, workers: &Workers, dead_letters: u64) -> Result<Figures, DemoError> {
        let views = workers.views().await;
        let newly = self.follower.advance(store).await?;
        let published = self.counts.acknowledged.load(Ordering::Relaxed);
        let seconds = self.last_look.elapsed().as_secs_f64().max(0.001);
        let recent = self.recent(&views);
        let newly_stored = newly.latencies_ms.len() as u64;
        self.stored += newly_stored;
        let figures = Figures {
            stage,
            elapsed: self.begun.elapsed(),
            published,
            stored: self.stored,
            dead_letters,
            in_per_s: (published - self.last_published) as f64 / seconds,
            out_per_s: newly_stored as f64 / seconds,
            lag: sum(views.iter().flat_map(|view| &view.partitions).map(|partition| partition.lag)),
            lag_age: views.iter().flat_map(|view| &view.partitions).filter_map(|partition| partition.age_s).reduce(f64::max).map(duration),
            latency: Latency::of(newly.latencies_ms),
            batch: mean(recent.batch_records, recent.batches),
            cache_hits_percent: mean(100.0 * recent.cache_hits, recent.cache_hits + recent.cache_misses),
            redis_round_trip: mean(recent.redis_seconds, recent.redis_calls).map(duration),
            workers: workers.all().iter().zip(&views).map(|(worker, view)| worker_figures(worker, view)).collect(),
            ..self.fixed.clone()
        };
        (self.last_look, self.last_published) = (Instant::now(), published);
        Ok(figures)
    }

    /// What all workers counted since the last look.
    fn recent(&mut self, views: &[WorkerView]) -> Sample {
        let mut recent = Sample::default();
        for (last, now) in self.samples.iter_mut().zip(views) {
            if let Some(now) = now.sample {
                recent = recent.plus(&now.since(last));
                *last = now;
            }
        }
        recent
    }
}

fn worker_figures(worker: &Worker, view: &WorkerView) -> WorkerFigures {
    WorkerFigures {
        number: worker.number,
        pid: worker.pid(),
        address: worker.address.clone(),
        ready: view.ready,
        restarts: worker.restarts,
        partitions: view.partitions.iter().map(|partition| partition.partition).collect(),
    }
}

/// Unknown if one is, or if there is none.
fn sum(parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    parts.reduce(|total, part| Some(total? + part?)).flatten()
}

fn mean(sum: f64, count: f64) -> Option<f64> {
    (count > 0.0).then(|| sum / count)
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
