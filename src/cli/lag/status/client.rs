//! What a watcher is asked over HTTP.

use std::time::Duration;

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::core::lag::Explanation;
use crate::telemetry::http_client::{cause, client_for};
use crate::watch::document::{Document, SCHEMA};

const CONNECTED_WITHIN: Duration = Duration::from_secs(2);
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// More than a thousand groups of 256 partitions take.
const LARGEST: usize = 256 << 20;
/// Of what a watcher says is wrong, no more is told.
const TOLD: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{url}: is no URL of a watcher: {why}")]
    Url { url: String, why: String },
    #[error("{url}: {why}")]
    Unreachable { url: String, why: String },
    #[error("{url}: no answer within {}", humantime::format_duration(ANSWERED_WITHIN))]
    Slow { url: String },
    #[error("{url}: answered {status}: {body}")]
    Refused { url: String, status: StatusCode, body: String },
    #[error("{url}: the answer is longer than {LARGEST} bytes")]
    TooLarge { url: String },
    #[error("{url}: what answers is no watcher of shasta: {why}")]
    NotUnderstood { url: String, why: String },
    #[error("{url}: speaks {found:?}; this shasta reads {SCHEMA:?}")]
    OtherFormat { url: String, found: String },
}

impl ClientError {
    /// Whether the same may go well a moment later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Slow { .. } => true,
            Self::Refused { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Url { .. } | Self::TooLarge { .. } | Self::NotUnderstood { .. } | Self::OtherFormat { .. } => false,
        }
    }
}

/// One watcher.
#[derive(Clone, Debug)]
pub struct WatcherClient {
    http: Client,
    base: Url,
}

/// A point of a group's history.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Past {
    pub t: f64,
    pub age_s: Option<f64>,
    pub lag: Option<f64>,
}

#[derive(Deserialize)]
struct History {
    points: Vec<Past>,
}

#[derive(Deserialize)]
struct Format {
    schema: String,
}

impl WatcherClient {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// What is no URL.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let wrong = |why: String| ClientError::Url { url: url.to_owned(), why };
        let mut base = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(wrong("expected http:// or https://".to_owned()));
        }
        // A base without a slash at its end would lose its last part.
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        let http = client_for([url]).connect_timeout(CONNECTED_WITHIN).timeout(ANSWERED_WITHIN).no_proxy();
        Ok(Self { http: http.build().map_err(|error| wrong(error.to_string()))?, base })
    }

    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// All groups, or one of that name in any cluster; the text as it came beside it.
    pub async fn lag(&self, group: Option<&str>, needed_within_s: Option<f64>) -> Result<(Document, String), ClientError> {
        let within = needed_within_s.map(|within_s| format!("{within_s:.0}"));
        let query = [group.map(|group| ("group", group)), within.as_deref().map(|within| ("needed_within_s", within))];
        let text = self.get("api/v1/lag", &query.into_iter().flatten().collect::<Vec<_>>()).await?;
        let format: Format = self.understood(&text)?;
        if format.schema != SCHEMA {
            return Err(ClientError::OtherFormat { url: self.url().to_owned(), found: format.schema.chars().take(TOLD).collect() });
        }
        Ok((self.understood(&text)?, text))
    }

    pub async fn explain(&self, of: &[(&str, &str)]) -> Result<Vec<Explanation>, ClientError> {
        self.understood(&self.get("api/v1/explain", of).await?)
    }

    /// A point a minute, the oldest first.
    pub async fn history(&self, of: &[(&str, &str)]) -> Result<Vec<Past>, ClientError> {
        let history: History = self.understood(&self.get("api/v1/history", of).await?)?;
        Ok(history.points)
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<String, ClientError> {
        let mut url = self.base.join(path).map_err(|error| ClientError::Url { url: self.url().to_owned(), why: error.to_string() })?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut answer = self.http.get(url).send().await.map_err(|error| self.failure(error))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failure(error))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(ClientError::TooLarge { url: self.url().to_owned() });
            }
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        if answer.status().is_success() {
            return Ok(text);
        }
        let body = text.trim().chars().take(TOLD).collect();
        Err(ClientError::Refused { url: self.url().to_owned(), status: answer.status(), body })
    }

    fn understood<T: DeserializeOwned>(&self, text: &str) -> Result<T, ClientError> {
        serde_json::from_str(text).map_err(|error| ClientError::NotUnderstood { url: self.url().to_owned(), why: error.to_string() })
    }

    fn failure(&self, error: reqwest::Error) -> ClientError {
        let url = self.url().to_owned();
        if error.is_timeout() {
            return ClientError::Slow { url };
        }
        ClientError::Unreachable { url, why: cause(error) }
    }
}
