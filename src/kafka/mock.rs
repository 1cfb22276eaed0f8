//! A Kafka in this process, for tests and the demo: real groups, commits and fetches over real connections, but no TLS, no topic settings
//! and no offsets by time. A partition keeps 5 MiB or 100,000 batches; what is older goes.

use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, DefaultProducerContext, Producer};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::client::ConnectError;
use super::failure::KafkaFailure;
use super::raw;
use crate::config::Kafka;

/// The cluster. It is gone when this is dropped.
pub struct MockKafka {
    owner: BaseProducer,
}

/// What a broker is made to answer to the next requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MockFault {
    /// The next fetches: the offset is out of range.
    FetchOutOfRange,
    /// The next produce requests: the batch is too large.
    ProduceTooLarge,
    /// The next produce requests: not authorized.
    ProduceNotAuthorized,
    /// The next commits: the group moved on.
    CommitIllegalGeneration,
    /// The next commits: the coordinator is loading.
    CommitCoordinatorLoading,
}

impl MockKafka {
    /// # Errors
    /// Where the cluster can not be started.
    pub fn start(brokers: u32) -> Result<Self, ConnectError> {
        // Three seconds by default, as a real broker: nobody else joins here.
        Self::start_waiting(brokers, Duration::ZERO)
    }

    /// A group's first rebalance waits this long for further members: those that come later cost a rebalance of about the session timeout each.
    ///
    /// # Errors
    /// Where the cluster can not be started.
    pub fn start_waiting(brokers: u32, for_members: Duration) -> Result<Self, ConnectError> {
        let mut config = ClientConfig::new();
        config.set("test.mock.num.brokers", brokers.to_string());
        config.set_log_level(RDKafkaLogLevel::Emerg);
        let owner: BaseProducer = config.create()?;
        raw::set_mock_rebalance_delay(owner.client(), for_members);
        Ok(Self { owner })
    }

    pub fn brokers(&self) -> String {
        self.cluster().map(|cluster| cluster.bootstrap_servers()).unwrap_or_default()
    }

    /// The settings of a client of this cluster. An empty fetch waits its whole `fetch.wait.max.ms` here, and every rebalance but the first
    /// the session timeout less a second, so those are short.
    pub fn settings(&self, topic: &str, group: &str) -> Kafka {
        let mut kafka = Kafka { brokers: self.brokers(), topic: topic.to_owned(), group: group.to_owned(), ..Kafka::default() };
        kafka.session_timeout = Duration::from_secs(3);
        kafka.properties.insert("heartbeat.interval.ms".to_owned(), "300".to_owned());
        kafka.properties.insert("fetch.wait.max.ms".to_owned(), "5".to_owned());
        kafka
    }

    /// # Errors
    /// Where the topic exists.
    pub fn create_topic(&self, topic: &str, partitions: u32) -> Result<(), KafkaFailure> {
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        self.run(|cluster| cluster.create_topic(topic, partitions, 1))
    }

    /// The next `times` requests of this kind fail so.
    ///
    /// # Errors
    /// Where the cluster is gone.
    pub fn fail(&self, fault: MockFault, times: usize) -> Result<(), KafkaFailure> {
        let (request, code) = fault.request_and_code();
        self.run(|cluster| {
            cluster.request_errors(request, &vec![code; times]);
            Ok(())
        })
    }

    /// Cuts all connections and takes no new ones, or takes them again.
    ///
    /// # Errors
    /// Where the cluster is gone.
    pub fn set_down(&self, down: bool) -> Result<(), KafkaFailure> {
        self.run(|cluster| if down { cluster.broker_down(-1) } else { cluster.broker_up(-1) })
    }

    fn cluster(&self) -> Option<MockCluster<'_, DefaultProducerContext>> {
        self.owner.client().mock_cluster()
    }

    fn run<T>(&self, work: impl FnOnce(&MockCluster<'_, DefaultProducerContext>) -> Result<T, KafkaError>) -> Result<T, KafkaFailure> {
        let cluster = self.cluster().ok_or_else(|| KafkaFailure::of(Code::DestroyBroker))?;
        work(&cluster).map_err(|error| KafkaFailure::of_error(&error))
    }
}

impl MockFault {
    fn request_and_code(self) -> (RDKafkaApiKey, RDKafkaRespErr) {
        match self {
            Self::FetchOutOfRange => (RDKafkaApiKey::Fetch, RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE),
            Self::ProduceTooLarge => (RDKafkaApiKey::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE),
            Self::ProduceNotAuthorized => (RDKafkaApiKey::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED),
            Self::CommitIllegalGeneration => (RDKafkaApiKey::OffsetCommit, RDKafkaRespErr::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION),
            Self::CommitCoordinatorLoading => (RDKafkaApiKey::OffsetCommit, RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS),
        }
    }
}

impl fmt::Debug for MockKafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockKafka").field("brokers", &self.brokers()).finish_non_exhaustive()
    }
}
