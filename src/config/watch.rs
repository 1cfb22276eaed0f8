//! `[watch]`: which groups of which clusters are watched from outside.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::DurationText;
use super::{Config, Kafka, KafkaSecurity, Secret};
pub use crate::core::lag::DEFAULT_CLUSTER;

/// The watcher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// `address:port` of the page, the API and the metrics; port 0 takes a free one and logs it; empty: none.
    pub listen: String,
    /// Also looks at groups that are not named; they never page.
    pub discover: bool,
    /// Whether metrics are kept by partition too.
    pub partition_metrics: bool,
    /// Who knows it may silence, maintain and acknowledge over HTTP; not set: nobody may.
    pub token: Option<Secret>,
    pub token_file: Option<PathBuf>,
    /// The URLs of all watchers, as commands reach them; empty: the one at `listen`.
    pub watchers: Vec<String>,
    /// By a name of one's own.
    pub clusters: BTreeMap<String, WatchCluster>,
    /// By a name of one's own.
    pub groups: BTreeMap<String, WatchGroup>,
}

/// `[watch.clusters.<name>]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WatchCluster {
    /// As `kafka.brokers`. Must be set.
    pub brokers: String,
    /// As `[kafka.security]`.
    pub security: KafkaSecurity,
    /// As `[kafka.properties]`.
    pub properties: BTreeMap<String, String>,
}

/// `[watch.groups.<name>]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WatchGroup {
    /// The name of its cluster; not set: the only one.
    pub cluster: Option<String>,
    /// The consumer group; not set: the section's name.
    pub group: Option<String>,
    /// Empty: all that it has committed offsets for.
    pub topics: Vec<String>,
    /// Whether the group's consumers leave out the records of aborted transactions.
    pub read_committed: bool,
    /// The freshness that is promised for this group; not set: `lag.freshness`.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "Option<DurationText>")]
    pub freshness: Option<Duration>,
    /// The URLs of its workers' HTTP endpoints, where they are Shasta's.
    pub workers: Vec<String>,
}

/// A group to be watched, with all that follows from the sections.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedGroup {
    pub cluster: String,
    pub group: String,
    /// Empty: all that it has committed offsets for.
    pub topics: Vec<String>,
    pub read_committed: bool,
    pub freshness: Duration,
    pub workers: Vec<String>,
}

impl Config {
    /// How each watched cluster is reached, by name; the one of `[kafka]` as [`DEFAULT_CLUSTER`] where none is named.
    pub fn watched_clusters(&self) -> BTreeMap<String, Kafka> {
        if self.watch.clusters.is_empty() {
            return BTreeMap::from([(DEFAULT_CLUSTER.to_owned(), self.kafka.clone())]);
        }
        let reached =
            |WatchCluster { brokers, security, properties }: WatchCluster| Kafka { brokers, security, properties, ..Kafka::default() };
        self.watch.clusters.clone().into_iter().map(|(name, cluster)| (name, reached(cluster))).collect()
    }

    /// Where commands reach all watchers: at `watch.watchers`, else at the one of this machine; empty where it listens nowhere.
    pub fn watcher_urls(&self) -> Vec<String> {
        let own = Some(&self.watch.listen).filter(|listen| self.watch.watchers.is_empty() && !listen.is_empty());
        self.watch.watchers.iter().cloned().chain(own.map(|listen| on_this_machine(listen))).collect()
    }

    /// The groups that are expected to be there. Where none is named: the one of `[kafka]`, in the only cluster.
    pub fn watched_groups(&self) -> Vec<WatchedGroup> {
        if self.watch.groups.is_empty() {
            return self.only_cluster().map(|cluster| self.own_group(cluster)).into_iter().collect();
        }
        self.watch.groups.iter().filter_map(|(name, group)| self.watched_group(name, group)).collect()
    }

    /// `None` where the cluster is not known, which the checks have refused.
    fn watched_group(&self, name: &str, group: &WatchGroup) -> Option<WatchedGroup> {
        Some(WatchedGroup {
            cluster: group.cluster.clone().or_else(|| self.only_cluster())?,
            group: group.group.clone().unwrap_or_else(|| name.to_owned()),
            topics: group.topics.clone(),
            read_committed: group.read_committed,
            freshness: group.freshness.unwrap_or(self.lag.freshness),
            workers: group.workers.clone(),
        })
    }

    fn own_group(&self, cluster: String) -> WatchedGroup {
        WatchedGroup {
            cluster,
            group: self.kafka.group.clone(),
            topics: vec![self.kafka.topic.clone()],
            read_committed: self.kafka.read_committed,
            freshness: self.lag.freshness,
            workers: Vec::new(),
        }
    }

    fn only_cluster(&self) -> Option<String> {
        let mut names = self.watch.clusters.keys();
        match (names.next(), names.next()) {
            (None, _) => Some(DEFAULT_CLUSTER.to_owned()),
            (Some(only), None) => Some(only.clone()),
            _ => None,
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9465".to_owned(),
            discover: false,
            partition_metrics: true,
            token: None,
            token_file: None,
            watchers: Vec::new(),
            clusters: BTreeMap::new(),
            groups: BTreeMap::new(),
        }
    }
}

impl Default for WatchGroup {
    fn default() -> Self {
        Self { cluster: None, group: None, topics: Vec::new(), read_committed: true, freshness: None, workers: Vec::new() }
    }
}

/// Also where it listens everywhere.
fn on_this_machine(listen: &str) -> String {
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        _ => format!("http://{listen}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watcher_that_listens_everywhere_is_asked_on_this_machine() {
        let asked = |listen: &str| {
            let mut config = Config::default();
            config.watch.listen = listen.to_owned();
            config.watcher_urls()
        };
        assert_eq!(asked("0.0.0.0:9465"), ["http://127.0.0.1:9465"]);
        assert_eq!(asked("[::]:9465"), ["http://127.0.0.1:9465"]);
        assert_eq!(asked("10.0.0.7:9465"), ["http://10.0.0.7:9465"]);
        assert_eq!(asked("watcher:9465"), ["http://watcher:9465"]);
        assert!(asked("").is_empty());
    }
}
