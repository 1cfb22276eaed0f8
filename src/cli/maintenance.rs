//! `shasta maintenance`

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::core::maintenance::Window;
use crate::watch::document::{Announcement, Document, EndOfMaintenance};

use super::watchers::{Answers, Watchers};
use super::{Failure, Settings, host, runtime};

/// Tells all watchers that a group is worked on, so that nobody is called for what that explains
///
/// It is over by itself. What is still wrong then calls at once. Loss of data is never covered: LOSS_IMMINENT, DATA_LOST, SKIPPED,
/// OFFSETS_EXPIRING and OFFSETS_BEYOND_END call all the same. Without arguments: what is announced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  shasta maintenance --group shasta-tags --for 30m --reason 'upgrade to 1.9'
  shasta maintenance --group shasta-tags --end
  shasta maintenance

The watchers are those of watch.watchers, else the one at watch.listen; they want watch.token.
Exit codes: 0 all watchers know; 1 some do not: they may call.")]
pub struct Args {
    /// The consumer group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only in this cluster of [watch.clusters]
    #[arg(long, value_name = "CLUSTER", requires = "group")]
    cluster: Option<String>,
    /// For how long, up to 7 days: 30m, 2h
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration, requires = "reason")]
    lasts: Option<Duration>,
    /// Why, for who sees that it is quiet
    #[arg(long, value_name = "TEXT", requires = "lasts")]
    reason: Option<String>,
    /// Who announces it; by default the user and the host
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Ends it now
    #[arg(long, requires = "group", conflicts_with_all = ["lasts", "reason", "by"])]
    end: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    let watchers = Watchers::of(&config)?;
    runtime::block_on(async {
        match (&args.group, args.lasts) {
            (Some(group), Some(lasts)) => announce(args, group, lasts, &watchers).await,
            (Some(group), None) if args.end => end(args, group, &watchers).await,
            (Some(_), None) => Err(Failure::usage("--group needs --for and --reason, or --end")),
            (None, Some(_)) => Err(Failure::usage("--for needs --group")),
            (None, None) => list(&watchers).await,
        }
    })
}

/// Who sits at this terminal, as far as the environment says.
pub fn somebody() -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    format!("{user}@{}", host::name())
}

async fn announce(args: &Args, group: &str, lasts: Duration, watchers: &Watchers) -> Result<(), Failure> {
    let announcement = Announcement {
        cluster: args.cluster.clone(),
        group: group.to_owned(),
        for_s: lasts.as_secs_f64(),
        reason: args.reason.clone().unwrap_or_default(),
        by: args.by.clone().unwrap_or_else(somebody),
    };
    let answers: Answers<Window> = watchers.ask(Method::POST, "/api/v1/maintenance", Some(&announcement)).await;
    report(answers, |window| format!("quiet until {}", time(window.until)))
}

async fn end(args: &Args, group: &str, watchers: &Watchers) -> Result<(), Failure> {
    let end = EndOfMaintenance { cluster: args.cluster.clone(), group: group.to_owned() };
    let answers: Answers<Value> = watchers.ask(Method::DELETE, "/api/v1/maintenance", Some(&end)).await;
    report(answers, |_| "ended".to_owned())
}

async fn list(watchers: &Watchers) -> Result<(), Failure> {
    let answers: Answers<Document> = watchers.ask(Method::GET, "/api/v1/lag?partitions=bad", None::<&()>).await;
    report(answers, |document| {
        let mut text = format!("{} announced", document.maintenance.len());
        for Window { cluster, group, until, reason, by, .. } in &document.maintenance {
            let cluster = cluster.as_ref().map_or(String::new(), |cluster| format!(" in {cluster}"));
            // Writing to a text cannot fail.
            let _ = write!(text, "\n  {group}{cluster} until {} by {by}: {reason}", time(*until));
        }
        text
    })
}

/// A line for each watcher, and a failure where one does not know.
pub fn report<T>(answers: Answers<T>, done: impl Fn(&T) -> String) -> Result<(), Failure> {
    let mut missing = BTreeSet::new();
    for (url, answer) in &answers {
        match answer {
            Ok(answer) => writeln!(stdout(), "{url}: {}", done(answer))?,
            Err(error) => drop(missing.insert(format!("{url}: {error}"))),
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Failure::failed(missing.into_iter().collect::<Vec<_>>().join("\n"))) }
}

/// In UTC, as logs have it.
fn time(unix: f64) -> String {
    let time = std::time::UNIX_EPOCH + Duration::from_secs_f64(unix.max(0.0));
    humantime::format_rfc3339_seconds(time).to_string()
}
