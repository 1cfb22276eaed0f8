//! Talking to all configured watchers over HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, Method, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Failure;
use crate::config::{Config, Secret};
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
        let urls = if config.watch.watchers.is_empty() { vec![own(&config.watch.listen)] } else { config.watch.watchers.clone() };
        // Only the first caller installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().timeout(LIMIT).redirect(redirect::Policy::none());
        let is_plain = urls.iter().all(|url| url.starts_with("http://"));
        // A host without a single authority can speak plain HTTP all the same.
        let builder = if is_plain { builder.tls_certs_only([]) } else { builder };
        let urls = urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Ok(Self { urls, token: config.watch.token.clone(), client: builder.build().map_err(Failure::failed)? })
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
        let answer = request.send().await.map_err(|error| format!("not reached: {}", cause(&error.without_url())))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| format!("its answer broke off: {}", cause(&error.without_url())))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| format!("its answer is not what was expected: {error}"));
        }
        let refusal = serde_json::from_slice::<Refusal>(&body).map_or_else(|_| "it does not say why".to_owned(), |refusal| refusal.error);
        Err(format!("refused with {}: {refusal}", status.as_u16()))
    }
}

/// The one on this machine.
fn own(listen: &str) -> String {
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        _ => format!("http://{listen}"),
    }
}

/// The innermost reason: the outer ones only say that a request failed.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watcher_that_listens_everywhere_is_asked_on_this_machine() {
        assert_eq!(own("0.0.0.0:9465"), "http://127.0.0.1:9465");
        assert_eq!(own("[::]:9465"), "http://127.0.0.1:9465");
        assert_eq!(own("10.0.0.7:9465"), "http://10.0.0.7:9465");
        assert_eq!(own("watcher:9465"), "http://watcher:9465");
    }
}
