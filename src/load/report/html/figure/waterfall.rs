//! Where the time goes.

use crate::load::report::Report;
use crate::load::report::document::Stage;
use crate::load::report::html::chart::{Axis, Chart, Place, Scale, Shape, Tick, round_numbers};
use crate::load::report::number::{milliseconds, quantile};

/// What each stage adds to one percentile of those before it.
pub fn chart(report: &Report, at: f64) -> Option<Chart> {
    let stages: Vec<(&Stage, f64)> =
        report.stages.iter().filter(|stage| is_from_intended(stage)).filter_map(|stage| Some((stage, reached(stage, at)?))).collect();
    let rows = stages.len() as f64;
    if stages.len() < 2 {
        return None;
    }
    let highest = stages.iter().map(|(_, us)| us / 1_000.0).fold(0.0, f64::max);
    let lowest = stages.iter().map(|(_, us)| us / 1_000.0).fold(0.0, f64::min);
    let x = Scale::linear(lowest, highest * 1.06);
    let row = |index: usize| rows - index as f64 - 0.5;
    let ticks =
        stages.iter().enumerate().map(|(index, (stage, _))| Tick { at: row(index), text: stage.name.chars().take(16).collect() }).collect();
    let mut shapes = Vec::new();
    let mut before = 0.0;
    for (index, (stage, us)) in stages.iter().enumerate() {
        shapes.extend(bar(stage, (before, *us), row(index), x));
        before = *us;
    }
    let name = quantile(at);
    Some(Chart {
        title: format!("Where the time goes: {name}"),
        caption: format!(
            "Each bar is what the {name} of a stage adds to the {name} of the one before: a difference of percentiles, no event's own path."
        ),
        legend: Vec::new(),
        x: Axis::new("ms from the intended time", x, round_numbers(x)),
        y: Axis::new("", Scale::linear(0.0, rows), ticks),
        is_large: false,
        shapes,
    })
}

fn is_from_intended(stage: &Stage) -> bool {
    matches!(stage.from.as_str(), "" | "intended")
}

fn reached(stage: &Stage, at: f64) -> Option<f64> {
    stage.percentiles.iter().find(|percentile| percentile.quantile == at)?.us.filter(|us| us.is_finite())
}

/// Its figures stand over it, to the side where there is room.
fn bar(stage: &Stage, (before, us): (f64, f64), y: f64, scale: Scale) -> [Shape; 2] {
    let added = us - before;
    let sign = if added < 0.0 { "-" } else { "+" };
    let title = format!("{} reached after {} ms", stage.name, milliseconds(us));
    let class = if added < 0.0 { "bar back" } else { "bar" };
    let text = format!("{sign}{}, at {}", milliseconds(added.abs()), milliseconds(us));
    let (begin, end) = (before.min(us) / 1_000.0, before.max(us) / 1_000.0);
    let (x, place) = if scale.share(begin) < 0.4 { (begin, Place::AboveFrom) } else { (end, Place::AboveTo) };
    [Shape::Bar { class, x: (before / 1_000.0, us / 1_000.0), y: (y - 0.38, y + 0.08), title }, Shape::Text { x, y: y + 0.08, place, text }]
}
