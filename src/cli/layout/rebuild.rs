//! `shasta layout rebuild`

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr, stdout};

use crate::cli::{Failure, topic};
use crate::core::checkpoint::Checkpoint;
use crate::core::offset::Offset;
use crate::core::slice::{SliceCount, SliceSet};
use crate::kafka::{Cluster, CommitEntry, Committed, LogRange, TopicDescription};

use super::ask::Consent;
use super::deployment::{Deployment, committed, kafka_failure, numbers, refuse_members, store_failure};

/// Empties the prefix, so that the workers fold the whole log again
///
/// Removes every snapshot, stream and position under the prefix, of all its topics, and commits the start of each log. Until the workers
/// have caught up, readers see less than there was; what Kafka no longer has does not come back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Refused while a group of these topics has members. Asks first. While it runs, and after it was broken off, no worker and no reader starts
under the prefix: the same command again brings it to its end.

Resetting the group's offsets in Kafka alone does nothing: what lies below a slice's position is skipped there.

Examples:
  shasta layout rebuild --topic tag-data
  shasta layout rebuild --topic tag-data --topic rooms --yes")]
pub struct Args {
    /// Every topic under the prefix has to be named: all of them are emptied
    #[arg(long = "topic", required = true, value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

/// A topic that is folded again.
struct Source<'a> {
    name: &'a str,
    group: &'a str,
    cluster: Cluster,
    description: TopicDescription,
    logs: BTreeMap<i32, LogRange>,
}

pub async fn run(args: &Args, deployment: &Deployment<'_>) -> Result<(), Failure> {
    let layout = deployment.layout_to_rebuild().await?;
    for topic in &args.topics {
        deployment.group(&layout, topic)?;
    }
    let mut sources = Vec::new();
    for (name, group) in &layout.groups {
        if !args.topics.contains(name) {
            return Err(Failure::usage(format!(
                "nothing was done: topic {name} is under this prefix too and would be emptied: name it as well"
            )));
        }
        sources.push(Source::of(name, group, deployment).await?);
    }
    args.consent.ask(&plan(deployment.prefix(), &sources), deployment.prefix(), "the prefix")?;

    let store = &deployment.store;
    // Whoever passed this check before may still join: hence the members are looked at again before and after.
    let was_broken_off = deployment.store.layout().await.is_err();
    store.set_rebuilding(true).await.map_err(store_failure)?;
    if let Err(failure) = go_to_start(&sources, layout.slices).await {
        if !was_broken_off {
            store.set_rebuilding(false).await.map_err(store_failure)?;
        }
        return Err(failure);
    }
    let is_shown = stderr().is_terminal();
    let progress = |removed| {
        if is_shown {
            let _nobody_looks_on = write!(stderr(), "\r{removed} keys removed");
        }
    };
    let removed = store.empty(layout.slices, progress).await.map_err(store_failure)?;
    for source in &sources {
        source.refuse_members().await.map_err(|failure| Failure::new(failure.exit, format!("not at its end: {}", failure.message)))?;
    }
    store.set_rebuilding(false).await.map_err(store_failure)?;
    if is_shown {
        let _nobody_looks_on = writeln!(stderr());
    }
    Ok(writeln!(stdout(), "{removed} keys removed; workers fold from the start of the log as soon as they run")?)
}

async fn go_to_start(sources: &[Source<'_>], slices: SliceCount) -> Result<(), Failure> {
    for source in sources {
        source.refuse_members().await?;
        source.commit_start(slices).await?;
    }
    Ok(())
}

fn plan(prefix: &str, sources: &[Source<'_>]) -> String {
    let mut plan = format!("every snapshot, stream and position under prefix {prefix} is removed, and folded again from Kafka:");
    for Source { name, group, logs, .. } in sources {
        let records: i64 = logs.values().map(|log| log.end.get() - log.start.get()).sum();
        let cut = logs.values().filter(|log| log.start.get() > 0).count();
        plan += &format!("\n  topic {name}, group {group}: {} partitions, about {records} records", logs.len());
        if cut > 0 {
            plan += &format!("; {cut} logs no longer have their first records: objects last set there do not come back");
        }
    }
    plan
}

impl<'a> Source<'a> {
    async fn of(name: &'a str, group: &'a str, deployment: &Deployment<'_>) -> Result<Self, Failure> {
        let cluster = deployment.cluster(group)?;
        let description = topic::describe(&cluster, name).await?;
        refuse_members(&cluster, group).await?;
        let found = cluster.log_ranges(name, &numbers(description.partitions)).await;
        let found = found.map_err(|failure| kafka_failure(&format!("logs of {name}"), &failure, &cluster))?;
        let mut logs = BTreeMap::new();
        for (partition, range) in found {
            logs.insert(partition, range.map_err(|failure| kafka_failure(&format!("log of {name}/{partition}"), &failure, &cluster))?);
        }
        Ok(Self { name, group, cluster, description, logs })
    }

    async fn refuse_members(&self) -> Result<(), Failure> {
        refuse_members(&self.cluster, self.group).await
    }

    /// With no slice in the bitmap the committed offset counts as it is, whatever `kafka.start` says. It goes before the removal: a worker
    /// that found it there with all positions would only skip.
    async fn commit_start(&self, slices: SliceCount) -> Result<(), Failure> {
        let before = committed(&self.cluster, self.name, self.description.partitions).await?;
        let entry = |(partition, log): (&i32, &LogRange)| {
            let dead_lettered = before.get(partition).and_then(|found| self.dead_lettered(found.as_ref()?));
            let checkpoint = Checkpoint { slices: SliceSet::empty(slices), topic_id: self.description.id.clone(), dead_lettered };
            CommitEntry { partition: *partition, next: log.start, metadata: checkpoint.encode(), leader_epoch: None }
        };
        let entries = self.logs.iter().map(entry).collect();
        let committed = self.cluster.committer(self.name).commit(entries).await;
        committed.map_err(|error| Failure::failed(format!("nothing was removed: {error}; the same command again goes on")))
    }

    /// What is in the dead letters is not sent there again.
    fn dead_lettered(&self, committed: &Committed) -> Option<Offset> {
        let checkpoint = Checkpoint::decode(&committed.metadata).ok()?;
        checkpoint.dead_lettered.filter(|_| checkpoint.topic_id.matches(&self.description.id))
    }
}
