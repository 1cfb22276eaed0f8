//! What a worker says of itself at `/readyz`, `/state` and `/metrics`.

use serde::Deserialize;

use super::http_get::http_get;
use super::sample::Sample;
use crate::telemetry::names;

/// One look at one worker; everything is empty where it does not answer.
#[derive(Clone, Debug, Default)]
pub struct WorkerView {
    pub ready: bool,
    pub partitions: Vec<PartitionView>,
    pub sample: Option<Sample>,
    /// Of the whole process.
    pub resident_bytes: Option<u64>,
}

/// A partition in `/state`, as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PartitionView {
    pub partition: i32,
    pub phase: String,
    pub lag: Option<u64>,
    pub age_s: Option<f64>,
}

#[derive(Deserialize)]
struct State {
    partitions: Vec<PartitionView>,
}

impl WorkerView {
    pub async fn of(address: &str) -> Self {
        let (ready, state, metrics) =
            tokio::join!(http_get(address, "/readyz"), http_get(address, "/state"), http_get(address, "/metrics"));
        let state = state.ok().and_then(|(_, body)| serde_json::from_str::<State>(&body).ok());
        let metrics = metrics.ok().map(|(_, body)| body);
        Self {
            ready: ready.is_ok_and(|(status, _)| status == 200),
            partitions: state.map(|state| state.partitions).unwrap_or_default(),
            sample: metrics.as_ref().map(|text| Sample::parse(text)),
            resident_bytes: metrics.as_deref().and_then(resident_bytes),
        }
    }

    /// The partitions that it has started on.
    pub fn folding(&self) -> impl Iterator<Item = i32> {
        self.partitions.iter().filter(|view| view.phase == "folding").map(|view| view.partition)
    }
}

/// From the text format of Prometheus.
fn resident_bytes(metrics: &str) -> Option<u64> {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(names::MEMORY_BYTES.name)?.rsplit_once(' '));
    let (_, value) = lines.into_iter().find(|(labels, _)| labels.contains("pool=\"resident\""))?;
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_that_of_the_whole_process() {
        let text =
            "# TYPE shasta_memory_bytes gauge\nshasta_memory_bytes{pool=\"cache\"} 7\nshasta_memory_bytes{pool=\"resident\"} 41943040\n";
        assert_eq!(resident_bytes(text), Some(40 << 20));
        assert_eq!(resident_bytes("shasta_memory_bytes{pool=\"cache\"} 7\n"), None);
    }
}
