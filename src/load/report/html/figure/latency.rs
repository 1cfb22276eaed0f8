//! How long it took, second by second.

use super::bucket::Fold;
use super::timeline::Timeline;
use crate::load::report::Report;
use crate::load::report::document::{Second, Stall};
use crate::load::report::html::chart::{Axis, Chart, Form, Shape};
use crate::load::report::html::head::stage;
use crate::load::report::number::{count, short};

pub fn chart(report: &Report) -> Option<Chart> {
    let time = Timeline::of(report)?;
    let p50 = |second: &Second| milliseconds(second.p50_us);
    let p99 = |second: &Second| milliseconds(second.p99_us);
    let p9999 = |second: &Second| milliseconds(second.p9999_us);
    let mut numbers = time.numbers(&[p50, p99, p9999]);
    if numbers.is_empty() {
        return None;
    }
    let limit = report.ran.config.objective.as_ref().map(|objective| objective.limit_ms);
    numbers.extend(limit);
    numbers.extend(report.verdict.stalls.iter().filter_map(|stall| stall.worst_ms));
    let mut shapes = time.ground();
    shapes.extend(limit.map(|limit| Shape::Across { y: limit, label: format!("objective {} ms", short(limit)) }));
    shapes.extend([time.line("c", p9999, Fold::Greatest), time.line("b", p99, Fold::Greatest), time.line("a main", p50, Fold::Greatest)]);
    shapes.extend(time.hovers(&[
        ("p50 ms", p50, Fold::Greatest, short),
        ("p99 ms", p99, Fold::Greatest, short),
        ("p99.99 ms", p9999, Fold::Greatest, short),
    ]));
    shapes.extend(report.verdict.stalls.iter().filter_map(stall));
    let name = stage(report).map_or("the last stage", |stage| &stage.name);
    Some(Chart {
        title: format!("Latency of {name} over time"),
        caption: format!(
            "By the second in which an event was due, of that second alone: p99.99 of fewer than 10,000 events is their maximum.{}",
            time.point("the worst second")
        ),
        legend: legend(report),
        x: time.axis(),
        y: Axis::of_powers("ms, powers of ten", numbers),
        is_large: false,
        shapes,
    })
}

fn legend(report: &Report) -> Vec<(&'static str, String)> {
    let mut legend = vec![("a main", "p50".to_owned()), ("b", "p99".to_owned()), ("c", "p99.99".to_owned())];
    let stalls = || report.verdict.stalls.iter().filter(|stall| stall.worst_ms.is_some());
    if stalls().any(|stall| stall.hiccup_ms.is_none()) {
        legend.push(("dot cross", "stall".to_owned()));
    }
    if stalls().any(|stall| stall.hiccup_ms.is_some()) {
        legend.push(("dot triangle", "stall while the load host stood still".to_owned()));
    }
    legend
}

fn stall(stall: &Stall) -> Option<Shape> {
    let form = if stall.hiccup_ms.is_some() { Form::Triangle } else { Form::Cross };
    let title = format!("stall of {} ms, {} exceedances", short(stall.length_ms), count(stall.exceedances));
    Some(Shape::Dot { form, x: stall.begin_s, y: stall.worst_ms?, title })
}

fn milliseconds(us: Option<f64>) -> Option<f64> {
    us.map(|us| us / 1_000.0)
}
