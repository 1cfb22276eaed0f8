//! Shapes as SVG.

use super::canvas::{Canvas, LETTER};
use super::shape::form;
use super::{Place, Shape};
use crate::load::report::html::escape::escaped;

impl Canvas<'_> {
    pub fn shape(&self, shape: &Shape) -> String {
        let svg = match shape {
            Shape::Line { class, points } => self.line(class, points),
            Shape::Band { class, points } => self.band(class, points),
            Shape::Region { class, x, y, label, title } => self.region(class, *x, *y, label, title),
            Shape::Across { y, label } => self.across(*y, label),
            Shape::Upright { class, x, label } => self.upright(class, *x, label),
            Shape::Dot { form: kind, x, y, title } => titled(&form(*kind, self.x(*x), self.y(*y), &format!("dot {}", kind.class())), title),
            Shape::Bar { class, x, y, title } => self.rectangle(class, (self.x(x.0), self.x(x.1)), (self.y(y.0), self.y(y.1)), title),
            Shape::Text { x, y, place, text } => self.text(*x, *y, *place, text),
            Shape::Hover { x, title } if self.size.has_hover => {
                self.rectangle("hover", (self.x(x.0), self.x(x.1)), (self.top, self.bottom), title)
            }
            Shape::Hover { .. } => return String::new(),
        };
        svg + "\n"
    }

    /// A number between two gaps is a dot, else it would not be seen.
    fn line(&self, class: &str, points: &[Option<(f64, f64)>]) -> String {
        let mut svg = String::new();
        for run in points.split(Option::is_none) {
            let pixels: Vec<String> = run.iter().flatten().map(|(x, y)| format!("{:.1} {:.1}", self.x(*x), self.y(*y))).collect();
            match (pixels.as_slice(), run.first()) {
                ([_], Some(Some((x, y)))) => {
                    svg.push_str(&format!("<circle class=\"lone {class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\"/>", self.x(*x), self.y(*y)));
                }
                ([], _) => {}
                _ => svg.push_str(&format!("<path class=\"{class}\" d=\"M{}\"/>", pixels.join("L"))),
            }
        }
        svg
    }

    fn band(&self, class: &str, points: &[Option<(f64, f64, f64)>]) -> String {
        let mut svg = String::new();
        for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
            let upper = run.iter().flatten().map(|(x, _, high)| format!("{:.1} {:.1}", self.x(*x), self.y(*high)));
            let lower = run.iter().flatten().rev().map(|(x, low, _)| format!("{:.1} {:.1}", self.x(*x), self.y(*low)));
            svg.push_str(&format!("<path class=\"{class}\" d=\"M{}z\"/>", upper.chain(lower).collect::<Vec<_>>().join("L")));
        }
        svg
    }

    fn region(&self, class: &str, x: (Option<f64>, Option<f64>), y: (Option<f64>, Option<f64>), label: &str, title: &str) -> String {
        let (from, to) = (x.0.map_or(self.left, |x| self.x(x)), x.1.map_or(self.right, |x| self.x(x)));
        let (low, high) = (y.0.map_or(self.bottom, |y| self.y(y)), y.1.map_or(self.top, |y| self.y(y)));
        let rectangle = self.rectangle(class, (from, to), (low, high), title);
        let is_room = LETTER * (label.chars().count() as f64) < to - from;
        let label = if is_room { label_at((from + to) / 2.0, high + 14.0, "middle", label) } else { String::new() };
        rectangle + &label
    }

    fn rectangle(&self, class: &str, x: (f64, f64), y: (f64, f64), title: &str) -> String {
        let (left, width) = (x.0.min(x.1), (x.0 - x.1).abs());
        let (top, height) = (y.0.min(y.1), (y.0 - y.1).abs());
        titled(&format!("<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"), title)
    }

    fn across(&self, y: f64, label: &str) -> String {
        let pixel = self.y(y);
        let line = format!("<path class=\"limit\" d=\"M{:.1} {pixel:.1}H{:.1}\"/>", self.left, self.right);
        line + &label_at(self.left + 6.0, pixel - 5.0, "start", label)
    }

    /// Its label behind it, or before it where there is no room.
    fn upright(&self, class: &str, x: f64, label: &str) -> String {
        let pixel = self.x(x);
        let line = format!("<path class=\"{class}\" d=\"M{pixel:.1} {:.1}V{:.1}\"/>", self.top, self.bottom);
        let is_left = pixel + LETTER * (label.chars().count() as f64) > self.right;
        let (from, anchor) = if is_left { (pixel - 4.0, "end") } else { (pixel + 4.0, "start") };
        line + &label_at(from, self.top + 28.0, anchor, label)
    }

    fn text(&self, x: f64, y: f64, place: Place, text: &str) -> String {
        let (x, y) = (self.x(x), self.y(y));
        match place {
            Place::Above => label_at(x, y - 9.0, "middle", text),
            Place::AboveFrom => label_at(x + 3.0, y - 4.0, "start", text),
            Place::AboveTo => label_at(x, y - 4.0, "end", text),
        }
    }
}

fn label_at(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text class=\"note\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text))
}

/// With what whoever points at it is told.
fn titled(shape: &str, title: &str) -> String {
    if title.is_empty() { shape.to_owned() } else { format!("<g><title>{}</title>{shape}</g>", escaped(title)) }
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Chart, Scale};
    use super::*;
    use crate::load::report::html::chart::canvas::WIDE;

    fn drawn(shape: Shape) -> String {
        let axis = || Axis::new("", Scale::linear(0.0, 10.0), Vec::new());
        let chart = Chart {
            title: String::new(),
            caption: String::new(),
            legend: Vec::new(),
            x: axis(),
            y: axis(),
            is_large: false,
            shapes: Vec::new(),
        };
        Canvas::new(&chart, WIDE).shape(&shape)
    }

    #[test]
    fn nothing_is_drawn_across_a_gap() {
        let points = vec![Some((0.0, 1.0)), Some((1.0, 1.0)), None, Some((3.0, 1.0)), None, Some((5.0, 1.0)), Some((6.0, 1.0))];
        let svg = drawn(Shape::Line { class: "a", points });
        assert_eq!((svg.matches("<path").count(), svg.matches("<circle").count()), (2, 1), "two pieces and a lone second: {svg}");
        let points =
            [0.0, 1.0].map(|x| Some((x, 0.0, 1.0))).into_iter().chain([None, Some((3.0, 0.0, 1.0)), Some((4.0, 0.0, 1.0))]).collect();
        assert_eq!(drawn(Shape::Band { class: "a", points }).matches("<path").count(), 2);
    }

    #[test]
    fn what_is_pointed_at_is_told_and_can_not_be_markup() {
        let svg = drawn(Shape::Bar { class: "bar", x: (0.0, 1.0), y: (0.0, 1.0), title: "<b>".to_owned() });
        assert!(svg.contains("<title>&lt;b&gt;</title>"), "{svg}");
    }
}
