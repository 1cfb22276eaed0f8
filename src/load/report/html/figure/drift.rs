//! Whether the medians drifted.

use crate::load::report::document::Tails;
use crate::load::report::html::chart::{Axis, Chart, Form, Scale, Shape, round_numbers, times};
use crate::load::report::number::{count, decimals, seconds};

/// Fewer windows show no drift.
const LEAST: usize = 3;

pub fn chart(tails: &Tails) -> Option<Chart> {
    let windows = || tails.drift.iter().filter(|window| window.median_ms.is_finite());
    if windows().count() < LEAST {
        return None;
    }
    let end = windows().map(|window| window.begin_s + window.length_s).fold(0.0, f64::max);
    let lowest = windows().map(|window| window.median_ms).fold(0.0, f64::min);
    let highest = windows().map(|window| window.median_ms).fold(0.0, f64::max);
    let x = Scale::linear(0.0, end);
    let y = Scale::linear(lowest, highest * 1.06);
    let middle = |begin_s: f64, length_s: f64| begin_s + length_s / 2.0;
    let mut shapes =
        vec![Shape::Line { class: "a", points: windows().map(|one| Some((middle(one.begin_s, one.length_s), one.median_ms))).collect() }];
    shapes.extend(windows().map(|one| Shape::Dot {
        form: Form::Point,
        x: middle(one.begin_s, one.length_s),
        y: one.median_ms,
        title: format!("from {}: median {} ms of {}", seconds(one.begin_s), decimals(one.median_ms, 2), count(one.n)),
    }));
    Some(Chart {
        title: format!("Drift of the median of {}", tails.stage),
        caption:
            "All pairs together, each window for itself. Where it drifts, what lies above the median of the whole run is partly drift."
                .to_owned(),
        legend: Vec::new(),
        x: Axis::new("time from the start of the run", x, times(x)),
        y: Axis::new("ms", y, round_numbers(y)),
        is_large: false,
        shapes,
    })
}
