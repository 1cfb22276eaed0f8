//! The system under test: the one of the configuration, or one of the run's own.

use std::path::PathBuf;

use bytesize::ByteSize;

use super::target;
use crate::cli::{Exit, Failure, Settings};
use crate::config::Config;
use crate::load::local_servers::{LocalServers, LocalSettings};
use crate::load::report;
use crate::load::run::Level;
use crate::local::LocalError;

const STREAM_LENGTH: u64 = 1_000;
const WORKER_MEMORY: ByteSize = ByteSize::mib(256);

/// Where the load goes.
#[derive(Clone, Debug, clap::Args)]
pub struct ServerOptions {
    /// Starts a Kafka, a Redis and workers of its own on this machine, and ends them; needs redis-server and Java 17
    #[arg(long)]
    pub local: bool,
    /// Workers of --local
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub local_workers: u16,
    /// Partitions of the topic of --local
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub partitions: u32,
    /// Kafka's jars for --local [default: $KAFKA_HOME/libs, or fetched once]
    #[arg(long, value_name = "DIR")]
    pub kafka_libs: Option<PathBuf>,
    /// Writes to this topic though its name does not say that it is for tests
    #[arg(long, value_name = "TOPIC")]
    pub test_topic: Option<String>,
    /// Entries that the streams of --local are trimmed to, where a command needs more than usual.
    #[arg(skip)]
    pub stream_length: Option<u64>,
}

/// The system, reachable.
#[derive(Debug)]
pub enum Servers {
    /// Somebody else's: it is not stopped, and nothing of it is removed.
    Given(Box<Config>),
    Local(Box<LocalServers>),
}

impl ServerOptions {
    /// Starts what is to be started; else checks that the topic is one to write to. To be called on the main thread.
    ///
    /// # Errors
    /// What is missing, and where a test may not write.
    pub async fn servers(&self, settings: &Settings, level: Level) -> Result<Servers, Failure> {
        if self.local && level > Level::Sink {
            let local = LocalSettings {
                kafka_libs: self.kafka_libs.clone(),
                partitions: self.partitions,
                workers: usize::from(self.local_workers),
                stream_length: self.stream_length.unwrap_or(STREAM_LENGTH),
                memory: WORKER_MEMORY,
            };
            let started = LocalServers::start(local, |line| eprintln!("{line}")).await;
            return started.map(|servers| Servers::Local(Box::new(servers))).map_err(failure);
        }
        let config = settings.load()?;
        if level > Level::Sink {
            target::check(&config.kafka.topic, self.test_topic.as_deref())?;
        }
        Ok(Servers::Given(Box::new(config)))
    }
}

impl Servers {
    pub fn config(&self) -> &Config {
        match self {
            Self::Given(config) => config,
            Self::Local(local) => &local.config,
        }
    }

    /// The workers' endpoints, where this started them.
    pub fn endpoints(&self) -> Vec<String> {
        match self {
            Self::Given(_) => Vec::new(),
            Self::Local(local) => local.endpoints(),
        }
    }

    /// Processes whose memory and CPU are the system's.
    pub fn processes(&self) -> Vec<(u32, String)> {
        match self {
            Self::Given(_) => Vec::new(),
            Self::Local(local) => local.processes(),
        }
    }

    /// Lets no client write more than so many bytes a second, where Kafka was started by this. False where it is somebody else's.
    ///
    /// # Errors
    /// What Kafka's tool said.
    pub async fn limit_producers(&self, bytes_per_second: u64) -> Result<bool, Failure> {
        let Self::Local(local) = self else { return Ok(false) };
        local.limit_producers(bytes_per_second).await.map_err(failure)?;
        Ok(true)
    }

    /// As a report tells of them.
    pub fn told(&self, level: Level, given_workers: usize) -> report::Servers {
        let topic = (level > Level::Sink).then(|| self.config().kafka.topic.clone());
        match self {
            Self::Given(_) => report::Servers { topic, workers: (given_workers > 0).then_some(given_workers as u64), ..Default::default() },
            Self::Local(local) => report::Servers {
                kafka: Some(local.kafka_version.clone()),
                redis: Some(local.redis_version.clone()),
                brokers: Some(1),
                redis_nodes: Some(1),
                topic,
                partitions: Some(u64::from(local.partitions())),
                workers: Some(local.workers.all().len() as u64),
                worker_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            },
        }
    }

    /// What stays there, for the report.
    pub fn left_behind(&self, level: Level) -> Vec<report::LeftBehind> {
        let Self::Given(config) = self else { return Vec::new() };
        if level == Level::Sink {
            return Vec::new();
        }
        let topic = format!("events of application {} in topic {}", crate::load::APP_ID, config.kafka.topic);
        let mut left = vec![report::LeftBehind { kind: "events".to_owned(), name: topic, remove: None }];
        if level >= Level::Worker {
            let name = format!("channels {}/* under {:?}; they expire as fold.ttl says", crate::load::APP_ID, config.redis.prefix);
            left.push(report::LeftBehind { kind: "redis".to_owned(), name, remove: None });
        }
        left
    }

    /// Ends what was started.
    ///
    /// # Errors
    /// What did not end well.
    pub async fn end(self) -> Result<(), Failure> {
        match self {
            Self::Given(_) => Ok(()),
            Self::Local(local) => local.end().await.map_err(failure),
        }
    }
}

fn failure(error: LocalError) -> Failure {
    Failure::new(if error.is_missing() { Exit::Unavailable } else { Exit::Failed }, error)
}
