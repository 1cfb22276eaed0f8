//! A real Apache Kafka: one broker in KRaft mode, shared by all tests or of a test's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::kafka_wire;
use super::ports::free_port;
use super::process::{Process, Program};
use super::scratch::Scratch;
use super::tls::Certificate;
use super::wait;

const START_LIMIT: Duration = Duration::from_secs(60);
const ASK_LIMIT: Duration = Duration::from_secs(20);
const READ_LIMIT: Duration = Duration::from_secs(60);
const CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qk";

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
    controller_port: u16,
    secure_port: Option<u16>,
    options: KafkaOptions,
    dir: Scratch,
    process: Option<Process>,
    producer: OnceLock<FutureProducer>,
}

/// What a test sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// `None`: by murmur2 of the key, as the Java clients do.
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub timestamp_ms: Option<i64>,
}

/// Where the broker put a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub partition: i32,
    pub offset: i64,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaRecord {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub offset: i64,
    pub metadata: String,
}

impl KafkaBroker {
    /// The broker that all tests of this process share: own topics and groups keep them apart. It ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<KafkaBroker> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(KafkaOptions::default()))
    }

    pub fn start(options: KafkaOptions) -> Self {
        let secure = options.tls.is_some() || !options.scram_users.is_empty();
        let mut broker = Self {
            port: free_port(),
            controller_port: free_port(),
            secure_port: secure.then(free_port),
            options,
            dir: Scratch::new("kafka"),
            process: None,
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

    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the broker is down")
    }

    pub fn kill9(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.terminate(START_LIMIT);
        }
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

    pub fn freeze(&self) {
        self.process.as_ref().expect("the broker is down").signal(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.process.as_ref().expect("the broker is down").signal(Signal::SIGCONT);
    }

    /// A client's configuration for the plain listener.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        // A broker that was restarted is found again at once.
        config.set("reconnect.backoff.ms", "20").set("reconnect.backoff.max.ms", "200");
        config
    }

    // ---- topics

    /// Makes a topic and waits until each partition has a leader.
    pub fn create_topic(&self, name: &str, partitions: i32, configs: &[(&str, &str)]) {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for (key, value) in configs {
            topic = topic.set(key, value);
        }
        let results = block_on(self.admin().create_topics([&topic], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("topic {error:?}"))));
        self.wait_leaders(name, partitions);
    }

    pub fn add_partitions(&self, topic: &str, partitions: i32) {
        let count = usize::try_from(partitions).unwrap();
        let results = block_on(self.admin().create_partitions([&NewPartitions::new(topic, count)], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("partitions {error:?}"))));
        self.wait_leaders(topic, partitions);
    }

    pub fn delete_topic(&self, name: &str) {
        let results = block_on(self.admin().delete_topics(&[name], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("topic {error:?}"))));
        wait::until(format!("topic {name} to be gone"), ASK_LIMIT, || self.topic_id(name).is_none().then_some(()));
    }

    /// Replaces the topic's configuration by these entries.
    pub fn configure_topic(&self, name: &str, configs: &[(&str, &str)]) {
        let change = configs.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(name)), |change, (key, value)| change.set(key, value));
        let results = block_on(self.admin().alter_configs([&change], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("configuration {error:?}"))));
    }

    /// The id that tells a topic from one of the same name made later; `None` where there is no such topic.
    pub fn topic_id(&self, name: &str) -> Option<String> {
        kafka_wire::topic_id(self.port, name).unwrap_or_else(|error| panic!("id of {name}: {error}"))
    }

    pub fn partition_count(&self, topic: &str) -> i32 {
        partition_count(&self.consumer("metadata"), topic)
    }

    /// Deletes the records below `before` from the start of a partition's log, as retention does.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let list = one_partition(topic, partition, Offset::Offset(before));
        let result = block_on(self.admin().delete_records(&list, &admin_options())).unwrap();
        result.elements().iter().for_each(|element| element.error().unwrap());
    }

    // ---- records

    /// Sends all, in order, and returns where each went once the broker has acknowledged all (acks=all).
    pub fn produce(&self, topic: &str, records: &[NewRecord]) -> Vec<Place> {
        let results = self.try_produce(topic, records);
        results.into_iter().map(|result| result.unwrap_or_else(|error| panic!("record to {topic}: {error}"))).collect()
    }

    /// The same, each with its own outcome.
    pub fn try_produce(&self, topic: &str, records: &[NewRecord]) -> Vec<Result<Place, KafkaError>> {
        let producer = self.producer.get_or_init(|| {
            let mut config = self.client();
            config.set("acks", "all").set("enable.idempotence", "true").set("partitioner", "murmur2_random");
            config.set("linger.ms", "2").set("message.timeout.ms", "30000").set("message.max.bytes", "20000000");
            config.create().unwrap()
        });
        send_all(producer, topic, records)
    }

    /// Sends all in one transaction and commits or aborts it. Either way a marker takes an offset in each partition.
    pub fn produce_in_transaction(&self, topic: &str, records: &[NewRecord], commit: bool) -> Vec<Place> {
        let mut config = self.client();
        config.set("transactional.id", unique("transaction")).set("partitioner", "murmur2_random");
        let producer: FutureProducer = config.create().unwrap();
        producer.init_transactions(ASK_LIMIT).unwrap();
        producer.begin_transaction().unwrap();
        let places = send_all(&producer, topic, records).into_iter().map(Result::unwrap).collect();
        if commit {
            producer.commit_transaction(ASK_LIMIT).unwrap()
        } else {
            producer.abort_transaction(ASK_LIMIT).unwrap()
        }
        places
    }

    /// All records of a topic that are there now, partition by partition in order; those of aborted transactions left out.
    pub fn read_topic(&self, topic: &str) -> Vec<KafkaRecord> {
        let mut config = self.client();
        config.set("group.id", unique("reader")).set("enable.auto.commit", "false").set("enable.partition.eof", "true");
        config.set("isolation.level", "read_committed").set("auto.offset.reset", "error").set("fetch.wait.max.ms", "20");
        config.set("fetch.message.max.bytes", "20000000");
        let consumer: BaseConsumer = config.create().unwrap();
        // Numbers, not `Beginning`: that would be asked for on a connection not yet made, and again after a second.
        let mut list = TopicPartitionList::new();
        for (partition, (first, end)) in log_bounds(&consumer, topic) {
            if first < end {
                list.add_partition_offset(topic, partition, Offset::Offset(first)).unwrap();
            }
        }
        consumer.assign(&list).unwrap();
        let mut records = Vec::new();
        let mut open = list.count();
        let started = Instant::now();
        while open > 0 {
            assert!(
                started.elapsed() < READ_LIMIT,
                "{topic} was not read within {READ_LIMIT:?}: {} records, {open} partitions open",
                records.len()
            );
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => records.push(record_of(&message)),
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(error)) => panic!("reading {topic}: {error}"),
            }
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        records
    }

    /// (first, end) of each partition's log.
    pub fn log_bounds(&self, topic: &str) -> BTreeMap<i32, (i64, i64)> {
        log_bounds(&self.consumer("bounds"), topic)
    }

    pub fn end_offsets(&self, topic: &str) -> BTreeMap<i32, i64> {
        self.log_bounds(topic).into_iter().map(|(partition, (_, end))| (partition, end)).collect()
    }

    // ---- groups

    /// What a group has committed, metadata included; `None` where it has not.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        self.committed_of(group, &one_partition(topic, partition, Offset::Invalid)).remove(&partition)
    }

    pub fn committed_all(&self, group: &str, topic: &str) -> BTreeMap<i32, Committed> {
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, self.partition_count(topic) - 1);
        self.committed_of(group, &list)
    }

    fn committed_of(&self, group: &str, list: &TopicPartitionList) -> BTreeMap<i32, Committed> {
        let committed = self.consumer(group).committed_offsets(list.clone(), ASK_LIMIT).unwrap();
        let mut offsets = BTreeMap::new();
        for element in committed.elements() {
            element.error().unwrap_or_else(|error| panic!("offset of {group}: {error}"));
            if let Offset::Offset(offset) = element.offset() {
                offsets.insert(element.partition(), Committed { offset, metadata: element.metadata().to_owned() });
            }
        }
        offsets
    }

    /// Commits for a group that has no members.
    pub fn commit_as(&self, group: &str, topic: &str, partition: i32, offset: i64, metadata: &str) {
        let list = one_partition(topic, partition, Offset::Offset(offset));
        list.find_partition(topic, partition).unwrap().set_metadata(metadata);
        self.consumer(group).commit(&list, CommitMode::Sync).unwrap_or_else(|error| panic!("commit as {group}: {error}"));
    }

    /// The same with metadata that need not be text.
    pub fn commit_bytes_as(&self, group: &str, topic: &str, partition: i32, offset: i64, metadata: &[u8]) {
        kafka_wire::commit_offset(self.port, group, topic, partition, offset, metadata).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Takes away what a group without members has committed for a topic.
    pub fn delete_group_offsets(&self, group: &str, topic: &str) {
        let partitions: Vec<i32> = (0..self.partition_count(topic)).collect();
        kafka_wire::delete_offsets(self.port, group, topic, &partitions).unwrap_or_else(|error| panic!("{error}"));
    }

    pub fn delete_group(&self, group: &str) {
        let results = block_on(self.admin().delete_groups(&[group], &admin_options())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap_or_else(|error| panic!("group {error:?}"))));
    }

    /// The state of a group as the broker names it (`Stable`, `Empty`, ..) and its number of members; `None` where there is no such group.
    pub fn group_state(&self, group: &str) -> Option<(String, usize)> {
        let groups = self.consumer("groups").fetch_group_list(Some(group), ASK_LIMIT).unwrap();
        let found = groups.groups().iter().find(|found| found.name() == group && found.state() != "Dead")?;
        Some((found.state().to_owned(), found.members().len()))
    }

    /// Waits until a group has committed the end of every partition that holds anything.
    pub fn wait_committed_to_end(&self, group: &str, topic: &str, limit: Duration) {
        wait::until_ok(format!("{group} to commit the end of {topic}"), limit, || {
            let committed = self.committed_all(group, topic);
            let behind: Vec<String> = self
                .log_bounds(topic)
                .into_iter()
                .map(|(partition, (_, end))| (partition, end, committed.get(&partition).map_or(0, |committed| committed.offset)))
                .filter(|(_, end, at)| at < end)
                .map(|(partition, end, at)| format!("partition {partition} at {at} of {end}"))
                .collect();
            if behind.is_empty() { Ok(()) } else { Err(behind.join(", ")) }
        });
    }

    // ---- inside

    fn consumer(&self, group: &str) -> BaseConsumer {
        self.client().set("group.id", group).set("enable.auto.commit", "false").create().unwrap()
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    fn wait_leaders(&self, topic: &str, partitions: i32) {
        let consumer = self.consumer("metadata");
        let count = usize::try_from(partitions).unwrap();
        wait::until(format!("the leaders of {topic}"), ASK_LIMIT, || {
            let metadata = consumer.fetch_metadata(Some(topic), ASK_LIMIT).ok()?;
            let found = metadata.topics()[0].partitions();
            (found.len() == count && found.iter().all(|partition| partition.leader() >= 0)).then_some(())
        });
    }

    fn format(&self) {
        fs::create_dir_all(self.dir.join("data")).unwrap();
        fs::write(self.dir.join("server.properties"), self.properties()).unwrap();
        fs::write(self.dir.join("log4j.properties"), LOG4J).unwrap();
        let mut args = vec!["format", "-t", CLUSTER_ID, "-c", "server.properties"].into_iter().map(str::to_owned).collect::<Vec<_>>();
        for (name, password) in &self.options.scram_users {
            args.extend(["--add-scram".to_owned(), format!("SCRAM-SHA-512=[name={name},password={password}]")]);
        }
        let mut process = Process::spawn(&self.java("format", "256m", "kafka.tools.StorageTool", args));
        let status = process.wait_exit(START_LIMIT);
        assert!(status.success(), "the log directory could not be formatted\n{}", process.log_tail());
    }

    fn launch(&mut self) {
        fs::write(self.dir.join("server.properties"), self.properties()).unwrap();
        let mut process = Process::spawn(&self.java("kafka", "512m", "kafka.Kafka", vec!["server.properties".to_owned()]));
        let port = self.port;
        process.wait_until("an answer to a metadata request", START_LIMIT, || kafka_wire::topic_id(port, "no-such-topic").map(drop));
        self.process = Some(process);
    }

    fn java(&self, name: &str, memory: &str, class: &str, args: Vec<String>) -> Program {
        let mut words = vec![format!("-Xmx{memory}")];
        // Quick to start and easy on a machine that runs everything else too.
        words.extend(["-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"].map(str::to_owned));
        words.push(format!("-Dlog4j.configuration=file:{}", self.dir.join("log4j.properties").display()));
        words.extend(["-cp".to_owned(), format!("{}/*", jars().display()), class.to_owned()]);
        Program::new(name, "java", self.dir.path()).args(words).args(args)
    }

    fn properties(&self) -> String {
        let mut properties: BTreeMap<String, String> = BTreeMap::new();
        let mut set = |name: &str, value: &str| drop(properties.insert(name.to_owned(), value.to_owned()));
        set("process.roles", "broker,controller");
        set("node.id", "1");
        set("controller.quorum.voters", &format!("1@127.0.0.1:{}", self.controller_port));
        set("controller.listener.names", "CONTROLLER");
        set("inter.broker.listener.name", "PLAIN");
        set("log.dirs", &self.dir.join("data").display().to_string());
        for name in ["offsets.topic.replication.factor", "transaction.state.log.replication.factor", "transaction.state.log.min.isr"] {
            set(name, "1");
        }
        set("offsets.topic.num.partitions", "4");
        set("transaction.state.log.num.partitions", "2");
        set("group.initial.rebalance.delay.ms", "0");
        set("group.min.session.timeout.ms", "1000");
        set("auto.create.topics.enable", "false");
        // A broker that was killed may register again only when its old session has expired: 9 s at the default.
        set("broker.session.timeout.ms", "2500");
        set("broker.heartbeat.interval.ms", "500");
        // A topic of many partitions takes 20 MB for each at the defaults.
        set("log.index.size.max.bytes", "1048576");
        set("log.cleaner.dedupe.buffer.size", "16777216");
        set("log.cleaner.threads", "1");
        set("log.cleaner.backoff.ms", "500");
        set("num.network.threads", "2");
        set("num.io.threads", "4");
        let mut listeners = vec![("PLAIN", self.port, "PLAINTEXT"), ("CONTROLLER", self.controller_port, "PLAINTEXT")];
        if let Some(port) = self.secure_port {
            listeners.push(("SECURE", port, self.secure_protocol()));
        }
        let join = |parts: Vec<String>| parts.join(",");
        set("listeners", &join(listeners.iter().map(|(name, port, _)| format!("{name}://127.0.0.1:{port}")).collect()));
        set("listener.security.protocol.map", &join(listeners.iter().map(|(name, _, protocol)| format!("{name}:{protocol}")).collect()));
        if let Some(certificate) = &self.options.tls {
            set("listener.name.secure.ssl.keystore.type", "PEM");
            set("listener.name.secure.ssl.keystore.location", &certificate.bundle_file.display().to_string());
            set("listener.name.secure.ssl.truststore.type", "PEM");
            set("listener.name.secure.ssl.truststore.location", &certificate.ca_file.display().to_string());
            set("listener.name.secure.ssl.client.auth", if self.options.tls_clients { "required" } else { "none" });
        }
        if !self.options.scram_users.is_empty() {
            set("sasl.enabled.mechanisms", "SCRAM-SHA-512");
            let module = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
            set("listener.name.secure.scram-sha-512.sasl.jaas.config", module);
        }
        for (name, value) in &self.options.properties {
            set(name, value);
        }
        properties.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    }

    fn secure_protocol(&self) -> &'static str {
        match (self.options.tls.is_some(), self.options.scram_users.is_empty()) {
            (true, true) => "SSL",
            (true, false) => "SASL_SSL",
            (false, _) => "SASL_PLAINTEXT",
        }
    }
}

