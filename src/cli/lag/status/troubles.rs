//! Why, what else is known, and what to do next.

use crate::core::lag::figure::{amount, duration};
use crate::core::lag::{GroupView, IncidentView, Kind, Severity, if_meant, next_commands};
use crate::watch::document::{GroupDocument, IncidentDocument};

use super::line::{Line, Piece, Style, paragraph};
use super::screen::Page;
use super::summary::style;

/// A partition that is so much older than the typical one, or gets so much more, is worth a word.
const SKEWED: f64 = 5.0;
const NAMED: usize = 5;

pub fn lines(watched: &GroupDocument, page: &Page<'_>) -> Vec<Line> {
    let columns = page.look.columns;
    let mut lines = Vec::new();
    for incident in &watched.view.incidents {
        let label = Piece::new(&format!("  {} ", incident.kind), style(incident.kind, incident.severity));
        lines.extend(paragraph(label, &why(incident, watched, page), columns));
    }
    for note in notes(watched, page) {
        lines.extend(paragraph(Piece::new("  note ", Style::Strong), &note, columns));
    }
    for (when, command) in next(watched) {
        // To be copied: not broken, only cut where it is longer than a line.
        let mut line = Line::of(Piece::new(&format!("  {when} "), Style::Strong));
        line.push(command);
        lines.push(line);
    }
    lines
}

fn why(incident: &IncidentView, watched: &GroupDocument, page: &Page<'_>) -> String {
    let told = watched.incidents.iter().find(|told| told.id == incident.id);
    let of = match incident.partitions.len() {
        0 => String::new(),
        all if all == watched.view.of => String::new(),
        few if few <= NAMED => {
            format!(" in {}", incident.partitions.iter().map(|number| format!("p{number}")).collect::<Vec<_>>().join(" "))
        }
        many => format!(" in {many} of {}", watched.view.of),
    };
    let calls = if incident.severity == Severity::None { " (nobody needs to act)" } else { "" };
    format!(
        "since {}{of}{calls}: {}{}",
        page.clock.time(incident.since),
        incident.evidence,
        told.map_or(String::new(), |told| said(told, page))
    )
}

/// What people did about it.
fn said(told: &IncidentDocument, page: &Page<'_>) -> String {
    let acknowledged = told.acknowledged.as_ref().map(|by| format!(" [acknowledged by {} at {}]", by.by, page.clock.time(by.at)));
    let silenced = told.silenced.as_ref().map(|by| format!(" [silenced by {} until {}: {}]", by.by, page.clock.time(by.until), by.reason));
    [acknowledged, silenced].into_iter().flatten().collect()
}

fn notes(watched: &GroupDocument, page: &Page<'_>) -> Vec<String> {
    let view = &watched.view;
    let maintenance = watched.maintenance.as_ref().map(|maintenance| {
        format!("maintenance until {} by {}: {}", page.clock.time(maintenance.until), maintenance.by, maintenance.reason)
    });
    let skewed = |skew: Option<f64>| skew.filter(|skew| *skew >= SKEWED);
    let oldest = skewed(view.age_skew).zip(view.oldest_partition);
    let age = oldest.map(|(skew, number)| format!("p{number} is {skew:.0} times as old as the typical partition that waits"));
    let ingest = skewed(view.ingest_skew).map(|skew| format!("one partition gets {skew:.0} times the mean ingest: {}", busiest(view)));
    let clock = view
        .clock_suspect
        .then(|| "timestamps of records do not agree with when they came in: ages are bounded by our own readings".to_owned());
    let unstable: i64 = view.partitions.iter().filter_map(|partition| partition.unstable).sum();
    let hung = view.incidents.iter().any(|incident| incident.kind == Kind::HungTransaction);
    let hung = hung.then(|| {
        format!("{} records above a last stable offset that does not move: an open transaction hides them", amount(unstable as f64))
    });
    let sampled = page.found.sampled_s.map(|seconds| {
        let seconds = duration(seconds);
        format!("own samples of {seconds} only: state since when is not known, rates are of {seconds}, and who commits less often looks as if it stood still")
    });
    [maintenance, hung, age, ingest, clock, sampled].into_iter().flatten().collect()
}

fn busiest(view: &GroupView) -> String {
    let busiest = view.partitions.iter().max_by(|a, b| a.ingest.unwrap_or(0.0).total_cmp(&b.ingest.unwrap_or(0.0)));
    busiest.map_or(String::new(), |partition| format!("p{}", partition.partition))
}

/// Commands to run, and when.
fn next(watched: &GroupDocument) -> Vec<(&'static str, String)> {
    let view = &watched.view;
    let next = next_commands(view).into_iter().map(|command| ("next", command));
    let meant = if_meant(view).filter(|_| watched.maintenance.is_none()).map(|command| ("if meant", command));
    let runbook = watched.runbook.clone().filter(|_| view.state.is_some()).map(|runbook| ("read", runbook));
    next.chain(meant).chain(runbook).collect()
}
