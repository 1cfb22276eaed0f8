//! `shasta layout show`

use std::fmt::Write as _;
use std::io::{Write as _, stdout};

use bytesize::ByteSize;
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::core::offset::NextOffset;
use crate::store::layout::{HASH, VERSION};

use super::deployment::Deployment;
use super::sizes::Sizes;
use super::survey::{CommittedOffset, PartitionLog, Survey, TopicSurvey};

/// Prints slices and groups, and of each partition its positions, its committed offset and its log
///
/// Where Kafka cannot be reached, what Redis has is printed all the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta layout show
  shasta layout show --json | jq '.topics[].partitions[0]'
  shasta layout show --sizes")]
pub struct Args {
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Counts the keys of each kind and estimates their memory: goes through all keys of every node (SCAN)
    #[arg(long)]
    sizes: bool,
}

pub async fn run(args: &Args, deployment: &Deployment<'_>) -> Result<(), Failure> {
    let survey = Survey::of(deployment).await?;
    let sizes = if args.sizes { Some(Sizes::of(&deployment.store).await?) } else { None };
    let output = if args.json {
        let json = json(deployment.prefix(), &survey, sizes.as_ref());
        serde_json::to_string_pretty(&json).map_err(Failure::failed)? + "\n"
    } else {
        text(deployment.prefix(), &survey, sizes.as_ref())
    };
    Ok(stdout().write_all(output.as_bytes())?)
}

/// What is shown of a partition.
struct Row {
    partition: i32,
    slices: usize,
    lowest: Option<NextOffset>,
    highest: Option<NextOffset>,
    committed: Option<CommittedOffset>,
    start: Option<NextOffset>,
    end: Option<NextOffset>,
}

fn rows(topic: &TopicSurvey) -> Vec<Row> {
    let none = PartitionLog::default();
    let row = |partition: i32| {
        let log = topic.log.as_ref().and_then(|log| log.as_ref().ok()).and_then(|log| log.partitions.get(&partition)).unwrap_or(&none);
        let positions = topic.positions.get(&partition);
        let nexts = || positions.into_iter().flat_map(|slices| slices.values()).map(|position| position.next);
        Row {
            partition,
            slices: positions.map_or(0, std::collections::BTreeMap::len),
            lowest: nexts().min(),
            highest: nexts().max(),
            committed: log.committed.clone(),
            start: log.range.map(|range| range.start),
            end: log.range.map(|range| range.end),
        }
    };
    topic.partitions().into_iter().map(row).collect()
}

fn json(prefix: &str, survey: &Survey, sizes: Option<&Sizes>) -> Value {
    let number = |offset: Option<NextOffset>| offset.map(NextOffset::get);
    let partition = |row: Row| {
        let committed = row.committed.map(|committed| match committed.checkpoint {
            Ok(checkpoint) => json!({
                "offset": committed.next.get(),
                "slices": checkpoint.slices.count().get(),
                "topic_id": checkpoint.topic_id.as_str(),
                "dead_lettered": checkpoint.dead_lettered.map(|offset| offset.get()),
                "slices_with_events": checkpoint.slices.len(),
            }),
            Err(invalid) => json!({"offset": committed.next.get(), "error": invalid}),
        });
        json!({
            "partition": row.partition,
            "slices_with_position": row.slices,
            "lowest_position": number(row.lowest),
            "highest_position": number(row.highest),
            "committed": committed,
            "log_start": number(row.start),
            "log_end": number(row.end),
        })
    };
    let topics = survey.topics.iter().map(|(name, topic)| {
        json!({
            "topic": name,
            "group": topic.group,
            "topic_id": topic.log.as_ref().and_then(|log| Some(log.as_ref().ok()?.id.as_str())),
            "kafka_error": topic.log.as_ref().and_then(|log| Some(log.as_ref().err()?.message.as_str())),
            "partitions": rows(topic).into_iter().map(partition).collect::<Vec<_>>(),
        })
    });
    json!({
        "prefix": prefix,
        "version": VERSION,
        "hash": HASH,
        "slices": survey.layout.slices.get(),
        "topics": topics.collect::<Vec<_>>(),
        "sizes": sizes,
    })
}

fn text(prefix: &str, survey: &Survey, sizes: Option<&Sizes>) -> String {
    let mut out = format!("prefix {prefix}, version {VERSION}, {} slices by {HASH}\n", survey.layout.slices);
    for (name, topic) in &survey.topics {
        let group = topic.group.as_deref().map_or_else(|| "not in the layout".to_owned(), |group| format!("group {group}"));
        let id = match &topic.log {
            Some(Ok(log)) => format!(", id {}", log.id),
            Some(Err(failure)) => format!("\n  kafka: {}", failure.message),
            None => String::new(),
        };
        line(&mut out, format_args!("\ntopic {name}, {group}{id}"));
        table(&mut out, &rows(topic));
    }
    if let Some(sizes) = sizes {
        line(&mut out, format_args!("\n{:<9} {:>12} {:>14}", "keys", "count", "about"));
        for (kind, size) in &sizes.kinds {
            line(&mut out, format_args!("{kind:<9} {:>12} {:>14}", size.keys, ByteSize::b(size.estimated_bytes).to_string()));
        }
        if !sizes.is_whole {
            out.push_str("there are more keys: the counting was stopped\n");
        }
    }
    out
}

fn table(out: &mut String, rows: &[Row]) {
    let heads = ["partition", "slices", "lowest", "highest", "committed", "log start", "log end"];
    let [a, b, c, d, e, f, g] = heads;
    line(out, format_args!("{a:>9} {b:>6} {c:>12} {d:>12} {e:>12} {f:>12} {g:>12}  in the commit"));
    let cell = |offset: Option<NextOffset>| offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
    for row in rows {
        let commit = match row.committed.as_ref().map(|committed| &committed.checkpoint) {
            None => String::new(),
            Some(Err(invalid)) => invalid.clone(),
            Some(Ok(checkpoint)) => {
                let dead = checkpoint.dead_lettered.map(|offset| format!(", dead letters up to {offset}"));
                format!(
                    "{} of {} slices, topic {}{}",
                    checkpoint.slices.len(),
                    checkpoint.slices.count(),
                    checkpoint.topic_id,
                    dead.unwrap_or_default()
                )
            }
        };
        let committed = cell(row.committed.as_ref().map(|committed| committed.next));
        let (partition, slices) = (row.partition, row.slices);
        let [lowest, highest, start, end] = [row.lowest, row.highest, row.start, row.end].map(cell);
        line(out, format_args!("{partition:>9} {slices:>6} {lowest:>12} {highest:>12} {committed:>12} {start:>12} {end:>12}  {commit}"));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String can not fail.
    let _ = writeln!(out, "{text}");
}
