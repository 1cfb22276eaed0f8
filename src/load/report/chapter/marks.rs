//! Percentiles with what n makes of them.

use super::{Cell, Table, Tone};
use crate::load::report::document::Mark;
use crate::load::report::number::milliseconds;

/// Milliseconds with what n makes of them, so that none stands bare.
pub fn marked(us: Option<f64>, mark: Mark) -> Cell {
    let Some(us) = us else { return "-".into() };
    marked_text(milliseconds(us), mark)
}

pub fn marked_text(text: String, mark: Mark) -> Cell {
    match mark {
        Mark::Sound => text.into(),
        Mark::Weak => Cell::new(format!("{text} weak"), Tone::Warn),
        Mark::OnlyMaximum => Cell::new(format!("{text} max"), Tone::Warn),
    }
}

pub const MARKS: &str = "weak: fewer than 10 events lie beyond it; max: less than 1 does, so it is only the largest that was seen.";

pub fn has_marks(table: &Table) -> bool {
    table.rows.iter().flatten().any(|cell| cell.tone == Tone::Warn)
}
