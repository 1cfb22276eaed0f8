//! A system under test on this machine alone, started by the run and ended with it.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;

use crate::config::{Config, Redis};
use crate::local::{KafkaJars, KafkaProcess, Launcher, LocalError, PrivateRedis, Watcher, WorkerSettings, Workers};

const TOPIC: &str = "load-tag-data";
const GROUP: &str = "load-workers";
const PREFIX: &str = "load:";
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// What is to be started.
#[derive(Clone, Debug)]
pub struct LocalSettings {
    /// The directory with the jars of a Kafka; `None`: where they usually are, or fetched.
    pub kafka_libs: Option<PathBuf>,
    pub partitions: u32,
    pub workers: usize,
    /// Entries that a stream is trimmed to.
    pub stream_length: u64,
    /// Of each worker.
    pub memory: ByteSize,
}

/// A real Kafka, a Redis and workers of this binary.
#[derive(Debug)]
pub struct LocalServers {
    // The clients go before the servers.
    pub workers: Workers,
    redis: PrivateRedis,
    kafka: KafkaProcess,
    /// How to reach all of it.
    pub config: Config,
    pub kafka_version: String,
    pub redis_version: String,
    settings: LocalSettings,
    launcher: Launcher,
    directory: tempfile::TempDir,
}

impl LocalServers {
    /// Starts everything and waits until the workers share the partitions. To be called on the main thread: the kernel ends the processes with
    /// the thread that started them.
    ///
    /// # Errors
    /// What is not installed, or did not start.
    pub async fn start(settings: LocalSettings, mut say: impl FnMut(&str)) -> Result<Self, LocalError> {
        let redis_version = PrivateRedis::version().await?;
        let jars = match KafkaJars::known(settings.kafka_libs.as_deref())? {
            Some(jars) => jars,
            None => {
                say("fetching Kafka's jars from Maven Central, once");
                KafkaJars::fetch().await?
            }
        };
        let directory = tempfile::Builder::new().prefix("shasta-load-").tempdir().map_err(LocalError::io("a temporary directory"))?;
        let launcher = Launcher::new(directory.path()).await;
        let kafka = KafkaProcess::start(&launcher, &jars).await?;
        let settings_of_kafka = kafka.settings(TOPIC, GROUP);
        for (topic, partitions) in [(TOPIC.to_owned(), settings.partitions), (settings_of_kafka.dead_letter_topic(), 1)] {
            kafka.create_topic(&topic, partitions).await?;
        }
        let redis = PrivateRedis::start(&launcher).await?;
        let address = format!("127.0.0.1:{}", redis.port);
        let executable = std::env::current_exe().map_err(LocalError::io("the running executable"))?;
        let workers = Workers::start(
            launcher.clone(),
            executable,
            &worker_settings(&settings, &settings_of_kafka.brokers, &address),
            settings.workers,
        )?;
        let mut config = Config { kafka: settings_of_kafka, ..Config::default() };
        config.redis = Redis { nodes: vec![address], prefix: PREFIX.to_owned(), ..Redis::default() };
        let kafka_version = jars.version().to_owned();
        let mut servers = Self { workers, redis, kafka, config, kafka_version, redis_version, settings, launcher, directory };
        servers.ready().await?;
        let Config { kafka, redis, .. } = &servers.config;
        say(&format!("kafka {} at {}, redis {} at {}", servers.kafka_version, kafka.brokers, servers.redis_version, redis.nodes.join(",")));
        Ok(servers)
    }

    /// Until every partition is worked on.
    ///
    /// # Errors
    /// Where that takes too long, or something died.
    pub async fn ready(&mut self) -> Result<(), LocalError> {
        let Self { workers, redis, kafka, settings, .. } = self;
        let others = || redis.child.ended().or_else(|| kafka.child.ended()).map_or(Ok(()), Err);
        workers.ready(settings.partitions, others).await
    }

    /// Lets no client write more than so many bytes a second to Kafka.
    ///
    /// # Errors
    /// What Kafka's tool said.
    pub async fn limit_producers(&self, bytes_per_second: u64) -> Result<(), LocalError> {
        self.kafka.limit_producers(bytes_per_second).await
    }

    pub fn partitions(&self) -> u32 {
        self.settings.partitions
    }

    /// Where the workers answer.
    pub fn endpoints(&self) -> Vec<String> {
        self.workers.all().iter().map(|worker| format!("http://{}", worker.address)).collect()
    }

    /// The processes of the system, by name: all but the load generator.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let workers = self.workers.all().iter().map(|worker| (worker.pid(), format!("worker {}", worker.number)));
        workers.collect()
    }

    /// A watcher of the workers' group; it is to be ended before the servers.
    ///
    /// # Errors
    /// Where it does not get ready.
    pub async fn watcher(&self) -> Result<Watcher, LocalError> {
        let executable = std::env::current_exe().map_err(LocalError::io("the running executable"))?;
        Watcher::start(&self.launcher, &executable, &self.config.kafka).await
    }

    /// Ends everything; nothing of it stays.
    ///
    /// # Errors
    /// What did not end well.
    pub async fn end(mut self) -> Result<(), LocalError> {
        let stopped = self.workers.stop().await;
        let kafka = self.kafka.end().await;
        self.redis.child.terminate();
        let redis = self.redis.child.wait(ENDS_WITHIN).await;
        let removed = self.directory.close().map_err(LocalError::io("the temporary directory"));
        stopped.and(kafka).and(redis).and(removed)
    }
}

fn worker_settings(settings: &LocalSettings, brokers: &str, redis: &str) -> WorkerSettings {
    WorkerSettings {
        brokers: brokers.to_owned(),
        topic: TOPIC.to_owned(),
        group: GROUP.to_owned(),
        redis: vec![redis.to_owned()],
        prefix: PREFIX.to_owned(),
        stream_length: settings.stream_length,
        memory: settings.memory,
        properties: Default::default(),
    }
}
