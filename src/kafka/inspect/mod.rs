//! A look at any number of groups of a cluster from outside, without ever joining one.
//!
//! One connection that asks (and, from the first [`heads`](Inspector::heads) on, one for each isolation level that reads). Requests are
//! awaited and bounded by the limit that goes with each: a cluster that hangs holds no thread and nobody else up.

mod change;
mod coordinator;
mod ends;
mod group;
mod head;
mod settings;
mod throttle;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

pub use ends::LogEdge;
pub use group::{GroupDescription, Member};
pub use head::{Head, Heads};

use super::client::{self, ConnectError};
use super::cluster::Cluster;
use super::committed::blocking;
use super::context::{Context, Native};
use super::failure::KafkaFailure;
use super::poller::{Commands, Poller};
use super::status::Status;
use crate::config::Kafka;
use coordinator::Coordinators;
use head::HeadReaders;
pub(super) use throttle::Throttle;

/// How often the client library tells how long brokers held their answers back, in milliseconds.
const THROTTLE_INTERVAL_MS: &str = "10000";

/// The library's own limit comes first: it hands over what some of the brokers have answered by then.
const GRACE: Duration = Duration::from_millis(300);

/// A topic's partitions, each with what was asked for or why not.
pub type ByTopic<T> = std::collections::BTreeMap<String, std::collections::BTreeMap<i32, Result<T, KafkaFailure>>>;

/// A connection to a cluster. Shared by all who look at its groups; dropping it closes it.
pub struct Inspector {
    cluster: Cluster,
    throttle: Throttle,
    coordinators: Coordinators,
    readers: HeadReaders,
}

impl Inspector {
    /// Makes the client and waits for nothing: what is wrong with the cluster shows at the first request.
    ///
    /// # Errors
    /// Only what is wrong in the configuration.
    pub fn connect(kafka: &Kafka) -> Result<Self, ConnectError> {
        let throttle = Throttle::default();
        let mut config = client::observer(kafka, &kafka.group)?;
        config.set("statistics.interval.ms", THROTTLE_INTERVAL_MS);
        let context = Context::new("inspector", Status::default(), kafka).with_throttle(throttle.clone());
        let client = Native::create(&config, context)?;
        let poller = Poller::start("kafka-inspector", Arc::clone(&client), None, Commands::channel())?;
        let (cluster, coordinators) = (Cluster::of(client, Arc::new(poller)), Coordinators::default());
        Ok(Self { cluster, throttle, coordinators, readers: HeadReaders::new(kafka) })
    }

    /// The last failure of the connection: why nothing is answered.
    pub fn status(&self) -> Status {
        self.cluster.status()
    }

    /// By how many milliseconds brokers held answers to this connection back on average, in the last 10 s, at the worst of them; `None`
    /// before the first 10 s. Quotas go by user and client id: a group that logs in as somebody else may be throttled and this one not.
    pub fn throttle_ms(&self) -> Option<u64> {
        self.throttle.milliseconds()
    }

    /// Metadata of a topic once more. What the library remembers of it may be 15 minutes old: partitions that were added since, or a
    /// topic that was made again, are unknown to it until then.
    ///
    /// # Errors
    /// That there is no answer in time.
    pub async fn refresh(&self, topic: &str, limit: Duration) -> Result<(), KafkaFailure> {
        let (client, topic) = (Arc::clone(&self.cluster.client), topic.to_owned());
        self.within(
            limit,
            blocking(move || {
                use rdkafka::consumer::Consumer;

                let fetched = client.consumer().fetch_metadata(Some(&topic), limit);
                fetched.map(drop).map_err(|error| KafkaFailure::of_error(&error))
            }),
        )
        .await
    }

    fn client(&self) -> Arc<Native> {
        Arc::clone(&self.cluster.client)
    }

    /// What was answered is a sign that the brokers can be reached. What was not has the words of the connection: "no answer" names no
    /// cause.
    async fn within<T>(&self, limit: Duration, asked: impl Future<Output = Result<T, KafkaFailure>>) -> Result<T, KafkaFailure> {
        let answer = timeout(limit + GRACE, asked).await.unwrap_or_else(|_| Err(KafkaFailure::timed_out(limit)));
        match answer {
            Ok(answer) => {
                self.cluster.client.status.succeeded();
                Ok(answer)
            }
            Err(failure) => Err(failure.because(self.status().last_failure().map(|last| last.failure))),
        }
    }
}

impl fmt::Debug for Inspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector").finish_non_exhaustive()
    }
}
