//! `shasta lag explain`

use std::io::{Write as _, stdout};

use crate::cli::runtime::block_on;
use crate::cli::{Failure, Settings};
use crate::core::lag::figure::duration;
use crate::core::lag::{Explanation, GroupView, Kind};

use super::status::{Clock, Line, Piece, Source, Style, Wanted, columns, has_colors, paragraph, unknown};

/// Prints each rule with its numbers: why a group is well, or why it is not
///
/// Of a rule for partitions the one is told of which it is true, or that is nearest to it. Numbers are of the last reading.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta lag explain --group shasta-tags
  shasta lag explain --group shasta-tags --kind FALLING_BEHIND

Exit codes: 0 it was explained, whatever is true; 3 it cannot be read, or there is no such group; 2 usage; 78 configuration.")]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Only this kind, such as FALLING_BEHIND
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Prints JSON: a member for each group
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    block_on(async {
        let mut source = Source::new(&config, &args.wanted).map_err(unknown)?;
        let found = source.look(None).await.map_err(unknown)?;
        let mut explained = source.explain(&found).await.map_err(unknown)?;
        explained.iter_mut().for_each(|rules| rules.retain(|rule| args.kind.is_none_or(|kind| rule.kind == kind)));
        let views = found.document.groups.iter().map(|watched| &watched.view);
        let text = if args.json { json(views.zip(&explained))? } else { text(views.zip(&explained), &Clock::now()) };
        stdout().write_all(text.as_bytes())?;
        if explained.is_empty() { Err(unknown("no group is watched that fits")) } else { Ok(()) }
    })
}

fn kind(text: &str) -> Result<Kind, String> {
    let wanted = text.replace('-', "_").to_uppercase();
    let all = || Kind::ALL.map(Kind::as_str).join(", ");
    Kind::ALL.into_iter().find(|kind| kind.as_str() == wanted).ok_or_else(|| format!("expected one of {}", all()))
}

fn json<'a>(explained: impl Iterator<Item = (&'a GroupView, &'a Vec<Explanation>)>) -> Result<String, Failure> {
    let all: Vec<_> = explained
        .map(|(view, rules)| serde_json::json!({"cluster": view.cluster, "group": view.group, "topic": view.topic, "rules": rules}))
        .collect();
    Ok(serde_json::to_string_pretty(&all).map_err(Failure::failed)? + "\n")
}

fn text<'a>(explained: impl Iterator<Item = (&'a GroupView, &'a Vec<Explanation>)>, clock: &Clock) -> String {
    let mut out = String::new();
    for (view, rules) in explained {
        let topic = view.topic.as_ref().map_or(String::new(), |topic| format!(" on {topic}"));
        let name = Piece::new(&format!("{}{topic} ({})  ", view.group, view.cluster), Style::Strong);
        let read = view.read_at.map_or("never read".to_owned(), |read| format!("read {} ago", duration(clock.seconds() - read)));
        let head = paragraph(name, &read, usize::MAX);
        for line in head.into_iter().chain(rules.iter().flat_map(|rule| lines(rule, clock))) {
            out.push_str(&line.render(columns(), has_colors()));
            out.push('\n');
        }
    }
    out
}

/// The kind and whether it is true, below it a line for each condition.
fn lines(rule: &Explanation, clock: &Clock) -> Vec<Line> {
    let whose = rule.partition.map_or(String::new(), |partition| format!(" p{partition}"));
    let since = rule.since.map_or(String::new(), |since| format!(" since {}", clock.time(since)));
    let (word, style) = if rule.holds { ("YES", Style::Bad) } else { ("no", Style::Good) };
    let title = Piece::new(&format!("{:<22}{word}{since}", format!("{}{whose}", rule.kind)), style);
    let mut lines = vec![Line::of(title)];
    for condition in rule.text.split("; ") {
        lines.extend(paragraph("    ".into(), condition, columns()));
    }
    lines
}
