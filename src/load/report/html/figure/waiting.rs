//! What waited, for an answer or to be stored.

use super::bucket::Fold;
use super::timeline::{Timeline, number};
use crate::load::report::Report;
use crate::load::report::document::Second;
use crate::load::report::html::chart::{Axis, Chart};
use crate::load::report::number::short;

pub fn chart(report: &Report) -> Option<Chart> {
    let time = Timeline::of(report)?;
    let outstanding = |second: &Second| number(second.outstanding);
    let lag = |second: &Second| number(second.lag);
    if !time.has(outstanding) && !time.has(lag) {
        return None;
    }
    let mut shapes = time.ground();
    shapes.extend([time.line("a", outstanding, Fold::Greatest), time.line("b main", lag, Fold::Greatest)]);
    shapes.extend(time.hovers(&[("outstanding", outstanding, Fold::Greatest, short), ("lag", lag, Fold::Greatest, short)]));
    Some(Chart {
        title: "Lag and outstanding".to_owned(),
        caption: format!("At the end of each second.{}", time.point("the most")),
        legend: vec![
            ("a", "outstanding: sent, not answered".to_owned()),
            ("b main", "lag: acknowledged, not at the last stage".to_owned()),
        ],
        x: time.axis(),
        y: Axis::from_zero("events", time.highest(&[outstanding, lag])),
        is_large: false,
        shapes,
    })
}
