//! What is shown: one second's figures.

use std::time::Duration;

/// `None` is not known (yet), never zero.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// What the demo is at.
    pub stage: &'static str,
    pub elapsed: Duration,
    pub length: Option<Duration>,
    /// What runs, for the title.
    pub setting: String,
    /// Acknowledged by Kafka.
    pub published: u64,
    /// In the streams.
    pub stored: u64,
    pub dead_letters: u64,
    pub in_per_s: f64,
    pub out_per_s: f64,
    pub lag: Option<u64>,
    pub lag_age: Option<Duration>,
    pub latency: Option<Latency>,
    /// Records of the mean batch.
    pub batch: Option<f64>,
    pub cache_hits_percent: Option<f64>,
    pub redis_round_trip: Option<Duration>,
    pub workers: Vec<WorkerFigures>,
    /// Of redis-server, `host:port`.
    pub redis: String,
    /// Words of a command that reads a channel.
    pub read_command: Vec<String>,
}

/// From the intended time of publishing to stored, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    pub p50_ms: u64,
    pub p99_ms: u64,
}

#[derive(Clone, Debug, Default)]
pub struct WorkerFigures {
    pub number: usize,
    pub pid: u32,
    /// Of its HTTP endpoint, `host:port`.
    pub address: String,
    pub ready: bool,
    pub restarts: u32,
    pub partitions: Vec<i32>,
}

impl Latency {
    /// By nearest rank, of all values. `None` where there are none.
    pub fn of(mut latencies_ms: Vec<u64>) -> Option<Self> {
        latencies_ms.sort_unstable();
        let rank = |percent: usize| latencies_ms.get((latencies_ms.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { p50_ms: rank(50)?, p99_ms: rank(99)? })
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 record`, `2 records`.
pub fn records(count: u64) -> String {
    format!("{} record{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Partitions in their order, runs of three or more drawn together: `0-3 5 7`.
pub fn ranges(partitions: &[i32]) -> String {
    let mut sorted = partitions.to_vec();
    sorted.sort_unstable();
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for partition in sorted {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == partition => *last = partition,
            _ => runs.push((partition, partition)),
        }
    }
    let text = |(first, last): &(i32, i32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first} {last}"),
        _ => format!("{first}-{last}"),
    };
    if runs.is_empty() { "none".to_owned() } else { runs.iter().map(text).collect::<Vec<_>>().join(" ") }
}

/// Whole milliseconds below a second, above it tenths of one.
pub fn short(duration: Duration) -> String {
    if duration < Duration::from_secs(1) { format!("{} ms", duration.as_millis()) } else { format!("{:.1} s", duration.as_secs_f64()) }
}

/// Of what takes less than that.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}

/// `?` where it is not known.
pub fn or_unknown<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "?".to_owned(), show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let of = |values: Vec<u64>| Latency::of(values).map(|latency| (latency.p50_ms, latency.p99_ms));
        assert_eq!(of((1..=100).rev().collect()), Some((50, 99)));
        assert_eq!(of(vec![7]), Some((7, 7)));
        assert_eq!(of(vec![]), None);
    }

    #[test]
    fn numbers_and_partitions_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(ranges(&[7, 0, 1, 3, 4, 5]), "0 1 3-5 7");
        assert_eq!(ranges(&[]), "none");
    }
}
