//! What all pictures along the time of the run share.

use super::bucket::{Buckets, Fold};
use crate::load::report::Report;
use crate::load::report::document::Second;
use crate::load::report::html::chart::{Axis, Scale, Shape, times};
use crate::load::report::number::seconds;

/// The seconds of a run, in buckets.
#[derive(Debug)]
pub struct Timeline<'a> {
    report: &'a Report,
    pub buckets: Buckets<'a, Second>,
}

/// What of a second is drawn.
pub type Number = fn(&Second) -> Option<f64>;
type Told = fn(f64) -> String;

impl<'a> Timeline<'a> {
    pub fn of(report: &'a Report) -> Option<Self> {
        Some(Self { report, buckets: Buckets::of(&report.series, |second| second.at_s)? })
    }

    pub fn has(&self, number: Number) -> bool {
        self.report.series.iter().filter_map(number).any(f64::is_finite)
    }

    pub fn numbers(&self, numbers: &[Number]) -> Vec<f64> {
        let all = numbers.iter().flat_map(|number| self.report.series.iter().filter_map(number));
        all.filter(|number| number.is_finite()).collect()
    }

    pub fn highest(&self, numbers: &[Number]) -> f64 {
        self.numbers(numbers).into_iter().fold(0.0, f64::max)
    }

    pub fn axis(&self) -> Axis {
        let scale = Scale::linear(self.buckets.from_s.min(0.0), self.buckets.to_s);
        Axis::new("time from the start of the run", scale, times(scale))
    }

    /// What lies behind every line: the warm-up, and the time without workers.
    pub fn ground(&self) -> Vec<Shape> {
        let mut shapes = Vec::new();
        let warm_up_s = self.report.ran.config.warm_up_s;
        if warm_up_s > self.buckets.from_s {
            let title = format!("warm-up of {}, not counted", seconds(warm_up_s));
            shapes.push(Shape::Region {
                class: "area weak",
                x: (None, Some(warm_up_s)),
                y: (None, None),
                label: "warm-up".to_owned(),
                title,
            });
        }
        let outage = self.report.catchup.as_ref().and_then(|catchup| Some((catchup.stopped_at_s?, catchup.restarted_at_s?)));
        if let Some((from, to)) = outage {
            let label = "workers stopped".to_owned();
            shapes.push(Shape::Region { class: "area weak", x: (Some(from), Some(to)), y: (None, None), title: label.clone(), label });
        }
        shapes
    }

    pub fn line(&self, class: &'static str, number: Number, fold: Fold) -> Shape {
        Shape::Line { class, points: self.buckets.line(number, fold) }
    }

    /// For each bucket: what its numbers were.
    pub fn hovers(&self, told: &[(&str, Number, Fold, Told)]) -> impl Iterator<Item = Shape> {
        let half = self.buckets.width_s / 2.0;
        self.buckets.iter().filter_map(move |(at, samples)| {
            let number =
                |(name, number, fold, told): &(&str, Number, Fold, Told)| Some(format!("{name} {}", told(fold.of(samples, number)?)));
            let numbers: Vec<String> = told.iter().filter_map(number).collect();
            let title = format!("at {}: {}", seconds(at - half), numbers.join(", "));
            (!numbers.is_empty()).then_some(Shape::Hover { x: (at - half, at + half), title })
        })
    }

    /// How many seconds one point is, where it is more than one.
    pub fn point(&self, how: &str) -> String {
        if self.buckets.width_s > 1.0 { format!(" Each point is {how} of {} s.", self.buckets.width_s) } else { String::new() }
    }
}

/// As a number that can be drawn.
pub fn number(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}
