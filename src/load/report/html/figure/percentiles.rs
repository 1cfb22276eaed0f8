//! How slow are the slowest, up to the objective.

use super::support::{MOST, along, forbidden, missing, support};
use crate::load::report::Report;
use crate::load::report::document::{Objective, Percentile, Stage};
use crate::load::report::html::chart::{Axis, Chart, Scale, Shape, quantiles};
use crate::load::report::html::head::stage;
use crate::load::report::number::{count, milliseconds, quantile};

/// A line for each stage, in order.
const CLASSES: [&str; 6] = ["f", "d", "c", "b", "e", "a"];

pub fn chart(report: &Report) -> Option<Chart> {
    let stages: Vec<&Stage> = report.stages.iter().filter(|stage| stage.curve.len() > 1).take(CLASSES.len()).collect();
    let judged = stage(report)?;
    let objective = report.ran.config.objective.as_ref();
    let milliseconds = stages.iter().flat_map(|stage| &stage.curve).map(|point| point.us / 1_000.0);
    let y = Axis::of_powers("ms, powers of ten", milliseconds.chain(objective.map(|objective| objective.limit_ms)));
    let n = stages.iter().map(|stage| stage.n).max()?;
    let scale = Scale::log(1.0, end(n, objective));
    let mut shapes = support(judged, scale.to);
    shapes.extend(objective.filter(|objective| objective.stage == judged.name).map(forbidden));
    shapes.extend(stages.iter().map(|stage| line(stage, class(report, stage, judged))));
    shapes.extend(missing(report));
    shapes.extend(stages.iter().flat_map(|stage| readings(stage, judged)));
    Some(Chart {
        title: "Percentiles".to_owned(),
        caption: caption(report, judged, objective),
        legend: stages.iter().map(|stage| (class(report, stage, judged), stage.name.clone())).collect(),
        x: Axis::new("percentile (each nine: ten times fewer)", scale, quantiles(scale)),
        y,
        is_large: true,
        shapes,
    })
}

/// Past the last event and past the objective.
fn end(n: u64, objective: Option<&Objective>) -> f64 {
    let objective = objective.map_or(1.0, |objective| 3.0 * along(objective.quantile));
    (n as f64 * 2.0).max(objective).clamp(100.0, MOST)
}

fn class(report: &Report, stage: &Stage, judged: &Stage) -> &'static str {
    if stage.name == judged.name && stage.from == judged.from {
        return "a main";
    }
    let index = report.stages.iter().position(|one| one.name == stage.name && one.from == stage.from).unwrap_or(0);
    CLASSES.get(index % (CLASSES.len() - 1)).copied().unwrap_or("b")
}

fn line(stage: &Stage, class: &'static str) -> Shape {
    let point = |(quantile, us): (f64, f64)| us.is_finite().then(|| (along(quantile), us / 1_000.0));
    Shape::Line { class, points: stage.curve.iter().map(|at| point((at.quantile, at.us))).collect() }
}

/// What whoever points at the judged curve is told, at each percentile that the report names.
fn readings(stage: &Stage, judged: &Stage) -> Vec<Shape> {
    if stage != judged {
        return Vec::new();
    }
    let reading = |percentile: &Percentile| {
        let x = along(percentile.quantile);
        let us = percentile.us.filter(|us| us.is_finite())?;
        let title = format!("{} of {}: {} ms", quantile(percentile.quantile), stage.name, milliseconds(us));
        Some(Shape::Hover { x: (x / 1.6, x * 1.6), title })
    };
    stage.percentiles.iter().filter_map(reading).collect()
}

fn caption(report: &Report, judged: &Stage, objective: Option<&Objective>) -> String {
    let missing = match report.verdict.missing {
        0 => "",
        _ => " Right of \"missing\" the latency is infinite: so many were lost, failed, dropped or late.",
    };
    let is_below = report.stages.iter().flat_map(|stage| &stage.curve).any(|point| point.us <= 0.0);
    let below = if is_below { " Latencies of 0 or less, which clocks make, stand at the lower edge." } else { "" };
    let must = objective.map_or("", |_| " The curve must stay out of the red corner.");
    format!(
        "Grey: what the {} events of {} can not support, lighter where fewer than 10 lie beyond, darker where less than one does.{must}{missing}{below}",
        count(judged.n),
        judged.name
    )
}
