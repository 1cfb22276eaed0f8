//! Whether the load was the load that was asked for.

use super::{Cell, Chapter, Detail, Kind, Table, Tone};
use crate::load::report::Report;
use crate::load::report::document::Generator;
use crate::load::report::number::{count, known, milliseconds, percent, short};

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let mut chapter = Chapter::new(Kind::Generator);
    let Some(generator) = &report.generator else { return chapter };
    match generator.limits.is_empty() {
        true if detail == Detail::Brief => chapter.text(format!("The generator was not the limit{}.", figures(generator))),
        true => chapter.text("The generator was not the limit."),
        false => chapter.warning(format!(
            "THE GENERATOR WAS THE LIMIT: {}. The figures are about it, not about the system.",
            generator.limits.join("; ")
        )),
    }
    if detail == Detail::Full || !generator.limits.is_empty() {
        chapter.table(table(generator));
    }
    chapter
}

/// The proof in one line.
fn figures(generator: &Generator) -> String {
    let known = [
        generator.slip_p999_us.map(|us| format!("slip p99.9 {} ms", milliseconds(us))),
        generator.achieved().map(|share| format!("{} of what was offered", percent(share * 100.0))),
        generator.cpu_percent.map(|used| format!("{} of its processors", percent(used))),
        generator.run_delay_percent.map(|delay| format!("run delay {}", percent(delay))),
        generator.priority.as_ref().map(|priority| format!("paced with {priority}")),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) }
}

fn table(generator: &Generator) -> Table {
    let mut table = Table::new(&["Generator", ">Measured", ">Limit"]);
    let mut row = |name: &str, measured: String, limit: &str, wrong: bool| {
        table.row([name.into(), Cell::new(measured, if wrong { Tone::Bad } else { Tone::Plain }), limit.into()]);
    };
    let above = |number: Option<f64>, limit: f64| number.is_some_and(|number| number >= limit);
    let achieved = generator.achieved();
    row("Slip p50, late against the intended time, ms", known(generator.slip_p50_us, milliseconds), "", false);
    row("Slip p99.9, ms", known(generator.slip_p999_us, milliseconds), "< 5", above(generator.slip_p999_us, 5_000.0));
    row("Slip max, ms", known(generator.slip_max_us, milliseconds), "", false);
    row("Offered, events/s", known(generator.offered_per_s, short), "", false);
    row("Achieved, events/s", known(generator.achieved_per_s, short), "", false);
    let short_of = achieved.is_some_and(|achieved| achieved < 0.995);
    row("Achieved of offered", known(achieved, |share| percent(share * 100.0)), ">= 99.5 %", short_of);
    row("Dropped", count(generator.dropped), "0", generator.dropped > 0);
    row(
        "Own CPU of what it may use",
        known(generator.cpu_percent, percent),
        "<= 80 %",
        generator.cpu_percent.is_some_and(|used| used > 80.0),
    );
    row("Own run delay: ready, but no processor", known(generator.run_delay_percent, percent), "", false);
    row("Longest that the load host stood still, ms", known(generator.hiccup_max_us, milliseconds), "", false);
    row("Pacing thread", generator.priority.clone().unwrap_or_else(|| "-".to_owned()), "", false);
    table
}
