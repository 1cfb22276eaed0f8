//! What a worker counted since its start, out of its `/metrics`.

use std::ops::{Add, Sub};

use crate::telemetry::names;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    pub records: f64,
    pub batches: f64,
    pub batched_records: f64,
    pub calls: f64,
    pub call_seconds: f64,
    pub hits: f64,
    pub misses: f64,
}

impl Counters {
    /// Of the text format of Prometheus. Lines that are none of these do not count.
    pub fn parse(text: &str) -> Self {
        let mut counters = Self::default();
        for (name, value) in text.lines().filter_map(sample) {
            if let Some(counter) = counters.named(name) {
                *counter += value;
            }
        }
        counters
    }

    fn named(&mut self, name: &str) -> Option<&mut f64> {
        let histogram = |metric: names::Metric, suffix: &str| name.strip_prefix(metric.name) == Some(suffix);
        match name {
            _ if name == names::RECORDS_CONSUMED.name => Some(&mut self.records),
            _ if name == names::CACHE_HITS.name => Some(&mut self.hits),
            _ if name == names::CACHE_MISSES.name => Some(&mut self.misses),
            _ if histogram(names::BATCH_RECORDS, "_count") => Some(&mut self.batches),
            _ if histogram(names::BATCH_RECORDS, "_sum") => Some(&mut self.batched_records),
            _ if histogram(names::REDIS_CALL_DURATION, "_count") => Some(&mut self.calls),
            _ if histogram(names::REDIS_CALL_DURATION, "_sum") => Some(&mut self.call_seconds),
            _ => None,
        }
    }

    /// A worker that was started again counts from 0.
    pub fn is_before(&self, later: &Self) -> bool {
        self.records <= later.records && self.batches <= later.batches && self.calls <= later.calls
    }

    fn each(self, other: Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            records: combine(self.records, other.records),
            batches: combine(self.batches, other.batches),
            batched_records: combine(self.batched_records, other.batched_records),
            calls: combine(self.calls, other.calls),
            call_seconds: combine(self.call_seconds, other.call_seconds),
            hits: combine(self.hits, other.hits),
            misses: combine(self.misses, other.misses),
        }
    }
}

impl Add for Counters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }
}

impl Sub for Counters {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.each(other, |a, b| a - b)
    }
}

/// The name without labels, and the value.
fn sample(line: &str) -> Option<(&str, f64)> {
    let name = line.split(['{', ' ']).next().filter(|name| name.starts_with("shasta_"))?;
    let (_, value) = line.rsplit_once(' ')?;
    Some((name, value.parse().ok()?))
}
