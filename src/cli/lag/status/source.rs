//! Where the figures come from: the first watcher that answers, else own samples.

use crate::config::Config;
use crate::core::lag::{Explanation, GroupView};
use crate::kafka::ConnectError;
use crate::watch::document::Document;

use super::client::{ClientError, Past, WatcherClient};
use super::found::Found;
use super::own::OwnLooks;
use super::wanted::Wanted;

/// Groups whose past is asked after: more do not fit on a screen.
const WITH_PAST: usize = 8;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("cluster {0}: {1}")]
    Connect(String, ConnectError),
    #[error("no broker answers either: {}", .0.join("; "))]
    NoBroker(Vec<String>),
    #[error("no group is watched that fits")]
    NoGroup,
    #[error("the group is in no [watch.groups]: --cluster says where to look")]
    WhichCluster,
}

impl SourceError {
    /// Whether the same may go well a moment later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Client(error) => error.is_retryable(),
            Self::NoBroker(_) => true,
            Self::Connect(..) | Self::NoGroup | Self::WhichCluster => false,
        }
    }
}

/// What is asked for figures. Own samples go on once they have begun, so that rules come to know more.
#[derive(Debug)]
pub struct Source {
    wanted: Wanted,
    config: Config,
    watchers: Vec<WatcherClient>,
    own: Option<OwnLooks>,
}

impl Source {
    /// # Errors
    /// What is no URL of a watcher.
    pub fn new(config: &Config, wanted: &Wanted) -> Result<Self, SourceError> {
        let watchers = config.watcher_urls().iter().map(|url| WatcherClient::new(url)).collect::<Result<_, _>>()?;
        Ok(Self { wanted: wanted.clone(), config: config.clone(), watchers, own: None })
    }

    /// How things stand; with the rate that it takes to be done within so many seconds, where that is told.
    pub async fn look(&mut self, needed_within_s: Option<f64>) -> Result<Found, SourceError> {
        let why = match self.ask(needed_within_s).await? {
            Ok(found) => {
                self.own = None;
                return Ok(found);
            }
            Err(why) => why,
        };
        let own = match &mut self.own {
            Some(own) => own,
            none => none.insert(OwnLooks::new(&self.config, &self.wanted)?),
        };
        own.look(&why).await?;
        let (mut document, sampled_s) = own.document(needed_within_s);
        document.groups.retain(|watched| self.wanted.fits(&watched.view));
        Ok(Found { document, by: format!("own samples ({why})"), sampled_s: Some(sampled_s), text: None })
    }

    /// The first watcher that answers and knows of what is wanted; else why there is none. One that speaks otherwise is an error: own
    /// samples would hide that it is another version.
    async fn ask(&mut self, needed_within_s: Option<f64>) -> Result<Result<Found, String>, SourceError> {
        let mut why = Vec::new();
        for number in 0..self.watchers.len() {
            let watcher = &self.watchers[number];
            match watcher.lag(self.wanted.group.as_deref(), needed_within_s).await {
                Ok((document, text)) => {
                    let found = self.found(watcher, document, text);
                    if !found.document.groups.is_empty() || self.wanted.is_all() {
                        // Who answered is asked first the next time.
                        self.watchers.swap(0, number);
                        return Ok(Ok(found));
                    }
                    why.push(format!("{} does not watch it", watcher.url()));
                }
                Err(error) if error.is_retryable() => why.push(error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Err(if why.is_empty() { "no watcher is configured".to_owned() } else { why.join("; ") }))
    }

    fn found(&self, watcher: &WatcherClient, mut document: Document, text: String) -> Found {
        document.groups.retain(|watched| self.wanted.fits(&watched.view));
        let names: Vec<&String> = document.groups.iter().map(|watched| &watched.view.cluster).collect();
        document.clusters.retain(|cluster| names.is_empty() || names.contains(&&cluster.name));
        let by = format!("{} ({}, {})", watcher.url(), document.watcher.host, document.watcher.version);
        Found { document, by, sampled_s: None, text: Some(text) }
    }

    /// Each rule with its numbers, of each group that was found.
    pub async fn explain(&self, found: &Found) -> Result<Vec<Vec<Explanation>>, SourceError> {
        if let Some(own) = &self.own {
            return Ok(found.document.groups.iter().map(|watched| own.explain(&watched.view)).collect());
        }
        let mut explained = Vec::new();
        for watched in &found.document.groups {
            explained.push(self.watchers[0].explain(&named(&watched.view)).await?);
        }
        Ok(explained)
    }

    /// What the watcher remembers of each group; nothing where it does not tell.
    pub async fn past(&self, found: &Found) -> Vec<Vec<Past>> {
        let mut all = Vec::new();
        for watched in found.document.groups.iter().take(WITH_PAST).filter(|_| self.own.is_none()) {
            all.push(self.watchers[0].history(&named(&watched.view)).await.unwrap_or_default());
        }
        all
    }
}

fn named(view: &GroupView) -> Vec<(&'static str, &str)> {
    let topic = view.topic.as_deref().map(|topic| ("topic", topic));
    [("cluster", view.cluster.as_str()), ("group", view.group.as_str())].into_iter().chain(topic).collect()
}
