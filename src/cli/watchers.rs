//! Talking to all configured watchers over HTTP.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Failure;
use crate::config::{Config, Secret};
use crate::telemetry::http_client::{cause, client_for};
use crate::watch::document::Refusal;

/// A watcher that hangs is not reached.
const LIMIT: Duration = Duration::from_secs(5);

/// Where the watchers are, and what they want to know.
#[derive(Debug)]
pub struct Watchers {
    urls: Vec<String>,
    token: Option<Secret>,
    client: Client,
}

/// What became of a request, for each watcher by its URL.
pub type Answers<T> = Vec<(String, Result<T, String>)>;

impl Watchers {
    /// Those of `watch.watchers`, else the one at `watch.listen`.
    pub fn of(config: &Config) -> Result<Self, Failure> {
        let urls: Vec<String> = config.watcher_urls().iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        let client = client_for(urls.iter().map(String::as_str)).timeout(LIMIT).no_proxy().build().map_err(Failure::failed)?;
        Ok(Self { urls, token: config.watch.token.clone(), client })
    }

    /// The same for all at once.
    pub async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Answers<T> {
        let ask = async |url: &String| (url.clone(), self.ask_one(url, method.clone(), path, body).await);
        join_all(self.urls.iter().map(ask)).await
    }

    async fn ask_one<T: DeserializeOwned>(
        &self,
        url: &str,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, String> {
        let mut request = self.client.request(method, format!("{url}{path}"));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = body {
            let text = serde_json::to_vec(body).map_err(|error| error.to_string())?;
            request = request.header("content-type", "application/json").body(text);
        }
        let answer = request.send().await.map_err(|error| format!("not reached: {}", cause(error)))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| format!("its answer broke off: {}", cause(error)))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| format!("its answer is not what was expected: {error}"));
        }
        let refusal = serde_json::from_slice::<Refusal>(&body).map_or_else(|_| "it does not say why".to_owned(), |refusal| refusal.error);
        Err(format!("refused with {}: {refusal}", status.as_u16()))
    }
}
