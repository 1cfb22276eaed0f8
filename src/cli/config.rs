//! `shasta config`

use std::io::{Write, stdout};

use crate::config::{self, Config, LoadRequest};

use super::{Failure, Settings};

/// Checks and shows the configuration
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Layers, each over the ones before: built-in defaults, --config FILE, conf.d/*.toml beside FILE in the order of names,
the environment (SHASTA__KAFKA__BROKERS sets kafka.brokers), --set. An empty value in the environment or a flag takes
an optional key back to unset.

Below kafka.properties one underscore stands for a dot: SHASTA__KAFKA__PROPERTIES__SOCKET_KEEPALIVE_ENABLE. A section of a
name of your own has that name, with one underscore for each - and dot: SHASTA__ALERTS__CHANNELS__ON_CALL__KEY.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Says "ok", or everything that is wrong with exit code 78
    Check {
        /// Does not read password files, which other users may not be able to
        #[arg(long)]
        without_secrets: bool,
    },
    /// Prints the effective configuration as TOML, with the place where each value was set that is not the default
    Show,
    /// Prints the JSON schema
    Schema,
    /// Prints every key with its default, unit and meaning
    Defaults,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let output = match args.command {
        Command::Check { without_secrets } => check(LoadRequest { without_secrets, ..settings.request() })?,
        Command::Show => show(LoadRequest { without_secrets: true, ..settings.request() })?,
        Command::Schema => schema()?,
        Command::Defaults => config::DEFAULTS.to_owned(),
    };
    Ok(stdout().write_all(output.as_bytes())?)
}

fn check(request: LoadRequest) -> Result<String, Failure> {
    let config = config::load(&request)?;
    let Config { kafka, redis, .. } = &config;
    let nodes = redis.nodes.join(",");
    let worker =
        format!("ok: topic {} at {}, group {}, into redis at {nodes} under {}\n", kafka.topic, kafka.brokers, kafka.group, redis.prefix);
    Ok(worker + &watched(&config) + &told(&config))
}

fn watched(config: &Config) -> String {
    if config.watch.clusters.is_empty() && config.watch.groups.is_empty() {
        return String::new();
    }
    let clusters = config.watched_clusters();
    let clusters = clusters.iter().map(|(name, kafka)| format!("{name} at {}", kafka.brokers));
    let groups = config.watched_groups().into_iter().map(|group| format!("{} in {}", group.group, group.cluster));
    format!("ok: watches {} ({})\n", groups.collect::<Vec<_>>().join(", "), clusters.collect::<Vec<_>>().join(", "))
}

fn told(config: &Config) -> String {
    let channels = config.alerts.channels.iter();
    let channels = channels.filter_map(|(name, channel)| Some(format!("{name} by {}", channel.kind?.as_str()))).collect::<Vec<_>>();
    if channels.is_empty() { String::new() } else { format!("ok: tells {}\n", channels.join(", ")) }
}

fn show(request: LoadRequest) -> Result<String, Failure> {
    let (config, origins) = config::load_with_origins(&request)?;
    config::render(&config, &origins).map_err(Failure::failed)
}

fn schema() -> Result<String, Failure> {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).map_err(Failure::failed)?;
    Ok(schema + "\n")
}
