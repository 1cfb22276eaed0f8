//! Two runs beside each other.

use super::{Cell, Chapter, Kind, MARKS, Table, Tone, has_marks, marked_text};
use crate::load::report::document::{Compared, Comparison, Side};
use crate::load::report::number::{decimals, known, milliseconds, quantile};

pub fn comparison(comparison: &Comparison) -> Chapter {
    let mut chapter = Chapter::new(Kind::Comparison);
    match comparison.regression {
        true => chapter.warning(format!("REGRESSION (exit {}): {}", comparison.exit_code, comparison.why)),
        false => chapter.text(format!("No regression (exit {}): {}", comparison.exit_code, comparison.why)),
    }
    let mut sides = Table::new(&["Run", "File", "Commit", "Started at", "Host"]);
    [("A", &comparison.a), ("B", &comparison.b)].into_iter().for_each(|(name, side)| sides.row(side_row(name, side)));
    chapter.table(sides);
    let mut differences = Table::new(&["Not the same", "A", "B"]);
    comparison.differences.iter().for_each(|one| differences.row([one.setting.as_str(), &one.a, &one.b]));
    chapter.table(differences);
    let mut rows = Table::new(&["Stage", "Percentile", ">A ms", ">B ms", ">B / A", ">95 % from", ">to", "Regression"]);
    comparison.rows.iter().for_each(|row| rows.row(compared(row)));
    let has_marks = has_marks(&rows);
    chapter.table(rows);
    if has_marks {
        chapter.text(format!("Of the run with fewer events: {MARKS}"));
    }
    chapter
}

fn side_row(name: &str, side: &Side) -> [String; 5] {
    [name.to_owned(), side.name.clone(), side.commit.clone().unwrap_or_default(), side.started_at.clone(), side.host.clone()]
}

fn compared(row: &Compared) -> [Cell; 8] {
    let ratio = |ratio: Option<f64>| Cell::from(known(ratio, |ratio| decimals(ratio, 3)));
    [
        row.stage.as_str().into(),
        marked_text(quantile(row.quantile), row.mark),
        known(row.a_us, milliseconds).into(),
        known(row.b_us, milliseconds).into(),
        ratio(row.ratio),
        ratio(row.low),
        ratio(row.high),
        if row.regression { Cell::new("SLOWER", Tone::Bad) } else { "no".into() },
    ]
}
