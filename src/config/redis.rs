//! `[redis]`: the store. Whether it is a single server or a cluster is found out by asking it.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;
use super::duration::DurationText;

/// The Redis side of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Redis {
    /// `host:port` of one or more nodes to ask first; of a cluster any of them do.
    pub nodes: Vec<String>,
    /// The prefix of every key; holds no brace. Several deployments may share a Redis under different prefixes.
    pub prefix: String,
    /// The number of slices, fixed at first start. Where it is not set: what is in Redis, else the smallest multiple of
    /// the topic's partition count that is at least 1024.
    pub slices: Option<u32>,
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// A file that holds the password (its last line end is left out); relative to `$CREDENTIALS_DIRECTORY` where that is set.
    pub password_file: Option<PathBuf>,
    pub tls: RedisTls,
    /// How long connecting to one node may take, TLS and log-in included. A node that stands still holds up its batches for so long, after
    /// `call_timeout`.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub connect_timeout: Duration,
    /// How long one pipeline may stay unanswered. After that its outcome is unknown and the same calls are sent again.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "DurationText")]
    pub call_timeout: Duration,
    /// Connections per node. One is enough below about 100 commands in flight.
    pub connections_per_node: u32,
}

/// `[redis.tls]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedisTls {
    pub enabled: bool,
    /// PEM file of the authorities that may have signed the server's certificate; the system's where it is not set.
    pub ca_file: Option<PathBuf>,
    /// PEM files of a client certificate and its key, for mutual TLS.
    pub certificate_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            nodes: vec!["127.0.0.1:6379".to_owned()],
            prefix: "shasta:".to_owned(),
            slices: None,
            username: None,
            password: None,
            password_file: None,
            tls: RedisTls::default(),
            connect_timeout: Duration::from_secs(2),
            call_timeout: Duration::from_secs(2),
            connections_per_node: 1,
        }
    }
}
