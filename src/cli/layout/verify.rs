//! `shasta layout verify`

use std::collections::BTreeMap;
use std::io::{Write, stdout};

use serde_json::json;

use crate::cli::{Exit, Failure};
use crate::core::keys::KeyKind;
use crate::core::position::Position;
use crate::core::slice::SliceCount;
use crate::store::{Go, Store};

use super::deployment::{Deployment, store_failure};
use super::survey::{CommittedOffset, PartitionLog, Survey, TopicLog, TopicSurvey};

/// Checks that positions, committed offsets and logs agree
///
/// Workers may run meanwhile. Exit code 0 where nothing is wrong, 1 where something is, 69 where Kafka or Redis cannot be asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Checked: the position of every slice in a commit's bitmap is at the committed offset or above it; no position and no committed offset is
above the end of its log; positions and commits are of the topic's id and of the layout's slices; nothing unknown is in the layout or beside
a position; no slice beyond the layout's has positions (goes through all keys of every node: SCAN).

Examples:
  shasta layout verify
  shasta layout verify --json | jq -r '.violations[]'")]
pub struct Args {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args, deployment: &Deployment<'_>) -> Result<(), Failure> {
    let survey = Survey::of(deployment).await?;
    let mut violations = violations(&survey);
    violations.extend(strange_slices(&deployment.store, survey.layout.slices).await?);
    let unchecked = survey.topics.values().find_map(|topic| topic.log.as_ref()?.as_ref().err()).cloned();
    let output = if args.json {
        let incomplete = unchecked.as_ref().map(|failure| &failure.message);
        let json = json!({"violations": violations, "incomplete": incomplete});
        serde_json::to_string_pretty(&json).map_err(Failure::failed)? + "\n"
    } else {
        violations.iter().map(|violation| format!("{violation}\n")).collect()
    };
    stdout().write_all(output.as_bytes())?;
    match unchecked {
        Some(failure) => Err(Failure::new(failure.exit, format!("not all could be checked: {}", failure.message))),
        None if violations.is_empty() => Ok(()),
        None => Err(Failure::new(Exit::Failed, format!("{} violations", violations.len()))),
    }
}

/// Positions of slices that the layout does not have.
async fn strange_slices(store: &Store, slices: SliceCount) -> Result<Vec<String>, Failure> {
    let mut strange = Vec::new();
    let look = async |_: &_, page: Vec<crate::store::FoundKey>| {
        for found in page {
            let key = String::from_utf8_lossy(&found.key).into_owned();
            match found.kind {
                KeyKind::Positions { slice } if slice >= slices.get() => strange.push(format!("{key}: there are only {slices} slices")),
                KeyKind::Unknown => strange.push(format!("{key}: not a key of this format")),
                _ => {}
            }
        }
        Ok(Go::On)
    };
    store.scan(look).await.map_err(store_failure)?;
    Ok(strange)
}

/// All that is wrong, a line each.
fn violations(survey: &Survey) -> Vec<String> {
    let mut found: Vec<String> = survey.unknown_fields.iter().map(|field| format!("layout: unknown field {field:?}")).collect();
    found.extend(survey.unreadable.iter().cloned());
    for (name, topic) in &survey.topics {
        if topic.group.is_none() {
            found.push(format!("topic {name}: there are positions of it, but the layout does not know it"));
        }
        if let Some(Ok(log)) = &topic.log {
            check_topic(name, topic, log, survey.layout.slices, &mut found);
        }
    }
    found
}

fn check_topic(name: &str, topic: &TopicSurvey, log: &TopicLog, slices: SliceCount, found: &mut Vec<String>) {
    let none = BTreeMap::new();
    for partition in topic.partitions() {
        let place = format!("{name}/{partition}");
        let Some(partition_log) = log.partitions.get(&partition) else {
            found.push(format!("{place}: there are positions of it, but the topic has no such partition"));
            continue;
        };
        let positions = topic.positions.get(&partition).unwrap_or(&none);
        check_positions(&place, positions, log, partition_log, found);
        if let Some(committed) = &partition_log.committed {
            check_commit(&place, positions, log, partition_log, committed, slices, found);
        }
    }
}

fn check_positions(place: &str, positions: &BTreeMap<u32, Position>, log: &TopicLog, partition: &PartitionLog, found: &mut Vec<String>) {
    for (slice, position) in positions {
        let end = partition.range.map(|range| range.end);
        match position.next_in(&log.id) {
            None => {
                found.push(format!("{place}, slice {slice}: the position is of topic id {}, the topic's is {}", position.topic_id, log.id))
            }
            Some(next) if end.is_some_and(|end| next > end) => {
                let end = end.unwrap_or(next);
                found.push(format!("{place}, slice {slice}: the position {next} is above the end of the log, {end}"));
            }
            Some(_) => {}
        }
    }
}

fn check_commit(
    place: &str,
    positions: &BTreeMap<u32, Position>,
    log: &TopicLog,
    partition: &PartitionLog,
    committed: &CommittedOffset,
    slices: SliceCount,
    found: &mut Vec<String>,
) {
    let next = committed.next;
    if let Some(range) = partition.range.filter(|range| next > range.end) {
        found.push(format!("{place}: the committed offset {next} is above the end of the log, {}", range.end));
    }
    let checkpoint = match &committed.checkpoint {
        Ok(checkpoint) => checkpoint,
        Err(invalid) => return found.push(format!("{place}: {invalid}")),
    };
    if checkpoint.slices.count() != slices {
        return found.push(format!("{place}: the commit is of {} slices, the layout has {slices}", checkpoint.slices.count()));
    }
    if !checkpoint.topic_id.matches(&log.id) {
        return found.push(format!("{place}: the commit is of topic id {}, the topic's is {}", checkpoint.topic_id, log.id));
    }
    for slice in checkpoint.slices.iter().map(|slice| slice.get()) {
        match positions.get(&slice) {
            None => found.push(format!("{place}, slice {slice}: no position, but {next} is committed for it")),
            Some(position) if position.next < next => {
                found.push(format!("{place}, slice {slice}: the position {} is below the committed offset {next}", position.next));
            }
            Some(_) => {}
        }
    }
}