const LOG4J: &str = "log4j.rootLogger=WARN, stdout
log4j.logger.kafka.server.KafkaRaftServer=INFO
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %m (%c)%n
";

/// A name that no other test has.
pub fn unique(label: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{label}-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Runs a future of librdkafka's; it is woken by a thread of librdkafka's own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn jars() -> PathBuf {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/kafka");
    assert!(cache.join("complete").exists(), "the jars of Apache Kafka are not in .cache/kafka: run tests/setup.sh");
    cache.join("libs")
}

fn admin_options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ASK_LIMIT)).operation_timeout(Some(ASK_LIMIT))
}

fn one_partition(topic: &str, partition: i32, offset: Offset) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, offset).unwrap();
    list
}

fn partition_count(consumer: &BaseConsumer, topic: &str) -> i32 {
    let metadata = consumer.fetch_metadata(Some(topic), ASK_LIMIT).unwrap();
    i32::try_from(metadata.topics()[0].partitions().len()).unwrap()
}

fn log_bounds(consumer: &BaseConsumer, topic: &str) -> BTreeMap<i32, (i64, i64)> {
    let bounds = |partition| consumer.fetch_watermarks(topic, partition, ASK_LIMIT).unwrap();
    (0..partition_count(consumer, topic)).map(|partition| (partition, bounds(partition))).collect()
}

