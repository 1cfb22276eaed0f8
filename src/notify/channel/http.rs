//! One POST of JSON, and what became of it. Errors hold neither URL nor key: both may be all that it takes to write there.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Response};

use super::answer::{Class, retry_after};
use crate::config::{AlertChannel, Secret};
use crate::notify::error::{NotifyError, SendError};
use crate::telemetry::http_client::{cause, client_for};

/// As much of an answer as is told.
const ANSWER_BYTES: usize = 300;

/// A client for one channel.
#[derive(Clone, Debug)]
pub struct Http {
    channel: String,
    client: Client,
    timeout: Duration,
    /// What no text may hold.
    secrets: Vec<Secret>,
}

impl Http {
    /// `urls` are those beside the setting `url`.
    ///
    /// # Errors
    /// Where the file of authorities can not be used.
    pub fn new(name: &str, settings: &AlertChannel, urls: &[String]) -> Result<Self, NotifyError> {
        let own = settings.url.as_ref().map(|url| url.expose());
        let mut builder = client_for(own.into_iter().chain(urls.iter().map(String::as_str)));
        if let Some(path) = &settings.ca_file {
            builder = builder.tls_certs_only(authorities(name, path)?);
        }
        let secrets = settings.url.iter().chain(&settings.key).cloned().collect();
        Self::with(name, settings.timeout, builder, secrets)
    }

    /// `builder` is of [`client_for`].
    pub fn with(name: &str, timeout: Duration, builder: ClientBuilder, secrets: Vec<Secret>) -> Result<Self, NotifyError> {
        let client = builder
            .timeout(timeout)
            // A connection that was idle for hours is the one that fails with the page.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("shasta/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| NotifyError::Client { channel: name.to_owned(), reason: cause(error) })?;
        Ok(Self { channel: name.to_owned(), client, timeout, secrets })
    }

    pub fn channel(&self) -> &str {
        &self.channel
    }

    pub async fn get(&self, url: &str) -> Result<(), SendError> {
        let answer = self.client.get(url).send().await.map_err(|error| self.failed(error))?;
        self.judge(answer).await
    }

    pub async fn post(&self, url: &str, body: Vec<u8>, headers: &[(&'static str, String)]) -> Result<(), SendError> {
        let mut all = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        // A value that is no header is ours alone: the request is right without it.
        let valid = headers.iter().filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?)));
        all.extend(valid);
        let answer = self.client.post(url).headers(all).body(body).send().await.map_err(|error| self.failed(error))?;
        self.judge(answer).await
    }

    async fn judge(&self, answer: Response) -> Result<(), SendError> {
        let (channel, status) = (self.channel.clone(), answer.status().as_u16());
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
        match Class::of(status) {
            Class::Taken => Ok(()),
            Class::NotNow => Err(SendError::NotTaken { channel, status, answer: self.beginning(answer).await, retry_after: wait }),
            Class::Wrong => Err(SendError::Refused { channel, status, answer: self.beginning(answer).await }),
        }
    }

    /// What the receiver says, shortened, on one line.
    async fn beginning(&self, mut answer: Response) -> String {
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= ANSWER_BYTES {
                break;
            }
        }
        bytes.truncate(ANSWER_BYTES);
        let text = String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ");
        self.secrets.iter().fold(text, |text, secret| text.replace(secret.expose(), "[redacted]"))
    }

    fn failed(&self, error: reqwest::Error) -> SendError {
        let channel = self.channel.clone();
        if error.is_connect() {
            SendError::Unreachable { channel, reason: cause(error) }
        } else if error.is_timeout() {
            SendError::TimedOut { channel, after: self.timeout }
        } else {
            SendError::Lost { channel, reason: cause(error) }
        }
    }
}

fn authorities(name: &str, path: &Path) -> Result<Vec<Certificate>, NotifyError> {
    let unusable = |reason: String| NotifyError::Authorities { channel: name.to_owned(), path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let all = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(cause(error)))?;
    if all.is_empty() { Err(unusable("no certificate in it".to_owned())) } else { Ok(all) }
}
