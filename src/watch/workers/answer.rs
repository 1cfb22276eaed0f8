//! One worker's `/state` and `/metrics`.

use reqwest::Client;
use serde::Deserialize;

use super::LIMIT;
use super::counters::Counters;
use super::coverage::Lease;
use crate::telemetry::http_client::client_for;

/// `/metrics` of 1,000 partitions has a tenth of it.
const LONGEST_ANSWER: usize = 8 << 20;

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("{0}")]
    Http(String),
    #[error("answered {0}")]
    Status(u16),
    #[error("its answer is longer than {LONGEST_ANSWER} bytes")]
    TooLong,
    #[error("its state is not readable: {0}")]
    State(#[from] serde_json::Error),
}

impl AskError {
    /// Whether it may answer at the next look.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::State(_) | Self::TooLong)
    }
}

impl From<reqwest::Error> for AskError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error.without_url().to_string())
    }
}

#[derive(Debug)]
pub struct Answer {
    pub state: WorkerState,
    pub counters: Counters,
}

/// As much of `/state` as is needed.
#[derive(Debug, Deserialize)]
pub struct WorkerState {
    pub version: String,
    pub topic: String,
    pub partitions: Vec<PartitionState>,
}

#[derive(Debug, Deserialize)]
pub struct PartitionState {
    partition: usize,
    began: Option<i64>,
    position: Option<i64>,
}

impl PartitionState {
    /// `None`: its start is not decided yet.
    pub fn lease(&self, worker: &str) -> Option<Lease> {
        Some(Lease { worker: worker.to_owned(), partition: self.partition, began: self.began?, position: self.position? })
    }
}

pub fn client(urls: &[String]) -> Result<Client, AskError> {
    Ok(client_for(urls.iter().map(String::as_str)).timeout(LIMIT).no_proxy().build()?)
}

pub async fn ask(client: &Client, url: &str) -> Result<Answer, AskError> {
    let (state, metrics) = (format!("{url}/state"), format!("{url}/metrics"));
    let (state, metrics) = tokio::try_join!(get(client, &state), get(client, &metrics))?;
    Ok(Answer { state: serde_json::from_slice(&state)?, counters: Counters::parse(&String::from_utf8_lossy(&metrics)) })
}

async fn get(client: &Client, url: &str) -> Result<Vec<u8>, AskError> {
    let mut answer = client.get(url).send().await?;
    if !answer.status().is_success() {
        return Err(AskError::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(AskError::TooLong);
        }
    }
    Ok(body)
}
