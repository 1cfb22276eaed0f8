//! The frame of a chart: its axes, their ticks and labels.

use super::canvas::{Canvas, LETTER};
use super::{Axis, Tick};
use crate::load::report::html::escape::escaped;

impl Canvas<'_> {
    pub fn axes(&self) -> String {
        let Self { left, right, top, bottom, .. } = self;
        let mut svg = String::new();
        for tick in &self.chart.y.ticks {
            let y = self.y(tick.at);
            svg.push_str(&format!("<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>"));
        }
        for (tick, y) in spaced(&self.chart.y, |tick| self.y(tick.at), |_| 13.0) {
            svg.push_str(&format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", left - 6.0, y + 4.0, escaped(&tick.text)));
        }
        for tick in &self.chart.x.ticks {
            svg.push_str(&format!("<path class=\"grid\" d=\"M{:.1} {top:.1}V{bottom:.1}\"/>", self.x(tick.at)));
        }
        for (tick, x) in spaced(&self.chart.x, |tick| self.x(tick.at), |tick| LETTER.mul_add(tick.text.chars().count() as f64, 8.0)) {
            svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", bottom + 17.0, escaped(&tick.text)));
        }
        svg + &self.labels() + &format!("<path class=\"axis\" d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\"/>\n")
    }

    fn labels(&self) -> String {
        let (x, y) = (escaped(&self.chart.x.label), escaped(&self.chart.y.label));
        let middle = (self.left + self.right) / 2.0;
        format!(
            "<text class=\"label\" x=\"4\" y=\"14\">{y}</text><text class=\"label\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{x}</text>",
            self.size.height - 8.0
        )
    }
}

/// Those ticks whose texts do not run into each other: every so many of them, or on an axis of powers as many as fit.
fn spaced(axis: &Axis, place: impl Fn(&Tick) -> f64, extent: impl Fn(&Tick) -> f64) -> Vec<(&Tick, f64)> {
    let is_free = |(last, before): (&Tick, f64), (tick, at): (&Tick, f64)| (at - before).abs() >= f64::midpoint(extent(last), extent(tick));
    let all: Vec<(&Tick, f64)> = axis.ticks.iter().map(|tick| (tick, place(tick))).collect();
    if !axis.scale.is_log {
        let every = |stride: usize| all.iter().copied().step_by(stride).collect::<Vec<_>>();
        let fits = |kept: &Vec<(&Tick, f64)>| kept.iter().zip(kept.iter().skip(1)).all(|(last, tick)| is_free(*last, *tick));
        return (1..=all.len()).map(every).find(fits).unwrap_or_default();
    }
    let mut kept: Vec<(&Tick, f64)> = Vec::new();
    for tick in all {
        if kept.last().is_none_or(|last| is_free(*last, tick)) {
            kept.push(tick);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::{Scale, times};
    use super::*;

    #[test]
    fn where_texts_would_touch_every_second_is_told() {
        let scale = Scale::linear(0.0, 3_600.0);
        let axis = Axis::new("", scale, times(scale));
        let told = |width: f64| {
            spaced(&axis, |tick| scale.share(tick.at) * width, |_| 40.0).iter().map(|(tick, _)| tick.at / 60.0).collect::<Vec<_>>()
        };
        assert_eq!(told(600.0), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(told(150.0), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(told(1.0), [0.0]);
    }
}
