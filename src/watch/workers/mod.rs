//! What a group's own workers tell of themselves: which offsets they covered, which version they run, and what limits them. A worker that
//! does not answer is no trouble of the group: what it would have told is not known.

mod answer;
mod bottleneck;
mod counters;
mod coverage;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Client;

use super::board::Beside;
use crate::core::lag::Sample;
use crate::telemetry::SharedSampler;
use crate::telemetry::facts::WorkerNotAsked;
pub use answer::AskError;
use answer::{Answer, ask};
use bottleneck::Usage;
use coverage::Coverage;

/// A worker that hangs costs a look no more.
pub const LIMIT: Duration = Duration::from_secs(2);

/// The workers of one group.
#[derive(Debug)]
pub struct Workers {
    urls: Vec<String>,
    client: Client,
    sampler: SharedSampler,
    usage: Mutex<Usage>,
    /// By topic.
    coverage: Mutex<BTreeMap<String, Coverage>>,
}

/// What all workers that answered told at one look.
#[derive(Debug, Default)]
pub struct Told {
    /// By the URL of the worker.
    answers: BTreeMap<String, Answer>,
    pub beside: Beside,
}

impl Workers {
    pub fn new(urls: &[String]) -> Result<Self, AskError> {
        let client = answer::client(urls)?;
        let urls = urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Ok(Self { urls, client, sampler: SharedSampler::default(), usage: Mutex::default(), coverage: Mutex::default() })
    }

    /// Asks all of them at once.
    pub async fn ask(&self) -> Told {
        let asked = join_all(self.urls.iter().map(|url| ask(&self.client, url))).await;
        let mut told = Told::default();
        for (url, answer) in self.urls.iter().zip(asked) {
            match answer {
                Ok(answer) => drop(told.answers.insert(url.clone(), answer)),
                Err(error) => WorkerNotAsked { url, error: &error }.emit(&self.sampler, Instant::now()),
            }
        }
        for answer in told.answers.values() {
            *told.beside.versions.entry(answer.state.version.clone()).or_default() += 1;
        }
        let counters = told.answers.iter().map(|(url, answer)| (url.clone(), answer.counters)).collect();
        told.beside.bottleneck = super::lock(&self.usage).since_last(counters);
        told
    }

    /// Puts what was covered into the sample of a topic.
    pub fn cover(&self, told: &Told, topic: &str, sample: &mut Sample) {
        if self.urls.is_empty() {
            return;
        }
        let leases = told.answers.iter().filter(|(_, answer)| answer.state.topic == topic);
        let leases = leases.flat_map(|(url, answer)| answer.state.partitions.iter().filter_map(move |partition| partition.lease(url)));
        super::lock(&self.coverage).entry(topic.to_owned()).or_default().note(&leases.collect::<Vec<_>>(), sample);
    }
}
