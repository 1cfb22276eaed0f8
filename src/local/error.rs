//! Why a process of this machine could not be started, used or ended.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::kafka::ConnectError;

#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("this takes a redis-server of its own, and none is installed: apt-get install redis-server")]
    NoRedis,
    #[error(
        "this takes an Apache Kafka of its own, which needs Java 17 or newer, and none is installed: apt-get install openjdk-17-jre-headless"
    )]
    NoJava,
    /// No place has them, and they can not be fetched.
    #[error(
        "this takes the jars of an Apache Kafka, and they are in none of {places}: pass --kafka-libs DIR or set KAFKA_HOME (the directory of a Kafka \
         from https://kafka.apache.org/downloads), or apt-get install maven, with which they are fetched once"
    )]
    NoKafka { places: String },
    /// The user named a directory.
    #[error("{named}: no jars of Apache Kafka (kafka_2.13-*.jar and kafka-tools-*.jar) in {directory}", directory = directory.display())]
    NotKafka { named: &'static str, directory: PathBuf },
    #[error("the jars of Apache Kafka can not be fetched with mvn: {said}")]
    NotFetched { said: String },
    #[error("{name} ended unexpectedly ({status}). The end of its log:\n{tail}")]
    ChildEnded { name: String, status: String, tail: String },
    #[error("{name} is not ready after {after:?}: {reason}. The end of its log:\n{tail}")]
    NotReady { name: String, after: Duration, reason: String, tail: String },
    #[error("{name} did not end within {after:?} and was killed. The end of its log:\n{tail}")]
    NotEnded { name: String, after: Duration, tail: String },
    #[error("the configuration of a worker can not be written: {0}")]
    Configuration(#[from] toml::ser::Error),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
}

impl LocalError {
    /// For `map_err`: what was tried.
    pub fn io(what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.to_string(), source }
    }

    /// Whether something must be installed first: nothing was started.
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::NoRedis | Self::NoJava | Self::NoKafka { .. } | Self::NotKafka { .. })
    }
}
