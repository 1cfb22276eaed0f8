//! Which groups are asked after.

use crate::config::{Config, WatchedGroup};
use crate::core::lag::GroupView;

use super::source::SourceError;

/// Which groups.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Wanted {
    /// The consumer group [default: all that are watched]
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// The cluster, by its name in [watch.clusters]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub topic: Option<String>,
}

impl Wanted {
    pub fn fits(&self, view: &GroupView) -> bool {
        let fits = |wanted: &Option<String>, name: Option<&String>| wanted.is_none() || wanted.as_ref() == name;
        fits(&self.group, Some(&view.group)) && fits(&self.cluster, Some(&view.cluster)) && fits(&self.topic, view.topic.as_ref())
    }

    pub fn is_all(&self) -> bool {
        self.group.is_none() && self.cluster.is_none() && self.topic.is_none()
    }

    /// Those of the configuration that are wanted; one that is not in it is looked at all the same where it is clear in which cluster.
    pub fn groups(&self, config: &Config) -> Result<Vec<WatchedGroup>, SourceError> {
        let is_wanted = |name: &str, of: &Option<String>| of.as_ref().is_none_or(|of| of == name);
        let of_topic = |mut group: WatchedGroup| {
            group.topics = self.topic.clone().map_or(group.topics, |topic| vec![topic]);
            group
        };
        let all = config.watched_groups().into_iter();
        let fits = |group: &WatchedGroup| is_wanted(&group.group, &self.group) && is_wanted(&group.cluster, &self.cluster);
        let known: Vec<WatchedGroup> = all.filter(fits).map(of_topic).collect();
        let mut clusters = config.watched_clusters().into_keys().filter(|name| is_wanted(name, &self.cluster));
        match (&self.group, clusters.next(), clusters.next()) {
            _ if !known.is_empty() => Ok(known),
            (Some(group), Some(cluster), None) => {
                let (group, freshness) = (group.clone(), config.lag.freshness);
                let topics = self.topic.iter().cloned().collect();
                Ok(vec![WatchedGroup { cluster, group, topics, read_committed: true, freshness, workers: Vec::new() }])
            }
            (Some(_), Some(_), Some(_)) => Err(SourceError::WhichCluster),
            _ => Err(SourceError::NoGroup),
        }
    }
}
