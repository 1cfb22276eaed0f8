//! What a percentile curve may be asked, and what it must not touch.

use crate::load::report::Report;
use crate::load::report::document::{Objective, Stage};
use crate::load::report::html::chart::Shape;
use crate::load::report::number::{count, quantile, short};

/// The end of the axis: a picture of more nines is none.
pub const MOST: f64 = 1e9;

/// Where a quantile stands: 1 / (1 - q), each power of ten is a nine more.
pub fn along(quantile: f64) -> f64 {
    1.0 / (1.0 - quantile).max(1.0 / MOST)
}

/// Where the n of the judged stage says little, and where it says nothing.
pub fn support(stage: &Stage, end: f64) -> Vec<Shape> {
    let n = stage.n as f64;
    let region = |class, from: f64, to: Option<f64>, label: &str, title: String| Shape::Region {
        class,
        x: (Some(from.max(1.0)), to),
        y: (None, None),
        label: label.to_owned(),
        title,
    };
    let weak = format!("fewer than 10 of the {} events lie beyond: weak", count(stage.n));
    let none = format!("less than one of the {} events lies beyond: n can not support it", count(stage.n));
    let mut shapes = Vec::new();
    if n / 10.0 < end {
        shapes.push(region("area weak", n / 10.0, Some(n.clamp(1.0, end)), "weak", weak));
    }
    if n < end {
        shapes.push(region("area none", n, None, "none", none));
    }
    shapes
}

/// The corner that the curve must stay out of.
pub fn forbidden(objective: &Objective) -> Shape {
    let at = along(objective.quantile);
    let label = format!("objective: {} within {} ms", quantile(objective.quantile), short(objective.limit_ms));
    let title = format!("{label}; the curve of {} must not enter", objective.stage);
    Shape::Region { class: "area bad edged", x: (None, Some(at)), y: (Some(objective.limit_ms), None), label, title }
}

/// From here on the latency is infinite.
pub fn missing(report: &Report) -> Option<Shape> {
    let missing = report.verdict.missing;
    let share = report.verdict.scheduled as f64 / missing as f64;
    let label = format!("{} missing", count(missing));
    (missing > 0 && share >= 1.0).then_some(Shape::Upright { class: "limit", x: share, label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::document::Verdict;

    fn regions(n: u64, end: f64) -> Vec<(&'static str, Option<f64>, Option<f64>)> {
        let stage = Stage { n, ..Stage::default() };
        let region = |shape| match shape {
            Shape::Region { class, x, .. } => (class, x.0, x.1),
            other => panic!("{other:?}"),
        };
        support(&stage, end).into_iter().map(region).collect()
    }

    #[test]
    fn what_n_can_not_support_begins_where_ten_events_are_left() {
        let of_2_700 = [("area weak", Some(270.0), Some(2_700.0)), ("area none", Some(2_700.0), None)];
        assert_eq!(regions(2_700, 1e5), of_2_700);
        assert_eq!(regions(1_000_000, 30_000.0), [], "there is enough for all that is drawn");
        assert_eq!(regions(1, 100.0), [("area weak", Some(1.0), Some(1.0)), ("area none", Some(1.0), None)]);
    }

    #[test]
    fn the_curve_has_to_stay_under_the_limit_up_to_its_quantile() {
        let objective = Objective { stage: "delivered".to_owned(), quantile: 0.9999, limit_ms: 100.0 };
        let Shape::Region { x: (None, Some(until)), y: (Some(from), None), .. } = forbidden(&objective) else { panic!("no corner") };
        assert!((until - 10_000.0).abs() < 1e-6 && from == 100.0, "{until} {from}");
    }

    #[test]
    fn what_is_missing_is_an_infinite_latency_for_that_share() {
        let of = |missing| missing_of(1_000, missing);
        assert!(of(0).is_none());
        assert!(matches!(of(10), Some(Shape::Upright { x: 100.0, .. })));
    }

    fn missing_of(scheduled: u64, missing: u64) -> Option<Shape> {
        super::missing(&Report { verdict: Verdict { scheduled, missing, ..Verdict::default() }, ..Report::default() })
    }
}
