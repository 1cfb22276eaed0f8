//! Whether the load host was on time.

use super::bucket::Fold;
use super::timeline::Timeline;
use crate::load::report::Report;
use crate::load::report::document::Second;
use crate::load::report::html::chart::{Axis, Chart, Shape};
use crate::load::report::number::short;

/// Of slip p99.9, above which the generator is the limit.
const LIMIT_MS: f64 = 5.0;

pub fn chart(report: &Report) -> Option<Chart> {
    let time = Timeline::of(report)?;
    let slip = |second: &Second| second.slip_max_us.map(|us| us / 1_000.0);
    let hiccup = |second: &Second| second.hiccup_max_us.map(|us| us / 1_000.0);
    let mut numbers = time.numbers(&[slip, hiccup]);
    if numbers.is_empty() {
        return None;
    }
    numbers.push(LIMIT_MS);
    let mut shapes = time.ground();
    shapes.push(Shape::Across { y: LIMIT_MS, label: "limit of slip p99.9: 5 ms".to_owned() });
    shapes.extend([time.line("a", slip, Fold::Greatest), time.line("b", hiccup, Fold::Greatest)]);
    shapes.extend(time.hovers(&[("slip ms", slip, Fold::Greatest, short), ("hiccup ms", hiccup, Fold::Greatest, short)]));
    Some(Chart {
        title: "Slip and hiccups of the load host".to_owned(),
        caption: format!("Both are faults of the measurement, not of the system; the largest of each second.{}", time.point("the largest")),
        legend: vec![("a", "slip: sent after the intended time".to_owned()), ("b", "hiccup: the host stood still".to_owned())],
        x: time.axis(),
        y: Axis::of_powers("ms, powers of ten", numbers),
        is_large: false,
        shapes,
    })
}
