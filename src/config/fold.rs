//! `[fold]`: how records become state.

use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::TtlText;
use super::size::{self, SizeText};

/// What is written for a record, and how long it stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fold {
    pub delta: DeltaMode,
    /// About how many entries a stream keeps.
    pub stream_length: u32,
    /// How long a channel's keys stay after its last write, or `off`. They go together, and not before this long.
    pub ttl: Ttl,
    /// Whether readers are told which channels a script call wrote to.
    pub notices: bool,
    pub limits: Limits,
}

/// What a stream entry carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeltaMode {
    /// The whole TagData.
    Full,
    /// Only the members of the JSON data that changed, where that is smaller.
    #[default]
    Changed,
}

/// The encoding of a record's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    #[default]
    Proto,
    Json,
}

/// Records beyond these go to the dead letters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of UTF-8 in each of app_id, tag, scope and name.
    pub field_bytes: u32,
    /// Bytes of key and value together.
    #[serde(with = "size")]
    #[schemars(with = "SizeText")]
    pub record_bytes: ByteSize,
}

/// A time to live: a duration such as `24h`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "TtlText")]
pub struct Ttl(pub Option<Duration>);

impl TryFrom<String> for Ttl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        match humantime_serde::re::humantime::parse_duration(&text) {
            Ok(ttl) => Ok(Self(Some(ttl))),
            Err(_) => Err(format!("{text:?} is neither a duration such as \"24h\" nor \"off\"")),
        }
    }
}

impl From<Ttl> for String {
    fn from(ttl: Ttl) -> Self {
        ttl.0.map_or_else(|| "off".to_owned(), |ttl| humantime_serde::re::humantime::format_duration(ttl).to_string())
    }
}

impl Default for Fold {
    fn default() -> Self {
        Self {
            delta: DeltaMode::default(),
            stream_length: 1000,
            ttl: Ttl(Some(Duration::from_secs(24 * 60 * 60))),
            notices: true,
            limits: Limits::default(),
        }
    }
}

impl From<&Limits> for crate::core::decode::Limits {
    fn from(limits: &Limits) -> Self {
        let record_bytes = usize::try_from(limits.record_bytes.as_u64()).unwrap_or(usize::MAX);
        Self { field_bytes: limits.field_bytes as usize, record_bytes }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { field_bytes: 256, record_bytes: ByteSize::mib(1) }
    }
}
