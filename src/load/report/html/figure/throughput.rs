//! What came and went, each second.

use super::bucket::Fold;
use super::timeline::{Number, Timeline, number};
use crate::load::report::Report;
use crate::load::report::document::Second;
use crate::load::report::html::chart::{Axis, Chart, Shape};
use crate::load::report::number::short;

pub fn chart(report: &Report) -> Option<Chart> {
    let time = Timeline::of(report)?;
    let offered = |second: &Second| number(second.offered);
    let (name, arrived) = arrived(&time)?;
    let failed = |second: &Second| number(second.failed);
    let mut shapes = time.ground();
    shapes.push(Shape::Band { class: "area b", points: time.buckets.band(arrived) });
    shapes.push(time.line("a main", offered, Fold::Mean));
    shapes.push(time.line("b", arrived, Fold::Mean));
    shapes.push(time.line("f", failed, Fold::Greatest));
    shapes.extend(time.hovers(&[
        ("offered/s", offered, Fold::Mean, short),
        (name, arrived, Fold::Mean, short),
        ("at least", arrived, Fold::Least, short),
        ("failed", failed, Fold::Greatest, short),
    ]));
    Some(Chart {
        title: "Throughput".to_owned(),
        caption: format!("Offered is what the schedule asked for.{}", time.point("the mean, failed the most, the band least to most,")),
        legend: vec![("a main", "offered".to_owned()), ("b", name.trim_end_matches("/s").to_owned()), ("f", "failed".to_owned())],
        x: time.axis(),
        y: Axis::from_zero("events per second", time.highest(&[offered, arrived, failed])),
        is_large: false,
        shapes,
    })
}

/// The last stage that the run has.
fn arrived(time: &Timeline<'_>) -> Option<(&'static str, Number)> {
    let stages: [(&str, Number); 4] = [
        ("delivered/s", |second| number(second.delivered)),
        ("stored/s", |second| number(second.stored)),
        ("acknowledged/s", |second| number(second.acknowledged)),
        ("sent/s", |second| number(second.sent)),
    ];
    stages.into_iter().find(|(_, stage)| time.has(*stage))
}
