//! How far the clocks can be believed.

use super::{Chapter, Detail, Kind, Table};
use crate::load::report::Report;
use crate::load::report::document::Clock;
use crate::load::report::number::{count, decimals, known, milliseconds};

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let mut chapter = Chapter::new(Kind::Clocks);
    for clock in &report.clocks {
        for step in &clock.steps {
            let direction = if step.by_us < 0.0 { "back" } else { "ahead" };
            let by = milliseconds(step.by_us.abs());
            chapter.warning(format!("The clock of {} stepped {by} ms {direction} at {} s.", clock.host, decimals(step.at_s, 3)));
        }
    }
    if detail == Detail::Full {
        chapter.table(table(&report.clocks));
    }
    chapter
}

fn table(clocks: &[Clock]) -> Table {
    let mut table = Table::new(&["Clock of", "Source", ">Offset ms", ">Error ms", ">Steps", "What it allows"]);
    for clock in clocks {
        table.row([
            clock.host.clone(),
            clock.source.clone(),
            known(clock.offset_us, milliseconds),
            known(clock.error_us, |us| format!("+-{}", milliseconds(us))),
            count(clock.steps.len() as u64),
            clock.note.clone().unwrap_or_default(),
        ]);
    }
    table
}
