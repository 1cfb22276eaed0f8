//! What a worker's `/metrics` counted so far.

use crate::telemetry::names;

/// Running totals; the difference of two is what happened between them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    pub batches: f64,
    pub batch_records: f64,
    pub cache_hits: f64,
    pub cache_misses: f64,
    pub redis_calls: f64,
    pub redis_seconds: f64,
}

impl Sample {
    /// Reads the text format of Prometheus.
    pub fn parse(text: &str) -> Self {
        let (batch, call) = (names::BATCH_RECORDS.name, names::REDIS_CALL_DURATION.name);
        Self {
            batches: total(text, batch, "_count"),
            batch_records: total(text, batch, "_sum"),
            cache_hits: total(text, names::CACHE_HITS.name, ""),
            cache_misses: total(text, names::CACHE_MISSES.name, ""),
            redis_calls: total(text, call, "_count"),
            redis_seconds: total(text, call, "_sum"),
        }
    }

    /// What came since `before`. A process that was started again counts from zero.
    pub fn since(&self, before: &Self) -> Self {
        let restarted = self.batches < before.batches || self.redis_calls < before.redis_calls;
        let before = if restarted { Self::default() } else { *before };
        self.combined(&before, |now, then| now - then)
    }

    pub fn plus(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a + b)
    }

    fn combined(&self, other: &Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            batches: combine(self.batches, other.batches),
            batch_records: combine(self.batch_records, other.batch_records),
            cache_hits: combine(self.cache_hits, other.cache_hits),
            cache_misses: combine(self.cache_misses, other.cache_misses),
            redis_calls: combine(self.redis_calls, other.redis_calls),
            redis_seconds: combine(self.redis_seconds, other.redis_seconds),
        }
    }
}

/// The sum over all label sets.
fn total(text: &str, name: &str, suffix: &str) -> f64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?.strip_prefix(suffix)?;
        if !rest.starts_with(['{', ' ']) {
            return None;
        }
        rest.rsplit_once(' ')?.1.parse::<f64>().ok()
    };
    text.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# HELP shasta_batch_records Records in a batch\n\
        shasta_batch_records_bucket{le=\"1\"} 3\n\
        shasta_batch_records_sum 12\n\
        shasta_batch_records_count 4\n\
        shasta_cache_hits_total 7\n\
        shasta_redis_call_duration_seconds_sum{node=\"a:1\"} 0.5\n\
        shasta_redis_call_duration_seconds_sum{node=\"b:1\"} 0.25\n\
        shasta_redis_call_duration_seconds_count{node=\"a:1\"} 2\n";

    #[test]
    fn label_sets_are_summed_and_names_are_whole() {
        let sample = Sample::parse(TEXT);
        assert_eq!((sample.batch_records, sample.batches, sample.cache_hits), (12.0, 4.0, 7.0));
        assert_eq!((sample.redis_seconds, sample.redis_calls, sample.cache_misses), (0.75, 2.0, 0.0));
    }

    #[test]
    fn a_worker_that_was_started_again_counts_from_zero() {
        let now = Sample::parse(TEXT);
        let before = Sample { batches: 3.0, batch_records: 10.0, ..Sample::default() };
        assert_eq!(now.since(&before).batch_records, 2.0);
        let of_its_predecessor = Sample { batches: 900.0, batch_records: 1_000.0, ..Sample::default() };
        assert_eq!(now.since(&of_its_predecessor), now);
    }
}
