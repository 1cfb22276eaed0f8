//! Draws a chart in so many pixels.

use super::Chart;

#[derive(Clone, Copy, Debug)]
pub struct Size {
    class: &'static str,
    pub width: f64,
    pub height: f64,
    /// Whether there is something to point with.
    pub has_hover: bool,
}

pub const WIDE: Size = Size { class: "wide", width: 760.0, height: 320.0, has_hover: true };
pub const LARGE: Size = Size { class: "wide", width: 1160.0, height: 420.0, has_hover: true };
pub const NARROW: Size = Size { class: "narrow", width: 360.0, height: 300.0, has_hover: false };

/// Of a letter of the labels, in pixels: wide enough that none overlap.
pub const LETTER: f64 = 7.5;

#[derive(Debug)]
pub struct Canvas<'a> {
    pub chart: &'a Chart,
    pub size: Size,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl<'a> Canvas<'a> {
    pub fn new(chart: &'a Chart, size: Size) -> Self {
        let longest = chart.y.ticks.iter().map(|tick| tick.text.chars().count()).max().unwrap_or(0);
        let left = (longest as f64).mul_add(LETTER, 14.0).clamp(34.0, size.width / 3.0);
        let last = chart.x.ticks.last().map_or(0, |tick| tick.text.chars().count());
        let right = size.width - (last as f64 * LETTER / 2.0 + 3.0).clamp(18.0, 60.0);
        Self { chart, size, left, right, top: 26.0, bottom: size.height - 44.0 }
    }

    /// `title` is escaped.
    pub fn svg(&self, title: &str) -> String {
        let Size { class, width, height, .. } = self.size;
        let shapes: String = self.chart.shapes.iter().map(|shape| self.shape(shape)).collect();
        format!(
            "<svg class=\"plot {class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">\n{}{shapes}</svg>\n",
            self.axes()
        )
    }

    pub fn x(&self, number: f64) -> f64 {
        self.left + self.chart.x.scale.share(number) * (self.right - self.left)
    }

    pub fn y(&self, number: f64) -> f64 {
        self.bottom - self.chart.y.scale.share(number) * (self.bottom - self.top)
    }
}
