//! What a worker says of itself at `/readyz`, `/state` and `/metrics`.

use serde::Deserialize;

use super::http_get::http_get;
use super::sample::Sample;

/// One look at one worker; everything is empty where it does not answer.
#[derive(Clone, Debug, Default)]
pub struct WorkerView {
    pub ready: bool,
    pub partitions: Vec<PartitionView>,
    pub sample: Option<Sample>,
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
        Self {
            ready: ready.is_ok_and(|(status, _)| status == 200),
            partitions: state.map(|state| state.partitions).unwrap_or_default(),
            sample: metrics.ok().map(|(_, body)| Sample::parse(&body)),
        }
    }

    /// The partitions that it has started on.
    pub fn folding(&self) -> impl Iterator<Item = i32> {
        self.partitions.iter().filter(|view| view.phase == "folding").map(|view| view.partition)
    }
}