fn send_all(producer: &FutureProducer, topic: &str, records: &[NewRecord]) -> Vec<Result<Place, KafkaError>> {
    // Records of a topic that the producer does not know yet would wait a second for it.
    producer.client().fetch_metadata(Some(topic), ASK_LIMIT).unwrap_or_else(|error| panic!("metadata of {topic}: {error}"));
    let sent: Vec<_> = records.iter().map(|record| send(producer, topic, record)).collect();
    block_on(async {
        let mut outcomes = Vec::with_capacity(sent.len());
        for delivery in sent {
            outcomes.push(match delivery {
                Ok(delivery) => match delivery.await.expect("the producer is gone") {
                    Ok(placed) => Ok(Place { partition: placed.partition, offset: placed.offset }),
                    Err((error, _)) => Err(error),
                },
                Err(error) => Err(error),
            });
        }
        outcomes
    })
}

fn send(producer: &FutureProducer, topic: &str, record: &NewRecord) -> Result<DeliveryFuture, KafkaError> {
    let headers =
        record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: value.as_ref() }));
    let mut message = FutureRecord::<[u8], [u8]>::to(topic).headers(headers);
    message.partition = record.partition;
    message.key = record.key.as_deref();
    message.payload = record.value.as_deref();
    message.timestamp = record.timestamp_ms;
    loop {
        match producer.send_result(message) {
            Ok(delivery) => return Ok(delivery),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                std::thread::sleep(Duration::from_millis(5));
                message = again;
            }
            Err((error, _)) => return Err(error),
        }
    }
}

fn record_of(message: &impl Message) -> KafkaRecord {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    KafkaRecord {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect(),
    }
}
