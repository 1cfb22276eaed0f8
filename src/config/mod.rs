//! Typed configuration: one section per concern, every key with a default, a unit and a meaning.
//!
//! `load` puts the layers together (defaults, file, `conf.d`, environment, flags) and names everything that is wrong with them.

pub mod alerts;
#[cfg(feature = "daemon")]
mod catalog;
mod check;
#[cfg(feature = "daemon")]
mod credentials;
mod duration;
#[cfg(feature = "daemon")]
mod error;
pub mod fold;
pub mod kafka;
pub mod lag;
#[cfg(feature = "daemon")]
mod load;
pub mod observe;
#[cfg(feature = "daemon")]
mod origin;
pub mod publish;
pub mod redis;
mod redis_url;
#[cfg(feature = "daemon")]
mod render;
pub mod secret;
mod size;
#[cfg(feature = "daemon")]
mod source;
#[cfg(feature = "daemon")]
mod suggestion;
pub mod watch;
pub mod worker;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use alerts::{AlertChannel, AlertSeverity, Alerts, ChannelKind, DeadMan};
pub use check::{Finding, Findings};
#[cfg(feature = "daemon")]
pub use error::{ConfigErrors, Problem};
pub use fold::{Codec, DeltaMode, Fold, Limits, Ttl};
pub use kafka::{DeadLetter, Kafka, KafkaSecurity, Mechanism, Protocol, StartAt};
pub use lag::Lag;
#[cfg(feature = "daemon")]
pub use load::{LoadRequest, load, load_with_origins};
pub use observe::{Http, Log, LogFormat, Otlp};
#[cfg(feature = "daemon")]
pub use origin::{Origin, Origins};
pub use publish::{KeyForm, Publish};
pub use redis::{Redis, RedisTls};
pub use redis_url::InvalidRedisUrl;
#[cfg(feature = "daemon")]
pub use render::render;
pub use secret::Secret;
pub use watch::{DEFAULT_CLUSTER, Watch, WatchCluster, WatchGroup, WatchedGroup};
pub use worker::{Batch, Memory, Worker};

/// `config/shasta.toml`: every key with its default, unit and meaning.
#[cfg(feature = "daemon")]
pub const DEFAULTS: &str = include_str!("../../config/shasta.toml");

/// Everything that a Shasta process can be told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub kafka: Kafka,
    pub redis: Redis,
    pub fold: Fold,
    pub worker: Worker,
    pub publish: Publish,
    pub http: Http,
    pub log: Log,
    pub otlp: Otlp,
    pub lag: Lag,
    pub alerts: Alerts,
    pub watch: Watch,
}

#[cfg(test)]
mod tests;
