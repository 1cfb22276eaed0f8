//! Where it breaks.

use crate::load::report::Report;
use crate::load::report::document::{Capacity, Step, StepOutcome};
use crate::load::report::html::chart::{Axis, Chart, Form, Scale, Shape, decades};
use crate::load::report::number::{milliseconds, short};

pub fn chart(report: &Report) -> Option<Chart> {
    let capacity = report.capacity.as_ref()?;
    let mut steps: Vec<(&Step, f64)> = capacity.steps.iter().filter_map(|step| Some((step, step.p9999_us? / 1_000.0))).collect();
    steps.retain(|(step, ms)| step.rate_per_s > 0.0 && step.rate_per_s.is_finite() && ms.is_finite());
    steps.sort_by(|(left, _), (right, _)| left.rate_per_s.total_cmp(&right.rate_per_s));
    let (first, last) = (steps.first()?.0.rate_per_s, steps.last()?.0.rate_per_s);
    let limit = report.ran.config.objective.as_ref().map(|objective| objective.limit_ms);
    let x = Scale::log(first / 1.3, last * 1.3);
    let mut shapes = Vec::new();
    shapes.extend(limit.map(|limit| Shape::Across { y: limit, label: format!("objective {} ms", short(limit)) }));
    shapes.extend(found(capacity));
    shapes.push(Shape::Line { class: "a", points: steps.iter().map(|(step, ms)| Some((step.rate_per_s, *ms))).collect() });
    shapes.extend(steps.iter().map(|(step, ms)| dot(step, *ms)));
    Some(Chart {
        title: "Capacity: p99.99 at each rate".to_owned(),
        caption: "A mark for each step; a step may fail on more than its latency: losses, errors, a growing backlog, memory.".to_owned(),
        legend: legend(&steps),
        x: Axis::new("events per second, powers of ten", x, decades(x)),
        y: Axis::of_powers("p99.99 in ms, powers of ten", steps.iter().map(|(_, ms)| *ms).chain(limit)),
        is_large: false,
        shapes,
    })
}

fn form(outcome: StepOutcome) -> Form {
    match outcome {
        StepOutcome::Pass => Form::Circle,
        StepOutcome::Fail => Form::Cross,
        StepOutcome::Inconclusive => Form::Triangle,
        StepOutcome::Generator => Form::Square,
    }
}

fn legend(steps: &[(&Step, f64)]) -> Vec<(&'static str, String)> {
    let outcomes = [
        (StepOutcome::Pass, "dot circle"),
        (StepOutcome::Fail, "dot cross"),
        (StepOutcome::Inconclusive, "dot triangle"),
        (StepOutcome::Generator, "dot square"),
    ];
    let is_there = |outcome| steps.iter().any(|(step, _)| step.outcome == outcome);
    outcomes.into_iter().filter(|(outcome, _)| is_there(*outcome)).map(|(outcome, class)| (class, outcome.as_str().to_owned())).collect()
}

fn found(capacity: &Capacity) -> Option<Shape> {
    let rate = capacity.found_per_s.filter(|rate| *rate > 0.0)?;
    let least = if capacity.lower_bound { "at least " } else { "" };
    Some(Shape::Upright { class: "mark", x: rate, label: format!("{least}{}/s", short(rate)) })
}

fn dot(step: &Step, ms: f64) -> Shape {
    let title = format!("{}/s: {}, p99.99 {} ms. {}", short(step.rate_per_s), step.outcome.as_str(), milliseconds(ms * 1_000.0), step.why);
    Shape::Dot { form: form(step.outcome), x: step.rate_per_s, y: ms, title }
}
