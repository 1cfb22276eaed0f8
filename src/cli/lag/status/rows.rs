//! Which partitions have a line, in which order, and what stands in it.

use crate::core::lag::figure::{amount, brief, duration, grouped, rate};
use crate::core::lag::{GroupView, Kind, PartitionView};

use super::columns::{Column, Row, table};
use super::line::{Line, Piece, Style};
use super::screen::Page;

/// Without a wish: no more lines than a screen has.
const FEW: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Which {
    Bad,
    All,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    Lag,
    #[default]
    Age,
    Partition,
    /// Never first
    Eta,
    /// The first loss first
    Expires,
}

const COLUMNS: [Column; 13] = [
    Column { name: "PART", right: true, rank: 100, widest: 6 },
    Column { name: "STATE", right: false, rank: 99, widest: 24 },
    Column { name: "OWNER", right: false, rank: 6, widest: 20 },
    Column { name: "COMMITTED", right: true, rank: 3, widest: 20 },
    Column { name: "END", right: true, rank: 1, widest: 20 },
    Column { name: "LAG", right: true, rank: 97, widest: 12 },
    Column { name: "AGE", right: true, rank: 98, widest: 12 },
    Column { name: "IN/s", right: true, rank: 4, widest: 9 },
    Column { name: "OUT/s", right: true, rank: 5, widest: 9 },
    Column { name: "SPEED", right: true, rank: 2, widest: 8 },
    Column { name: "ETA", right: true, rank: 8, widest: 12 },
    Column { name: "EXPIRES", right: true, rank: 7, widest: 12 },
    Column { name: "NOTE", right: false, rank: 0, widest: 120 },
];

/// The partitions of a group below its names.
pub fn lines(view: &GroupView, page: &Page<'_>) -> Vec<Line> {
    let which = page.look.which.unwrap_or(Which::Bad);
    let mut shown: Vec<&PartitionView> =
        view.partitions.iter().filter(|partition| which == Which::All || is_bad(partition, view)).collect();
    sort(&mut shown, page.look.sort);
    let most = if page.look.which.is_some() { usize::MAX } else { FEW };
    let rows: Vec<Row> = shown.iter().take(most).map(|partition| row(partition, view, page)).collect();
    let mut lines = if rows.is_empty() { Vec::new() } else { table(&COLUMNS, &rows, page.look.columns) };
    if let Some(more) = shown.len().checked_sub(most).filter(|more| *more > 0) {
        lines.push(Line::of(Piece::new(&format!("      and {more} more: --partitions bad"), Style::Faint)));
    }
    lines
}

/// Something is wrong with it, or cannot be read, or its records are late.
fn is_bad(partition: &PartitionView, view: &GroupView) -> bool {
    partition.state.is_some() || partition.lag.is_none() || partition.age_s.is_some_and(|age| age > view.floor_s)
}

fn sort(partitions: &mut [&PartitionView], by: Sort) {
    // What is not known stands last, what is never done first.
    let eta = |of: &PartitionView| of.eta_s.unwrap_or(if of.speed.is_some() { f64::INFINITY } else { -1.0 });
    let highest = |a: f64, b: f64| b.total_cmp(&a);
    partitions.sort_by(|a, b| {
        match by {
            Sort::Lag => b.lag.cmp(&a.lag),
            Sort::Age => highest(a.age_s.unwrap_or(-1.0), b.age_s.unwrap_or(-1.0)),
            Sort::Partition => std::cmp::Ordering::Equal,
            Sort::Eta => highest(eta(a), eta(b)),
            Sort::Expires => a.ttl_s.unwrap_or(f64::INFINITY).total_cmp(&b.ttl_s.unwrap_or(f64::INFINITY)),
        }
        .then(a.partition.cmp(&b.partition))
    });
}

fn row(partition: &PartitionView, view: &GroupView, page: &Page<'_>) -> Row {
    let or_unknown = |number: Option<f64>, told: fn(f64) -> String| number.map_or("-".to_owned(), told);
    let offset = |offset: Option<i64>| offset.map_or("-".to_owned(), grouped);
    let since = partition.since.map_or(String::new(), |since| format!(" {}", brief(page.found.document.at - since)));
    let (word, style) = state(partition, page);
    let never = partition.eta_s.is_none() && partition.speed.is_some() && partition.lag.is_some_and(|lag| lag > 0);
    let has_limit = view.retention_s.is_some() || view.retention_bytes.is_some();
    let keeps = partition.ttl_s.is_none() && partition.speed.is_some() && has_limit;
    let cells = vec![
        partition.partition.to_string(),
        format!("{word}{since}"),
        partition
            .owner
            .as_deref()
            .map(name)
            .unwrap_or_else(|| if partition.owned == Some(false) { "none".to_owned() } else { "-".to_owned() }),
        partition.committed.map_or("-".to_owned(), |committed| if committed < 0 { "never".to_owned() } else { grouped(committed) }),
        offset(partition.end),
        or_unknown(partition.lag.map(|lag| lag as f64), amount),
        or_unknown(partition.age_s, duration),
        or_unknown(partition.ingest, rate),
        or_unknown(partition.consume, rate),
        or_unknown(partition.speed, |speed| format!("{speed:.2}x")),
        match partition.age_s {
            Some(age) if age <= view.floor_s => "in time".to_owned(),
            _ if never => "never".to_owned(),
            _ => or_unknown(partition.eta_s, duration),
        },
        if keeps { "never".to_owned() } else { or_unknown(partition.ttl_s, duration) },
        note(partition),
    ];
    Row { cells, styled: (1, style) }
}

/// A member without the 36 letters that brokers add to its name.
fn name(member: &str) -> String {
    let is_added = |end: &str| end.len() == 36 && end.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    let cut = member.len().checked_sub(36).filter(|cut| member.is_char_boundary(*cut) && is_added(&member[*cut..]));
    cut.map_or(member, |cut| member[..cut].trim_end_matches('-')).to_owned()
}

fn state(partition: &PartitionView, page: &Page<'_>) -> (&'static str, Style) {
    match partition.state {
        Some(Kind::Recovering) => (Kind::Recovering.as_str(), Style::Doubtful),
        Some(kind) => (kind.as_str(), Style::Bad),
        None if partition.lag.is_none() || page.found.sampled_s.is_some() => ("-", Style::Plain),
        None => ("ok", Style::Good),
    }
}

fn note(partition: &PartitionView) -> String {
    let mut notes = Vec::new();
    if let Some(offset) = partition.poison() {
        notes.push(format!("poison? {} owners at {}", partition.owners, grouped(offset)));
    }
    if let Some(lost) = &partition.lost {
        notes.push(format!("{} records lost up to {}", amount(lost.records as f64), grouped(lost.to)));
    }
    if let Some(skipped) = &partition.skipped {
        notes.push(format!("{} records skipped up to {}", amount(skipped.records as f64), grouped(skipped.to)));
    }
    if partition.state == Some(Kind::HungTransaction) {
        notes.push(format!("{} records in open transactions", amount(partition.unstable.unwrap_or(0) as f64)));
    }
    if partition.clock_suspect {
        notes.push("clock suspect".to_owned());
    }
    notes.join("; ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_of_a_member_is_what_its_operator_gave_it() {
        let names = ["w3-7f1e3a52-1111-2222-3333-0123456789ab", "w3", "größe-und-noch-viel-mehr-als-das-hier", ""].map(super::name);
        assert_eq!(names, ["w3", "w3", "größe-und-noch-viel-mehr-als-das-hier", ""]);
    }
}
