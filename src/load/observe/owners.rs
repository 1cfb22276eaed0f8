//! Which worker has which partition, asked of the workers each second.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::telemetry::http_client::client_for;

const EVERY: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_millis(800);

/// The last answers.
#[derive(Debug, Default)]
pub struct Owners {
    of: Mutex<BTreeMap<i32, u16>>,
    names: Mutex<Vec<String>>,
}

/// Asks the workers until it is dropped.
#[derive(Debug)]
pub struct WorkerEndpoints {
    task: JoinHandle<()>,
}

#[derive(Deserialize)]
struct State {
    partitions: Vec<Partition>,
}

#[derive(Deserialize)]
struct Partition {
    partition: i32,
}

impl Owners {
    /// Those of a run that is over, by their names.
    pub fn named(names: Vec<String>) -> Self {
        Self { names: Mutex::new(names), ..Self::default() }
    }

    /// The names of the workers, from number 1 on.
    pub fn names(&self) -> Vec<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of the worker that had the partition when it was last asked; 0 where nobody is known to.
    pub fn of(&self, partition: i32) -> u16 {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).get(&partition).copied().unwrap_or(0)
    }

    /// The name of a worker by its number.
    pub fn name(&self, number: u16) -> String {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let name = usize::from(number).checked_sub(1).and_then(|index| names.get(index));
        name.cloned().unwrap_or_else(|| "workers".to_owned())
    }

    fn learn(&self, number: u16, partitions: &[Partition]) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.extend(partitions.iter().map(|found| (found.partition, number)));
    }
}

impl WorkerEndpoints {
    /// `urls` are the workers' endpoints, such as `http://worker-3:9464`.
    ///
    /// # Errors
    /// Where this host can not speak HTTP.
    pub fn ask(urls: Vec<String>, owners: Arc<Owners>) -> Result<Self, reqwest::Error> {
        let client = client_for(urls.iter().map(String::as_str)).timeout(LIMIT).no_proxy().build()?;
        let names = urls.iter().map(|url| url.trim_start_matches("http://").trim_start_matches("https://").to_owned());
        *owners.names.lock().unwrap_or_else(PoisonError::into_inner) = names.collect();
        let task = tokio::spawn(async move {
            let mut rounds = tokio::time::interval(EVERY);
            loop {
                rounds.tick().await;
                for (number, url) in (1..).zip(&urls) {
                    if let Ok(state) = state_of(&client, url).await {
                        owners.learn(number, &state.partitions);
                    }
                }
            }
        });
        Ok(Self { task })
    }
}

async fn state_of(client: &reqwest::Client, url: &str) -> Result<State, Box<dyn std::error::Error + Send + Sync>> {
    let body = client.get(format!("{}/state", url.trim_end_matches('/'))).send().await?.error_for_status()?.bytes().await?;
    Ok(serde_json::from_slice(&body)?)
}

impl Drop for WorkerEndpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}
