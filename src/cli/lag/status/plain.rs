//! One line for each group and sample: for logs and pipes.

use crate::core::lag::figure::{amount, duration, rate};
use crate::watch::document::GroupDocument;

use super::line::{Line, Piece, Style};
use super::screen::Page;
use super::summary::state;

/// Bounded by no screen.
pub fn line(watched: &GroupDocument, page: &Page<'_>) -> Line {
    let view = &watched.view;
    let or_unknown = |number: Option<f64>, told: fn(f64) -> String| number.map_or("-".to_owned(), told);
    let name = [Some(&view.cluster), Some(&view.group), view.topic.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join("/");
    let mut line =
        Line::of(format!("{}  {name}  ", view.read_at.map_or_else(|| page.clock.time_of_day(), |at| page.clock.time_with_seconds(at))));
    state(watched, page).into_iter().for_each(|piece| line.push(piece));
    let eta = match (view.age_s, view.eta_now_s, view.speed) {
        (Some(age), ..) if age <= view.floor_s => "in time".to_owned(),
        (_, None, Some(_)) => "never".to_owned(),
        (_, left, _) => or_unknown(left, duration),
    };
    let numbers = format!(
        "  age {}  lag {}  in {}/s  out {}/s  eta {eta}",
        or_unknown(view.age_s, duration),
        or_unknown(view.lag.map(|lag| lag as f64), amount),
        or_unknown(view.ingest, rate),
        or_unknown(view.consume, rate),
    );
    line.push(Piece::new(&numbers, Style::Plain));
    line
}
