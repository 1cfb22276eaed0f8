//! `shasta layout set-group`

use std::io::{Write, stdout};

use crate::cli::{Failure, topic};
use crate::kafka::{CommitEntry, Committed};

use super::ask::Consent;
use super::deployment::{Deployment, committed, refuse_members, store_failure};

/// Gives a topic to another consumer group
///
/// The old group's committed offsets go along, so that the new group's workers go on where the old ones stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Refused while either group has members. Asks first.

Examples:
  shasta layout set-group --topic tag-data --group shasta-tags-2")]
pub struct Args {
    #[arg(long)]
    topic: String,
    /// The new group
    #[arg(long)]
    group: String,
    #[command(flatten)]
    consent: Consent,
}

pub async fn run(args: &Args, deployment: &Deployment<'_>) -> Result<(), Failure> {
    let Args { topic, group, consent } = args;
    let layout = deployment.layout().await?;
    let old = deployment.group(&layout, topic)?;
    if old == group {
        return Ok(writeln!(stdout(), "group {group} has topic {topic} already")?);
    }
    let (old_cluster, cluster) = (deployment.cluster(old)?, deployment.cluster(group)?);
    let description = topic::describe(&old_cluster, topic).await?;
    refuse_members(&old_cluster, old).await?;
    refuse_members(&cluster, group).await?;
    let prefix = deployment.prefix();
    let plan = format!(
        "under prefix {prefix} topic {topic} goes from group {old} to group {group}; what {group} has committed for it is overwritten"
    );
    consent.ask(&plan, prefix, "the prefix")?;

    refuse_members(&old_cluster, old).await?;
    let entry = |(partition, found): (i32, Option<Committed>)| {
        let Committed { next, metadata, leader_epoch } = found?;
        Some(CommitEntry { partition, next, metadata: String::from_utf8(metadata).unwrap_or_default(), leader_epoch })
    };
    let entries: Vec<CommitEntry> = committed(&old_cluster, topic, description.partitions).await?.into_iter().filter_map(entry).collect();
    // For the old group too: what is there already, which the broker takes only while the group is empty.
    for cluster in [&old_cluster, &cluster] {
        cluster.committer(topic).commit(entries.clone()).await.map_err(|error| Failure::failed(format!("nothing was done: {error}")))?;
    }
    deployment.store.set_group(topic, group).await.map_err(store_failure)?;
    Ok(writeln!(stdout(), "topic {topic} belongs to group {group}; {} committed offsets went along", entries.len())?)
}
