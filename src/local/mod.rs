//! Processes of this machine that a run starts for itself and that end with it: a Redis, a Kafka, workers.
//!
//! - [`Launcher`]: starts each [`Child`], with its log in one directory.
//! - [`PrivateRedis`]: a `redis-server` of the run's own; [`KafkaProcess`]: a real Apache Kafka, from [`KafkaJars`].
//! - [`Watcher`]: a real one, of the run's group.
//! - [`Workers`]: real ones; [`WorkerView`]: what one says of itself, its [`Sample`] what it counted.

mod children;
mod error;
mod free_ports;
mod http_get;
mod kafka_jars;
mod kafka_process;
mod private_redis;
mod sample;
mod server_properties;
mod watcher;
mod worker_view;
mod workers;

pub use children::{Child, Launcher};
pub use error::LocalError;
pub use kafka_jars::KafkaJars;
pub use kafka_process::KafkaProcess;
pub use private_redis::PrivateRedis;
pub use sample::Sample;
pub use watcher::Watcher;
pub use worker_view::{PartitionView, WorkerView};
pub use workers::{Worker, WorkerSettings, Workers};
