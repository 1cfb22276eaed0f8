//! Pictures of numbers as inline SVG.
//!
//! | part | is |
//! |---|---|
//! | [`Chart`] | what is drawn, in the units of the data; drawn twice, for a wide and for a narrow screen |
//! | `scale`, `ticks` | where a number stands, and which numbers stand along an axis |
//! | `shape` | what can be drawn |
//! | `canvas`, `axes`, `drawing` | draw one of them in so many pixels |

mod axes;
mod canvas;
mod drawing;
mod scale;
mod shape;
mod ticks;

pub use scale::Scale;
pub use shape::{Form, Place, Shape};
pub use ticks::{Tick, decades, quantiles, round_numbers, times};

use super::escape::escaped;
use canvas::{Canvas, LARGE, NARROW, WIDE};

/// One picture with its heading, legend and caption.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    /// How to read it, and what it can not show.
    pub caption: String,
    /// Class and meaning of each line.
    pub legend: Vec<(&'static str, String)>,
    pub x: Axis,
    pub y: Axis,
    /// Takes the width of two.
    pub is_large: bool,
    /// From the back to the front.
    pub shapes: Vec<Shape>,
}

#[derive(Clone, Debug)]
pub struct Axis {
    /// With its unit.
    pub label: String,
    pub scale: Scale,
    pub ticks: Vec<Tick>,
}

impl Axis {
    pub fn new(label: impl Into<String>, scale: Scale, ticks: Vec<Tick>) -> Self {
        Self { label: label.into(), scale, ticks }
    }

    /// From 0 to at least `highest`.
    pub fn from_zero(label: impl Into<String>, highest: f64) -> Self {
        let scale = Scale::linear(0.0, highest * 1.06);
        Self::new(label, scale, round_numbers(scale))
    }

    /// Powers of ten around the numbers; of none, a decade around 1.
    pub fn of_powers(label: impl Into<String>, numbers: impl IntoIterator<Item = f64>) -> Self {
        let scale = Scale::around(numbers);
        Self::new(label, scale, decades(scale))
    }
}

impl Chart {
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let class = if self.is_large { " class=\"large\"" } else { "" };
        let wide = if self.is_large { LARGE } else { WIDE };
        format!(
            "<figure{class}>\n<h3>{title}</h3>\n{}{}{}<figcaption>{}</figcaption>\n</figure>\n",
            self.legend(),
            Canvas::new(self, wide).svg(&title),
            Canvas::new(self, NARROW).svg(&title),
            escaped(&self.caption)
        )
    }

    fn legend(&self) -> String {
        if self.legend.is_empty() {
            return String::new();
        }
        let entry = |(class, text): &(&str, String)| format!("<li>{}{}</li>", swatch(class), escaped(text));
        format!("<ul class=\"legend\">{}</ul>\n", self.legend.iter().map(entry).collect::<String>())
    }
}

/// As the shape of that class looks.
fn swatch(class: &str) -> String {
    let inner = match class.split_once(' ') {
        Some(("dot", form)) => shape::form(Form::of(form), 13.0, 6.0, class),
        Some(("area", _)) => format!("<rect class=\"{class}\" x=\"1\" y=\"1\" width=\"24\" height=\"10\"/>"),
        _ => format!("<path class=\"{class}\" d=\"M1 6H25\"/>"),
    };
    format!("<svg width=\"26\" height=\"12\" aria-hidden=\"true\">{inner}</svg>")
}
