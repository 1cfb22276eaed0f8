//! The head of a group: what state it is in since when, and how things stand.

use crate::core::lag::figure::{amount, brief, duration, rate};
use crate::core::lag::{GroupView, Kind, Severity};
use crate::watch::document::GroupDocument;

use super::line::{Line, Piece, Style, flow};
use super::screen::Page;

/// Its name and state, then its numbers.
pub fn lines(watched: &GroupDocument, page: &Page<'_>) -> Vec<Line> {
    let columns = page.look.columns;
    let mut lines = flow("GROUP  ", head(watched, page), columns);
    lines.extend(flow("  ", numbers(&watched.view), columns));
    lines
}

fn head(watched: &GroupDocument, page: &Page<'_>) -> Vec<Vec<Piece>> {
    let view = &watched.view;
    let mut name = vec![Piece::new(&view.group, Style::Strong)];
    name.extend(view.topic.iter().map(|topic| Piece::from(format!(" on {topic}"))));
    name.push(Piece::from(format!(" ({})", view.cluster)));
    vec![name, state(watched, page), vec![members(view)], told(watched), versions(watched), vec![read(view, page)]]
}

/// What brokers say of the group, where it is not what is usual.
fn told(watched: &GroupDocument) -> Vec<Piece> {
    let state = watched.broker_state.iter().filter(|state| !matches!(state.as_str(), "Stable" | "Empty"));
    let isolation = watched.isolation.iter().filter(|isolation| *isolation != "read_committed");
    let told: Vec<&str> = state.chain(isolation).map(String::as_str).collect();
    if told.is_empty() { Vec::new() } else { vec![told.join(" ").into()] }
}

/// The word, how loud it is, and since when.
pub fn state(watched: &GroupDocument, page: &Page<'_>) -> Vec<Piece> {
    let view = &watched.view;
    let Some(kind) = view.state else {
        let is_judged = page.found.sampled_s.is_none() && view.lag.is_some();
        return vec![if is_judged { Piece::new("OK", Style::Good) } else { "state -".into() }];
    };
    let style = style(kind, view.severity);
    let loud = match (view.severity, view.expected) {
        (Severity::None, _) => "",
        (_, false) => " (not configured)",
        (Severity::Warn, _) => " (warning)",
        (Severity::Page, _) => " (page)",
    };
    let since = view.since.map(|since| {
        let ago = brief(page.found.document.at - since);
        Piece::from(format!(" since {} ({ago})", page.clock.time(since)))
    });
    [Piece::new(&format!("{kind}{loud}"), style)].into_iter().chain(since).collect()
}

pub fn style(kind: Kind, severity: Severity) -> Style {
    match (kind, severity) {
        (Kind::Recovering, _) | (_, Severity::None | Severity::Warn) => Style::Doubtful,
        (_, Severity::Page) => Style::Bad,
    }
}

fn members(view: &GroupView) -> Piece {
    match view.members {
        Some(0) => Piece::new("no members", Style::Bad),
        Some(members) => format!("members {members}").into(),
        None => "members -".into(),
    }
}

/// `v1.8.2` where all run the same, else how many run which.
fn versions(watched: &GroupDocument) -> Vec<Piece> {
    let told = match watched.versions.len() {
        1 => watched.versions.keys().map(|version| format!("v{version}")).collect(),
        _ => watched.versions.iter().map(|(version, count)| format!("v{version} x {count}")).collect::<Vec<_>>().join(", "),
    };
    if told.is_empty() { Vec::new() } else { vec![told.into()] }
}

/// How old what is shown is: old numbers must not look new.
fn read(view: &GroupView, page: &Page<'_>) -> Piece {
    let Some(read_at) = view.read_at else { return Piece::new("never read", Style::Bad) };
    let age_s = page.clock.seconds() - read_at;
    let is_old = age_s > 3.0 * page.found.document.interval_s.max(5.0);
    let told = format!("read {} ago", duration(age_s));
    if is_old { Piece::new(&format!("{told}: OLD"), Style::Bad) } else { told.into() }
}

fn numbers(view: &GroupView) -> Vec<Vec<Piece>> {
    let or_unknown = |number: Option<f64>, told: fn(f64) -> String| number.map_or("-".to_owned(), told);
    let whose = view.oldest_partition.map_or(String::new(), |partition| format!(" (p{partition})"));
    let age = Piece::new(&or_unknown(view.age_s, duration), Style::Strong);
    let lag = Piece::new(&or_unknown(view.lag.map(|lag| lag as f64), amount), Style::Strong);
    let per_second = |number: f64| format!("{}/s", rate(number));
    let ratio = view.ingest.zip(view.consume).filter(|(ingest, _)| *ingest > 0.0).map(|(ingest, consume)| consume / ingest);
    let over = view.window_s.filter(|_| view.ingest.is_some()).map_or(String::new(), |window| format!(" over {}", duration(window)));
    let mut facts = vec![
        vec!["age ".into(), age, whose.into()],
        vec!["lag ".into(), lag],
        vec![format!("in {}", or_unknown(view.ingest, per_second)).into()],
        vec![format!("out {}", or_unknown(view.consume, per_second)).into()],
        vec![format!("out/in {}{over}", or_unknown(ratio, |ratio| format!("{ratio:.2}"))).into()],
    ];
    facts.extend(
        view.counts.iter().map(|(kind, count)| vec![Piece::new(&format!("{count} of {} {kind}", view.of), style(*kind, view.severity))]),
    );
    if view.counts.is_empty() {
        facts.push(vec![format!("{} partition{}", view.of, if view.of == 1 { "" } else { "s" }).into()]);
    }
    facts
}
