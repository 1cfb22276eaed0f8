//! What it cost.

use super::bucket::Fold;
use super::timeline::{Number, Timeline, number};
use crate::load::report::Report;
use crate::load::report::document::Second;
use crate::load::report::html::chart::{Axis, Chart};
use crate::load::report::number::short;

pub fn processors(report: &Report) -> Option<Chart> {
    let own = |second: &Second| second.cpu_percent;
    let workers = |second: &Second| second.worker_cpu_percent;
    chart(report, "Processors", "% of one processor", "the most", [own, workers])
}

pub fn memory(report: &Report) -> Option<Chart> {
    let own = |second: &Second| mebibytes(second.rss_bytes);
    let workers = |second: &Second| mebibytes(second.worker_rss_bytes);
    chart(report, "Memory", "MiB resident", "the most", [own, workers])
}

fn mebibytes(bytes: Option<u64>) -> Option<f64> {
    number(bytes).map(|bytes| bytes / f64::from(1 << 20))
}

fn chart(report: &Report, title: &str, unit: &str, how: &str, [own, workers]: [Number; 2]) -> Option<Chart> {
    let time = Timeline::of(report)?;
    if !time.has(own) && !time.has(workers) {
        return None;
    }
    let mut shapes = time.ground();
    shapes.extend([time.line("a", own, Fold::Greatest), time.line("b", workers, Fold::Greatest)]);
    shapes.extend(time.hovers(&[("load host", own, Fold::Greatest, short), ("workers", workers, Fold::Greatest, short)]));
    Some(Chart {
        title: title.to_owned(),
        caption: format!("Of the processes, not of the machine.{}", time.point(how)),
        legend: vec![("a", "load host".to_owned()), ("b", "all workers".to_owned())],
        x: time.axis(),
        y: Axis::from_zero(unit, time.highest(&[own, workers])),
        is_large: false,
        shapes,
    })
}
