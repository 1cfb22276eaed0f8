//! D2 .. D5.

use super::{Cell, Chapter, Detail, Kind, MARKS, Table, has_marks, marked_text};
use crate::load::report::Report;
use crate::load::report::document::{Pair, PairTail, TailRow, Tails};
use crate::load::report::number::{count, decimals, seconds};

/// Medians over the pairs of the former system.
pub const REFERENCE_MS: [(&str, f64); 4] = [("D2", 13.0), ("D3", 53.79), ("D4", 400.25), ("D5", 847.38)];

const REFERENCE: &str = "Medians of the former system for reference: D2 13.00, D3 53.79, D4 400.25, D5 847.38 ms (1,024 producers x 1/s, 12 h, no Redis in \
                         its path, closed loop: not the same test).";

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let mut chapter = Chapter::new(Kind::Tails);
    for tails in report.tails.iter().filter(|tails| !tails.rows.is_empty()) {
        chapter.text(format!(
            "Milliseconds of {}: p99 (D2), p99.9 (D3), p99.99 (D4), p99.999 (D5) of each pair minus the pair's own median, over {} pairs by {}.",
            tails.stage,
            count(tails.pairs_total),
            tails.pair_by
        ));
        one(&mut chapter, tails, detail);
    }
    if !chapter.blocks.is_empty() {
        chapter.text(REFERENCE);
    }
    chapter
}

fn one(chapter: &mut Chapter, tails: &Tails, detail: Detail) {
    let table = rows(tails);
    let has_marks = has_marks(&table);
    chapter.table(table);
    if has_marks {
        chapter.text(format!("Of the pair with the fewest events: {MARKS}"));
    }
    if detail == Detail::Full {
        chapter.table(pooled(tails));
        chapter.table(pairs(tails));
        chapter.table(drift(tails));
    }
}

fn rows(tails: &Tails) -> Table {
    let mut table = Table::new(&["Metric", ">Median", ">Mean", ">StdDev", ">Max", ">Min"]);
    tails.rows.iter().for_each(|row| table.row(tail_row(row)));
    table
}

fn tail_row(row: &TailRow) -> [Cell; 6] {
    let ms = |ms: f64| Cell::from(decimals(ms, 2));
    let metric = marked_text(row.metric.clone(), row.mark);
    [metric, ms(row.median_ms), ms(row.mean_ms), ms(row.stddev_ms), ms(row.max_ms), ms(row.min_ms)]
}

fn tail(tail: &PairTail) -> Cell {
    marked_text(decimals(tail.ms, 2), tail.mark)
}

fn pooled(tails: &Tails) -> Table {
    let mut table = Table::new(&["Pooled, each pair's median taken off", ">ms"]);
    tails.pooled.iter().for_each(|pooled| table.row([pooled.metric.as_str().into(), tail(pooled)]));
    table
}

/// More do not fit anyone's eye; the JSON has those of the report.
const PAIRS: usize = 20;

fn pairs(tails: &Tails) -> Table {
    let title = match tails.pairs_total > PAIRS as u64 {
        true => format!("Pair, the worst {} of {}", PAIRS.min(tails.pairs.len()), count(tails.pairs_total)),
        false => "Pair".to_owned(),
    };
    let metrics: Vec<String> = tails.rows.iter().map(|row| format!(">{}", row.metric)).collect();
    let mut columns = vec![title.as_str(), ">n", ">median ms"];
    columns.extend(metrics.iter().map(String::as_str));
    let mut table = Table::new(&columns);
    tails.pairs.iter().take(PAIRS).for_each(|pair| table.row(pair_row(pair, tails)));
    table
}

fn pair_row(pair: &Pair, tails: &Tails) -> Vec<Cell> {
    let mut cells: Vec<Cell> =
        vec![format!("{} -> {}", pair.source, pair.destination).into(), count(pair.n).into(), decimals(pair.median_ms, 2).into()];
    let of = |row: &TailRow| pair.tails.iter().find(|tail| tail.metric == row.metric);
    cells.extend(tails.rows.iter().map(|row| of(row).map_or_else(|| "-".into(), tail)));
    cells
}

fn drift(tails: &Tails) -> Table {
    let mut table = Table::new(&["Drift of the median: window from", ">n", ">median ms"]);
    tails.drift.iter().for_each(|window| table.row([seconds(window.begin_s), count(window.n), decimals(window.median_ms, 2)]));
    table
}
