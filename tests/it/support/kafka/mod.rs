//! A real Apache Kafka: one broker in KRaft mode, shared by all tests or of a test's own.

mod groups;
mod records;
mod server;
mod topics;

use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::FutureProducer;
use rdkafka::{Offset, TopicPartitionList};

pub use groups::Committed;
pub use records::{KafkaRecord, NewRecord};

use super::kafka_wire;
use super::ports::free_port;
use super::running::Running;
use super::scratch::Scratch;
use super::tls::Certificate;

const ASK_LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, Default)]
pub struct KafkaOptions {
    /// A second listener with TLS.
    pub tls: Option<Certificate>,
    /// Clients of that listener need a certificate of the same authority.
    pub tls_clients: bool,
    /// Users (name, password) of a second listener with SASL SCRAM-SHA-512; together with `tls`: SASL over TLS.
    pub scram_users: Vec<(String, String)>,
    /// Further or other lines of `server.properties`.
    pub properties: Vec<(String, String)>,
}

/// The broker. The harness itself always uses the plain listener.
pub struct KafkaBroker {
    port: u16,
    /// 1 is the controller too.
    node: u32,
    controller_port: u16,
    secure_port: Option<u16>,
    options: KafkaOptions,
    dir: Scratch,
    running: Running,
    producer: OnceLock<FutureProducer>,
}

impl KafkaBroker {
    /// The broker that all tests of this process share: own topics and groups keep them apart. It ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<KafkaBroker> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(KafkaOptions::default()))
    }

    pub fn start(options: KafkaOptions) -> Self {
        Self::start_as(1, free_port(), options)
    }

    /// A second broker of the same cluster.
    pub fn start_beside(&self) -> Self {
        Self::start_as(2, self.controller_port, KafkaOptions::default())
    }

    fn start_as(node: u32, controller_port: u16, options: KafkaOptions) -> Self {
        let secure = options.tls.is_some() || !options.scram_users.is_empty();
        let mut broker = Self {
            port: free_port(),
            node,
            controller_port,
            secure_port: secure.then(free_port),
            options,
            dir: Scratch::new("kafka"),
            running: Running::default(),
            producer: OnceLock::new(),
        };
        broker.format();
        broker.launch();
        broker
    }

    /// `host:port` of the plain listener.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `host:port` of the listener with TLS, SASL or both.
    pub fn secure_address(&self) -> String {
        format!("127.0.0.1:{}", self.secure_port.expect("the broker has neither TLS nor SASL"))
    }

    /// Starts it again with its data and ports; kills it first if it runs.
    pub fn restart(&mut self) {
        self.kill9();
        self.launch();
    }

    pub fn restart_with(&mut self, change: impl FnOnce(&mut KafkaOptions)) {
        self.kill9();
        change(&mut self.options);
        self.launch();
    }

    /// A client's configuration for the plain listener.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        // A broker that was restarted is found again at once.
        config.set("reconnect.backoff.ms", "20").set("reconnect.backoff.max.ms", "200");
        config
    }

    fn consumer(&self, group: &str) -> BaseConsumer {
        self.client().set("group.id", group).set("enable.auto.commit", "false").create().unwrap()
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }
}

impl Deref for KafkaBroker {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl DerefMut for KafkaBroker {
    fn deref_mut(&mut self) -> &mut Running {
        &mut self.running
    }
}

/// A name that no other test has.
pub fn unique(label: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{label}-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Runs a future of librdkafka's; it is woken by a thread of librdkafka's own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn one_partition(topic: &str, partition: i32, offset: Offset) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, offset).unwrap();
    list
}
