//! What the workers used per record since the look before.

use std::collections::BTreeMap;

use super::counters::Counters;
use crate::watch::document::Bottleneck;

/// Fewer records than this say nothing about how they are handled.
const ENOUGH_RECORDS: f64 = 20.0;
/// Below it a batch is hardly one: each record pays for its own round trips.
const SMALL_BATCH: f64 = 4.0;
/// Below it most previous values cost a round trip.
const FEW_HITS: f64 = 0.5;

/// By the URL of the worker.
#[derive(Debug, Default)]
pub struct Usage {
    last: BTreeMap<String, Counters>,
}

impl Usage {
    /// `None`: no worker did anything worth telling.
    pub fn since_last(&mut self, now: BTreeMap<String, Counters>) -> Option<Bottleneck> {
        let last = std::mem::replace(&mut self.last, now);
        let spent = self.last.iter().filter_map(|(url, now)| {
            let before = last.get(url).filter(|before| before.is_before(now))?;
            Some(*now - *before)
        });
        let spent = spent.reduce(|a, b| a + b).filter(|spent| spent.records >= ENOUGH_RECORDS)?;
        Some(of(&spent))
    }
}

fn of(spent: &Counters) -> Bottleneck {
    let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let cache_hit_ratio = ratio(spent.hits, spent.hits + spent.misses);
    let batch_records = ratio(spent.batched_records, spent.batches);
    Bottleneck {
        cache_hit_ratio,
        batch_records,
        redis_call_ms: ratio(spent.call_seconds * 1_000.0, spent.calls),
        round_trips_per_record: ratio(spent.calls, spent.records),
        hints: hints(cache_hit_ratio, batch_records),
    }
}

fn hints(cache_hit_ratio: Option<f64>, batch_records: Option<f64>) -> Vec<String> {
    let small = batch_records.filter(|records| *records < SMALL_BATCH);
    let cold = cache_hit_ratio.filter(|ratio| *ratio < FEW_HITS);
    let batch = small.map(|records| format!("worker.batch.max_records ({records:.1} records a batch)"));
    let cache = cold.map(|ratio| format!("worker.memory.budget (cache hit {:.0} %)", ratio * 100.0));
    batch.into_iter().chain(cache).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# HELP shasta_records_consumed_total x\n\
        shasta_records_consumed_total{partition=\"0\"} 100\n\
        shasta_records_consumed_total{partition=\"1\"} 50\n\
        shasta_batch_records_sum 150\nshasta_batch_records_count 150\nshasta_batch_records_bucket{le=\"1\"} 150\n\
        shasta_redis_call_duration_seconds_sum{node=\"a:1\"} 0.5\nshasta_redis_call_duration_seconds_count{node=\"a:1\"} 300\n\
        shasta_cache_hits_total 10\nshasta_cache_misses_total 140\n";

    fn counters(text: &str) -> BTreeMap<String, Counters> {
        BTreeMap::from([("http://w1".to_owned(), Counters::parse(text))])
    }

    #[test]
    fn what_is_told_is_what_was_spent_between_two_looks() {
        let mut usage = Usage::default();
        assert_eq!(usage.since_last(counters(BEFORE)), None);
        let after = BEFORE
            .replace("} 100", "} 200")
            .replace("_sum 150", "_sum 250")
            .replace("_count 150", "_count 250")
            .replace("} 0.5", "} 0.86")
            .replace("} 300", "} 500")
            .replace("hits_total 10", "hits_total 21")
            .replace("misses_total 140", "misses_total 229");
        let found = usage.since_last(counters(&after)).unwrap();
        assert_eq!((found.cache_hit_ratio, found.batch_records, found.round_trips_per_record), (Some(0.11), Some(1.0), Some(2.0)));
        assert!((found.redis_call_ms.unwrap() - 1.8).abs() < 1e-9);
        assert_eq!(found.hints, ["worker.batch.max_records (1.0 records a batch)", "worker.memory.budget (cache hit 11 %)"]);
        assert_eq!(usage.since_last(counters(&after)), None, "nothing was done");
        assert_eq!(usage.since_last(counters(BEFORE)), None, "started again");
    }
}
