//! Which cluster a command asks.

use crate::cli::{Exit, Failure};
use crate::config::{Config, Kafka};
use crate::kafka::Inspector;

/// The option of every command that asks brokers.
#[derive(Debug, clap::Args)]
pub struct ClusterArgs {
    /// The cluster, by its name in [watch.clusters]; may be left out where there is one only, or none: then it is that of [kafka]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
}

impl ClusterArgs {
    /// Its name, and how it is reached.
    pub fn find(&self, config: &Config) -> Result<(String, Kafka), Failure> {
        let mut clusters = config.watched_clusters();
        let names = clusters.keys().cloned().collect::<Vec<_>>().join(", ");
        match &self.cluster {
            Some(name) => clusters.remove_entry(name).ok_or_else(|| Failure::usage(format!("there is no cluster {name}, only: {names}"))),
            None if clusters.len() > 1 => Err(Failure::usage(format!("there are several clusters: --cluster says which of {names}"))),
            None => clusters.pop_first().ok_or_else(|| Failure::usage("there is no cluster")),
        }
    }

    /// A connection to it.
    pub fn connect(&self, config: &Config) -> Result<(Inspector, Kafka), Failure> {
        let (_, kafka) = self.find(config)?;
        let inspector = Inspector::connect(&kafka).map_err(|error| Failure::new(Exit::Configuration, error))?;
        Ok((inspector, kafka))
    }
}
