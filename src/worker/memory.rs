//! The memory budget, cut into pools. Each pool's bound follows from the configuration and the topic, never from the backlog.

use bytesize::ByteSize;

use crate::config;

/// What a process without work uses: code, threads, TLS, metrics.
const BASE: u64 = 40 << 20;
/// A record waits in librdkafka with its bookkeeping, and its fetch response is freed as a whole: small records take about twice their bytes.
const QUEUE_FACTOR: u64 = 2;
/// What a queued record takes beside its bytes; with `QUEUE_FACTOR` a queue of smaller ones is bounded by their number.
const MESSAGE_BYTES: u64 = 512;
/// A response is taken apart as a whole, whatever already waits: with small records it takes twenty times its bytes.
const LARGEST_FETCH: u64 = 128 << 10;
/// A record in a batch exists as fetched, decoded, as delta, as envelope, and packed into the pipeline.
const BATCH_FACTOR: u64 = 6;

/// How much each part of the process may hold, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// Fetched records that wait, of one partition.
    pub queue_per_partition: u64,
    /// The same in messages.
    pub queue_messages_per_partition: u64,
    /// One fetch of one partition.
    pub fetch_per_partition: u64,
    /// One fetch response.
    pub fetch_total: u64,
    /// Read caches of all partitions together.
    pub caches: u64,
    /// Batches in flight of all partitions together, counted as bytes of keys and values.
    pub batches: u64,
    budget: u64,
}

impl MemoryPlan {
    /// Cuts the budget for a topic with so many partitions, all of which one worker may have to serve.
    pub fn new(memory: &config::Memory, partitions: u32) -> Self {
        let budget = memory.budget.as_u64();
        let free = budget.saturating_sub(BASE);
        let partitions = u64::from(partitions.max(1));
        let queues = free * 4 / 10;
        let share = queues / partitions / QUEUE_FACTOR;
        // Past 4 MiB a longer queue only adds latency to a stop; below 48 KiB every fetch would be one record.
        let share = share.clamp(48 << 10, 4 << 20);
        let fetch_total = (free / 20).clamp(1 << 20, 32 << 20);
        Self {
            queue_per_partition: share * 2 / 3,
            queue_messages_per_partition: (share * 2 / 3 / MESSAGE_BYTES).max(1),
            fetch_per_partition: (share / 3).min(LARGEST_FETCH),
            fetch_total,
            caches: free * 3 / 10,
            batches: free * 2 / 10 / BATCH_FACTOR,
            budget,
        }
    }

    /// What the whole process may use.
    pub const fn budget(&self) -> u64 {
        self.budget
    }

    /// The bytes of one batch when so many partitions are assigned, at most `limit`.
    pub fn batch_bytes(&self, assigned: usize, limit: ByteSize) -> u64 {
        (self.batches / assigned.max(1) as u64).clamp(16 << 10, limit.as_u64().max(16 << 10))
    }

    /// The cache of one partition when so many are assigned.
    pub fn cache_bytes(&self, assigned: usize) -> u64 {
        self.caches / assigned.max(1) as u64
    }
}

impl std::fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = |bytes: u64| ByteSize::b(bytes).display().iec().to_string();
        write!(
            f,
            "budget {}: base {}, queue per partition {} + {} in fetch, caches {}, batches {}",
            size(self.budget),
            size(BASE),
            size(self.queue_per_partition),
            size(self.fetch_per_partition),
            size(self.caches),
            size(self.batches),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(budget: u64, partitions: u32) -> MemoryPlan {
        MemoryPlan::new(&config::Memory { budget: ByteSize::mib(budget) }, partitions)
    }

    #[test]
    fn the_pools_fit_into_the_budget() {
        for (budget, partitions) in [(256, 16), (512, 64), (512, 256), (1024, 256), (4096, 1)] {
            let plan = plan(budget, partitions);
            let queues = (plan.queue_per_partition + plan.fetch_per_partition) * u64::from(partitions) * QUEUE_FACTOR;
            let batches = plan.batch_bytes(partitions as usize, ByteSize::mib(2)) * u64::from(partitions) * BATCH_FACTOR;
            let total = BASE + queues + plan.fetch_total + plan.caches + batches;
            assert!(total <= ByteSize::mib(budget).as_u64(), "{budget} MiB, {partitions} partitions: {total} B");
        }
    }

    #[test]
    fn fewer_partitions_get_larger_shares() {
        let plan = plan(512, 64);
        assert!(plan.cache_bytes(8) > plan.cache_bytes(64));
        assert!(plan.batch_bytes(1, ByteSize::mib(2)) >= plan.batch_bytes(64, ByteSize::mib(2)));
    }
}
