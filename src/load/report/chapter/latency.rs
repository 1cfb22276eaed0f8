//! How long events took.

use super::{Cell, Chapter, Detail, Kind, MARKS, Table, has_marks, marked};
use crate::load::report::Report;
use crate::load::report::document::{Model, Percentile, Stage};
use crate::load::report::number::{count, known, milliseconds, quantile};

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let mut chapter = Chapter::new(Kind::Latency);
    if report.stages.is_empty() {
        return chapter;
    }
    let quantiles: Vec<f64> = report.stages.first().map_or(Vec::new(), |stage| stage.percentiles.iter().map(|p| p.quantile).collect());
    let table = stages(&report.stages, &quantiles);
    let has_marks = has_marks(&table);
    chapter.text(heading(report));
    chapter.table(table);
    if has_marks {
        chapter.text(MARKS);
    }
    let clocks = report.stages.iter().filter_map(|stage| Some(format!("{}: {}", stage.name, stage.clock.as_ref()?)));
    chapter.list(clocks.collect());
    if detail == Detail::Full {
        chapter.table(intervals(&report.stages, &quantiles));
    }
    chapter
}

fn heading(report: &Report) -> String {
    let begins = match report.ran.config.model {
        Model::Open => "Milliseconds from the intended time, whatever the system did (open loop).",
        Model::Closed => {
            "Milliseconds, CLOSED LOOP: each producer waited for its answer before the next event, so a stall hides what it delayed."
        }
    };
    let missing = match report.verdict.missing {
        0 => String::new(),
        missing => {
            format!(" To the verdict the latency of {} events that were lost, failed, dropped or late is infinite.", count(missing))
        }
    };
    format!("{begins}{missing}")
}

fn stages(stages: &[Stage], quantiles: &[f64]) -> Table {
    let mut table = columns("Stage", &[">n"], quantiles, &[">max", ">mean", ">below 0"]);
    stages.iter().for_each(|stage| table.row(row(stage, quantiles)));
    table
}

fn row(stage: &Stage, quantiles: &[f64]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![path(stage).into(), count(stage.n).into()];
    let at = |quantile: &f64| stage.percentiles.iter().find(|percentile| percentile.quantile == *quantile);
    cells.extend(quantiles.iter().map(|quantile| at(quantile).map_or_else(|| "-".into(), |p| marked(p.us, p.mark))));
    cells.extend([known(stage.max_us, milliseconds), known(stage.mean_us, milliseconds), count(stage.negative)].map(Cell::from));
    cells
}

/// Where it begins is told only where that is not the intended time.
fn path(stage: &Stage) -> String {
    match stage.from.as_str() {
        "" | "intended" => stage.name.clone(),
        from => format!("{from} -> {}", stage.name),
    }
}

/// Where an interval is known: its two ends, or the lower one where no event bounds it above.
fn intervals(stages: &[Stage], quantiles: &[f64]) -> Table {
    let mut table = columns("95 % by order statistics, ms", &[], quantiles, &[]);
    for stage in stages.iter().filter(|stage| stage.percentiles.iter().any(|percentile| percentile.low_us.is_some())) {
        let at = |quantile: &f64| stage.percentiles.iter().find(|percentile| percentile.quantile == *quantile);
        let cells = quantiles.iter().map(|quantile| at(quantile).map_or_else(|| "-".into(), interval));
        table.row([Cell::from(path(stage))].into_iter().chain(cells));
    }
    table
}

fn interval(percentile: &Percentile) -> Cell {
    match (percentile.low_us, percentile.high_us) {
        (Some(low), Some(high)) => format!("{} .. {}", milliseconds(low), milliseconds(high)).into(),
        (Some(low), None) => format!("from {}", milliseconds(low)).into(),
        (None, _) => "-".into(),
    }
}

/// A column for each percentile between the others.
fn columns(first: &str, before: &[&str], quantiles: &[f64], after: &[&str]) -> Table {
    let names: Vec<String> = quantiles.iter().map(|at| format!(">{}", quantile(*at))).collect();
    let middle: Vec<&str> = names.iter().map(String::as_str).collect();
    Table::new(&[&[first], before, &middle, after].concat())
}
