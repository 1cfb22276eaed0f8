//! `shasta lag ack`

use reqwest::Method;
use serde_json::Value;

use crate::cli::maintenance::{report, somebody};
use crate::cli::watchers::{Answers, Watchers};
use crate::cli::{Failure, Settings, runtime};
use crate::watch::document::Acknowledge;

/// Says to all watchers that somebody takes care of an incident
///
/// Nobody is reminded of it any more, until it gets worse. What cannot be undone (DATA_LOST, SKIPPED) is over with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  shasta lag ack prod/shasta-tags/progress/tag-data

The watchers are those of watch.watchers, else the one at watch.listen; they want watch.token.
Exit codes: 0 all watchers know; 1 some do not.")]
pub struct Args {
    /// As alerts and `shasta lag` name it
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Who; by default the user and the host
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let watchers = Watchers::of(&settings.load()?)?;
    let acknowledge = Acknowledge { incident: args.incident.clone(), by: args.by.clone().unwrap_or_else(somebody) };
    runtime::block_on(async {
        let answers: Answers<Value> = watchers.ask(Method::POST, "/api/v1/acknowledge", Some(&acknowledge)).await;
        report(answers, |_| format!("acknowledged by {}", acknowledge.by))
    })
}
