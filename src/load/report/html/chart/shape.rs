//! What can be drawn, in the units of the data.

#[derive(Clone, Debug)]
pub enum Shape {
    /// `None` is a gap: nothing is drawn across it.
    Line {
        class: &'static str,
        points: Vec<Option<(f64, f64)>>,
    },
    /// Between a lower and an upper value at each x.
    Band {
        class: &'static str,
        points: Vec<Option<(f64, f64, f64)>>,
    },
    /// What is `None` reaches to the edge.
    Region {
        class: &'static str,
        x: (Option<f64>, Option<f64>),
        y: (Option<f64>, Option<f64>),
        label: String,
        title: String,
    },
    /// A line from edge to edge, its label above it.
    Across {
        y: f64,
        label: String,
    },
    /// A line from top to bottom, its label beside it.
    Upright {
        class: &'static str,
        x: f64,
        label: String,
    },
    Dot {
        form: Form,
        x: f64,
        y: f64,
        title: String,
    },
    Bar {
        class: &'static str,
        x: (f64, f64),
        y: (f64, f64),
        title: String,
    },
    Text {
        x: f64,
        y: f64,
        place: Place,
        text: String,
    },
    /// Seen by whoever points at it, only where there is room.
    Hover {
        x: (f64, f64),
        title: String,
    },
}

/// Where a text stands over its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Above,
    /// Beginning there.
    AboveFrom,
    /// Ending there.
    AboveTo,
}

/// Outcomes differ in form, not in colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Circle,
    Cross,
    Triangle,
    Square,
    /// One of many.
    Point,
    Diamond,
}

impl Form {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Circle, "circle"),
        (Self::Cross, "cross"),
        (Self::Triangle, "triangle"),
        (Self::Square, "square"),
        (Self::Point, "point"),
        (Self::Diamond, "diamond"),
    ];

    pub fn class(self) -> &'static str {
        Self::ALL.into_iter().find(|(form, _)| *form == self).map_or("", |(_, class)| class)
    }

    pub fn of(class: &str) -> Self {
        Self::ALL.into_iter().find(|(_, name)| *name == class).map_or(Self::Circle, |(form, _)| form)
    }
}

/// Its SVG around a point in pixels.
pub fn form(form: Form, x: f64, y: f64, class: &str) -> String {
    let path = match form {
        Form::Circle => return format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>"),
        Form::Point => return format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"),
        Form::Cross => format!("M{:.1} {:.1}l10 10m0 -10l-10 10", x - 5.0, y - 5.0),
        Form::Triangle => format!("M{x:.1} {:.1}l5.5 10h-11z", y - 6.0),
        Form::Square => format!("M{:.1} {:.1}h9v9h-9z", x - 4.5, y - 4.5),
        Form::Diamond => format!("M{x:.1} {:.1}l6 6l-6 6l-6 -6z", y - 6.0),
    };
    format!("<path class=\"{class}\" d=\"{path}\"/>")
}
