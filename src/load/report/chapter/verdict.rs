//! Whether the objective held, and why.

use super::{Block, Chapter, Detail, Kind, Table, Tone};
use crate::load::report::Report;
use crate::load::report::chapter::Cell;
use crate::load::report::document::{Stall, Verdict};
use crate::load::report::number::{count, decimals, known, milliseconds, quantile, short};

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let verdict = &report.verdict;
    let mut chapter = Chapter::new(Kind::Verdict);
    chapter.blocks.push(Block::Verdict { outcome: verdict.outcome, exit_code: verdict.exit_code, why: verdict.why.clone() });
    let counted = verdict.scheduled > 0;
    if counted && detail == Detail::Full {
        chapter.table(evidence(report));
    } else if counted {
        chapter.text(sentence(verdict));
    }
    stalls(&mut chapter, verdict, detail);
    chapter
}

/// The objective in words: "p99.99 of delivered within 100 ms".
fn objective(report: &Report) -> Option<String> {
    let objective = report.ran.config.objective.as_ref()?;
    Some(format!("{} of {} within {} ms", quantile(objective.quantile), objective.stage, short(objective.limit_ms)))
}

fn sentence(verdict: &Verdict) -> String {
    let allowed = verdict.allowed.map_or(String::new(), |allowed| format!(", {} allowed", short(allowed)));
    let missing =
        if verdict.missing > 0 { format!(" ({} of them lost, failed, dropped or late)", count(verdict.missing)) } else { String::new() };
    format!("{} of {} events exceed the limit{missing}{allowed}.", count(verdict.exceedances), count(verdict.scheduled))
}

fn evidence(report: &Report) -> Table {
    let verdict = &report.verdict;
    let mut table = Table::new(&["Evidence", ">Value"]);
    table.row(["Objective".to_owned(), known(objective(report), |text| text)]);
    table.row(["Events scheduled".to_owned(), count(verdict.scheduled)]);
    table.row(["Exceedances (k): over the limit or missing".to_owned(), count(verdict.exceedances)]);
    table.row(["of them missing: lost, failed, dropped, late".to_owned(), count(verdict.missing)]);
    table.row(["Allowed in the mean, n(1-q)".to_owned(), known(verdict.allowed, short)]);
    table.row(["95 % bounds of the mean, one-sided each".to_owned(), bounds(verdict)]);
    table.row(["Dispersion over blocks of 10 s (1: independent)".to_owned(), known(verdict.dispersion, |number| decimals(number, 2))]);
    if let (Some(hit), Some(all)) = (verdict.windows_hit, verdict.windows) {
        table.row(["Blocks with an exceedance".to_owned(), format!("{} of {}", count(hit), count(all))]);
    }
    table
}

fn bounds(verdict: &Verdict) -> String {
    match (verdict.low, verdict.high) {
        (None, None) => "-".to_owned(),
        (low, high) => format!("{} .. {}", known(low, short), known(high, short)),
    }
}

const BRIEF_STALLS: usize = 3;

fn stalls(chapter: &mut Chapter, verdict: &Verdict, detail: Detail) {
    let shown = if detail == Detail::Brief { BRIEF_STALLS } else { verdict.stalls.len() };
    let mut table = Table::new(&[">Stall at s", ">Length ms", ">Exceedances", ">Worst ms", "Load host"]);
    verdict.stalls.iter().take(shown).for_each(|stall| table.row(stall_row(stall)));
    let told = table.rows.len() as u64;
    chapter.table(table);
    if verdict.stalls_total > told {
        chapter.text(format!("{} of {} stalls are listed.", count(told), count(verdict.stalls_total)));
    }
}

fn stall_row(stall: &Stall) -> [Cell; 5] {
    let own = stall.hiccup_ms.map(|ms| Cell::new(format!("stood still itself for {} ms", short(ms)), Tone::Warn));
    [
        decimals(stall.begin_s, 3).into(),
        decimals(stall.length_ms, 1).into(),
        count(stall.exceedances).into(),
        stall.worst_ms.map_or_else(|| "never arrived".to_owned(), |ms| milliseconds(ms * 1_000.0)).into(),
        own.unwrap_or_else(|| "ran".into()),
    ]
}
