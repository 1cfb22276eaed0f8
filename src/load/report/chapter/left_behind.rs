//! What a run did not take away.

use super::{Chapter, Kind, Table};
use crate::load::report::Report;

pub fn chapter(report: &Report) -> Chapter {
    let mut chapter = Chapter::new(Kind::LeftBehind);
    let mut table = Table::new(&["Left behind", "Name", "Taken away by"]);
    for left in &report.left_behind {
        table.row([left.kind.clone(), left.name.clone(), left.remove.clone().unwrap_or_default()]);
    }
    chapter.table(table);
    chapter
}
