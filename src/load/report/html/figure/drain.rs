//! How a backlog goes.

use super::bucket::{Buckets, Fold};
use super::timeline::number;
use crate::load::report::Report;
use crate::load::report::document::{Backlog, Catchup};
use crate::load::report::html::chart::{Axis, Chart, Scale, Shape, times};
use crate::load::report::number::{seconds, short};

type Number = fn(&Backlog) -> Option<f64>;

pub fn waiting(report: &Report) -> Option<Chart> {
    let waiting = |at: &Backlog| number(at.waiting);
    let caption = "The backlog through outage and drain.";
    chart(report, "Backlog", "events waiting", caption, &[("a main", "waiting", waiting)], Fold::Greatest)
}

pub fn rates(report: &Report) -> Option<Chart> {
    let lines: [(&'static str, &str, Number); 2] =
        [("a main", "consumed/s", |at| at.consumed_per_s), ("b", "ingested/s", |at| at.ingested_per_s)];
    chart(report, "Consumed and ingested", "events per second", "R is the one over the other while the backlog drains.", &lines, Fold::Mean)
}

fn chart(report: &Report, title: &str, unit: &str, caption: &str, lines: &[(&'static str, &str, Number)], fold: Fold) -> Option<Chart> {
    let catchup = report.catchup.as_ref()?;
    let buckets = Buckets::of(&catchup.curve, |at| at.at_s)?;
    let numbers: Vec<f64> =
        lines.iter().flat_map(|(_, _, number)| catchup.curve.iter().filter_map(number)).filter(|one| one.is_finite()).collect();
    let highest = numbers.iter().copied().reduce(f64::max)?;
    let scale = Scale::linear(buckets.from_s.min(0.0), buckets.to_s);
    let mut shapes = ground(catchup);
    shapes.extend(lines.iter().map(|(class, _, number)| Shape::Line { class, points: buckets.line(number, fold) }));
    shapes.extend(hovers(&buckets, lines, fold));
    Some(Chart {
        title: title.to_owned(),
        caption: caption.to_owned(),
        legend: lines.iter().map(|(class, name, _)| (*class, (*name).to_owned())).collect(),
        x: Axis::new("time from the start of the run", scale, times(scale)),
        y: Axis::from_zero(unit, highest),
        is_large: false,
        shapes,
    })
}

fn ground(catchup: &Catchup) -> Vec<Shape> {
    let (stopped, restarted) = (catchup.stopped_at_s, catchup.restarted_at_s);
    let mut shapes = Vec::new();
    if let (Some(from), Some(to)) = (stopped, restarted) {
        let label = "workers stopped".to_owned();
        shapes.push(Shape::Region { class: "area weak", x: (Some(from), Some(to)), y: (None, None), title: label.clone(), label });
    }
    let drained = restarted.zip(catchup.drain_s).map(|(restarted, drain)| restarted + drain);
    shapes.extend(drained.map(|x| Shape::Upright { class: "mark", x, label: "drained".to_owned() }));
    shapes
}

fn hovers(buckets: &Buckets<'_, Backlog>, lines: &[(&'static str, &str, Number)], fold: Fold) -> Vec<Shape> {
    let half = buckets.width_s / 2.0;
    let hover = |(at, samples): (f64, &[&Backlog])| {
        let told: Vec<String> =
            lines.iter().filter_map(|(_, name, number)| Some(format!("{name} {}", short(fold.of(samples, number)?)))).collect();
        (!told.is_empty())
            .then(|| Shape::Hover { x: (at - half, at + half), title: format!("at {}: {}", seconds(at - half), told.join(", ")) })
    };
    buckets.iter().filter_map(hover).collect()
}
