//! What has to be right before a worker joins its group: refused with the reason and the remedy.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use crate::config::Config;
use crate::core::checkpoint::Checkpoint;
use crate::core::slice::SliceCount;
use crate::kafka::{Cluster, ConnectError, TopicDescription, TopicError};
use crate::store::layout::{Layout, LayoutError};
use crate::store::server::Unfit;
use crate::store::{NoNotices, Publish, Store, StoreError};

use super::backoff::Backoff;
use super::run::Shutdown;
use super::state::WorkerState;

/// Why a worker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(
        "redis.slices is set to {configured}, but what the group has committed is of {found} slices, and redis has no layout: leave redis.slices out, or fold the log again with `shasta layout rebuild`"
    )]
    OtherSlices { configured: u32, found: u32 },
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Telemetry(#[from] crate::telemetry::TelemetryError),
    #[error("{0}")]
    Fatal(String),
}

impl StartError {
    /// Whether a dependency does not answer or lets nobody in: the worker waits, not ready, until that is mended. Everything else
    /// is refused.
    pub fn is_worth_waiting(&self) -> bool {
        match self {
            Self::Store(error) | Self::Unfit(Unfit::Store(error)) | Self::Layout(LayoutError::Store(error)) => error.is_retryable(),
            Self::Topic(TopicError::NotAuthorized { .. }) | Self::Unfit(Unfit::Forbidden { .. }) => true,
            Self::Layout(LayoutError::Rebuilding { .. }) => true,
            Self::Topic(error) => error.is_retryable(),
            _ => false,
        }
    }
}

/// What was agreed upon.
#[derive(Debug)]
pub struct Agreed {
    pub store: Store,
    pub layout: Layout,
    /// Whether the layout had a group for the topic before.
    pub knew_topic: bool,
    pub partitions: u32,
    /// How readers are told what was written; `None`: not at all.
    pub notices: Option<Publish>,
}

/// Checks Redis and the topic, and agrees upon the layout; waits for what does not answer. `None`: stopped before that.
///
/// # Errors
/// What waiting does not mend.
pub async fn check_patiently(
    config: &Config,
    cluster: &Cluster,
    state: &WorkerState,
    shutdown: &mut watch::Receiver<Shutdown>,
) -> Result<Option<Agreed>, StartError> {
    let mut backoff = Backoff::default();
    let mut last_said = String::new();
    let mut warned = BTreeSet::new();
    loop {
        let checked = tokio::select! {
            checked = check(config, cluster, &mut warned) => checked,
            _ = shutdown.wait_for(|shutdown| *shutdown != Shutdown::Run) => return Ok(None),
        };
        let error = match checked {
            Ok(agreed) => {
                state.misses(None);
                return Ok(Some(agreed));
            }
            Err(error) if error.is_worth_waiting() => explain(&error, cluster),
            Err(error) => return Err(error),
        };
        // Once for each thing that is wrong: the same line every second helps nobody.
        if error != last_said {
            tracing::warn!(error, "can not start yet, trying again");
            last_said.clone_from(&error);
        }
        state.misses(Some(error));
        tokio::select! {
            () = tokio::time::sleep(backoff.next()) => {}
            _ = shutdown.wait_for(|shutdown| *shutdown != Shutdown::Run) => return Ok(None),
        }
    }
}

/// What the broker's connection said goes with what came of it: "timed out" alone names no cause.
fn explain(error: &StartError, cluster: &Cluster) -> String {
    match (error, cluster.status().last_failure()) {
        (StartError::Topic(_), Some(last)) if !error.to_string().contains(last.failure.reason()) => format!("{error}: {}", last.failure),
        _ => error.to_string(),
    }
}

/// `warned`: what this start has warned of already, in an earlier try.
async fn check(config: &Config, cluster: &Cluster, warned: &mut BTreeSet<String>) -> Result<Agreed, StartError> {
    let store = Store::connect(&config.redis).await?;
    for warning in store.check_servers().await? {
        warn_once(warning, warned);
    }
    store.probe().await?;
    let kafka = &config.kafka;
    let topic = cluster.describe(&kafka.topic).await?;
    if let Some(warning) = compaction(cluster, &kafka.topic).await {
        warn_once(warning, warned);
    }
    let explicit = config.redis.slices.and_then(SliceCount::new);
    let before = store.layout().await?;
    let knew_topic = before.as_ref().is_some_and(|layout| layout.groups.contains_key(&kafka.topic));
    let committed = if before.is_none() { committed_slices(cluster, &kafka.topic, &topic).await? } else { None };
    if let (Some(configured), Some(found)) = (explicit, committed)
        && configured != found
    {
        return Err(StartError::OtherSlices { configured: configured.get(), found: found.get() });
    }
    let certain = explicit.or(committed);
    let wanted = certain.unwrap_or_else(|| SliceCount::for_partitions(topic.partitions));
    let layout = store.agree(wanted, certain.is_some(), &kafka.topic, &kafka.group).await?;
    // Last: nothing is left to be waited for, so that what is said here is said once.
    let notices = if config.fold.notices { notices(&store).await? } else { None };
    Ok(Agreed { store, layout, knew_topic, partitions: topic.partitions, notices })
}

/// Readers do without notices, more slowly: no reason not to work.
async fn notices(store: &Store) -> Result<Option<Publish>, StoreError> {
    match store.probe_notices().await {
        Ok(publish) => Ok(Some(publish)),
        Err(NoNotices::Store(error)) => Err(error),
        Err(refused @ NoNotices::Refused { .. }) => {
            tracing::warn!(error = %refused, "readers get no notices");
            Ok(None)
        }
    }
}

/// How many slices the layout had that Redis has lost: the checkpoints tell. The default follows the number of partitions, which may
/// have grown since, and other slices would take the positions that are still there for those of other channels.
async fn committed_slices(cluster: &Cluster, name: &str, topic: &TopicDescription) -> Result<Option<SliceCount>, StartError> {
    let failed = |failure| TopicError::Failed { topic: name.to_owned(), failure };
    let partitions: Vec<i32> = (0..topic.partitions).filter_map(|partition| i32::try_from(partition).ok()).collect();
    let mut commits: BTreeMap<u32, usize> = BTreeMap::new();
    for committed in cluster.committed(name, &partitions).await.map_err(failed)?.into_values() {
        let checkpoint = committed.map_err(failed)?.and_then(|committed| Checkpoint::decode(&committed.metadata).ok());
        if let Some(checkpoint) = checkpoint.filter(|checkpoint| checkpoint.topic_id.matches(&topic.id)) {
            *commits.entry(checkpoint.slices.count().get()).or_default() += 1;
        }
    }
    // Those that are of another number were left behind by a former layout.
    let most = commits.into_iter().max_by_key(|(_, partitions)| *partitions);
    Ok(most.and_then(|(slices, _)| SliceCount::new(slices)))
}

/// What is to be said of a topic that is compacted.
async fn compaction(cluster: &Cluster, topic: &str) -> Option<String> {
    let policy = cluster.settings(topic).await?.cleanup_policy?;
    let words = "cleanup.policy has compact: under channel keys compaction keeps one object of a channel and deletes the others";
    policy.contains("compact").then(|| format!("topic {topic}: {words}"))
}

fn warn_once(warning: String, warned: &mut BTreeSet<String>) {
    if !warned.contains(&warning) {
        tracing::warn!(warning);
        warned.insert(warning);
    }
}
