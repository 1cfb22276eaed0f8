//! `shasta lag replay`

use std::io::{BufRead, Write as _, stdout};
use std::time::Duration;

use crate::cli::{Failure, Settings};
use crate::config::{self, LoadRequest};
use crate::core::lag::{Event, Group, Header, LagRules, Line};

use super::place::open;
use super::story::Story;

/// Applies the rules to a recorded trace and prints which incidents they make of it
///
/// The same rules judge live, with the numbers of [lag] in the configuration. Times are those of the trace.
#[derive(Debug, clap::Args)]
#[command(
    after_help = r#"A trace is JSON lines: first what is watched, then a sample each, arrays by partition. What is null or absent is not known.
  {"trace":"shasta.lag/1","cluster":"prod","group":"shasta-tags","topic":"tag-data","partitions":2,"interval_s":10,"retention_ms":86400000}
  {"t":1234.0,"state":"Stable","members":4,"c":[90,80],"e":[100,80],"s":[0,0],"tau":[1229.5,null]}
  {"t":1244.0,"error":"timed out"}
c committed (-1: never), e end, s start, tau timestamp at the committed offset in seconds; eff, owned, covered, owner, hw, bytes, empty_since.

Examples:
  shasta lag replay monday.jsonl
  shasta lag replay --json monday.jsonl | jq 'select(.severity == "page")'
  zstdcat monday.jsonl.zst | shasta lag replay -

Exit codes: 0 the trace was read, whatever is in it; 1 it cannot be read; 2 usage; 78 configuration."#
)]
pub struct Args {
    /// The trace; `-` is standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Prints a JSON object for each change of an incident, as it comes
    #[arg(long)]
    json: bool,
    /// The freshness that was promised to this group, such as 10m [default: lag.freshness]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    freshness: Option<Duration>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let rules = rules(args, settings)?;
    let (name, mut lines) = open(&args.file)?;
    let mut reader = TraceReader { lines: &mut *lines, name, number: 0 };
    let header = reader.header()?;
    let mut group = Group::new(header.clone(), rules);
    let mut story = Story::default();
    while let Some(line) = reader.next(header.partitions)? {
        for event in group.observe(line.sample.as_ref().ok(), line.time) {
            if args.json { print_json(&event)? } else { story.take(event) }
        }
    }
    if !args.json {
        stdout().write_all(story.text(&group).as_bytes())?;
    }
    Ok(())
}

/// Those of the configuration; what is secret in it is not looked at.
fn rules(args: &Args, settings: &Settings) -> Result<LagRules, Failure> {
    let config = config::load(&LoadRequest { without_secrets: true, ..settings.request() })?;
    let rules = LagRules::from(&config.lag);
    Ok(LagRules { freshness_s: args.freshness.map_or(rules.freshness_s, |freshness| freshness.as_secs_f64()), ..rules })
}

fn print_json(event: &Event) -> Result<(), Failure> {
    let json = serde_json::to_string(event).map_err(Failure::failed)?;
    Ok(writeln!(stdout(), "{json}")?)
}

/// The lines of a trace, one at a time. Empty lines are skipped.
struct TraceReader<'a> {
    lines: &'a mut dyn BufRead,
    name: String,
    number: usize,
}

impl TraceReader<'_> {
    fn header(&mut self) -> Result<Header, Failure> {
        let text = self.text()?.ok_or_else(|| Failure::failed(format!("{}: line 1: is missing", self.name)))?;
        Header::parse(&text).map_err(|error| self.failure(error))
    }

    fn next(&mut self, partitions: usize) -> Result<Option<Line>, Failure> {
        let Some(text) = self.text()? else { return Ok(None) };
        Line::parse(&text, self.number, partitions).map(Some).map_err(|error| self.failure(error))
    }

    fn text(&mut self) -> Result<Option<String>, Failure> {
        loop {
            let mut text = String::new();
            self.number += 1;
            let read = self.lines.read_line(&mut text).map_err(|error| self.failure(format!("line {}: {error}", self.number)))?;
            if read == 0 {
                return Ok(None);
            }
            if !text.trim().is_empty() {
                return Ok(Some(text));
            }
        }
    }

    fn failure(&self, error: impl std::fmt::Display) -> Failure {
        Failure::failed(format!("{}: {error}", self.name))
    }
}
