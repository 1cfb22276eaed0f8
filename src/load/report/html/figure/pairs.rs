//! How far each pair's tail is from its median, beside the former system's.

use crate::load::report::chapter::REFERENCE_MS;
use crate::load::report::document::{Mark, Pair, TailRow, Tails};
use crate::load::report::html::chart::{Axis, Chart, Form, Place, Scale, Shape, Tick};
use crate::load::report::number::{count, decimals};

/// More would be a cloud.
const PAIRS: usize = 200;

pub fn chart(tails: &Tails) -> Option<Chart> {
    if tails.rows.is_empty() {
        return None;
    }
    let rows = tails.rows.len() as f64;
    let row = |index: usize| rows - index as f64 - 0.5;
    let drawn = tails.pairs.len().min(PAIRS);
    let numbers = tails.rows.iter().flat_map(|row| [row.median_ms, row.max_ms, row.min_ms].into_iter().chain(reference(row)));
    let x = Axis::of_powers("ms above the pair's own median, powers of ten", numbers);
    let mut shapes = Vec::new();
    for (index, tail) in tails.rows.iter().enumerate() {
        shapes.extend(tails.pairs.iter().take(drawn).enumerate().filter_map(|(nth, pair)| dot(tail, pair, row(index), nth)));
        shapes.push(median(tail, row(index)));
        shapes.extend(former(tail, row(index)));
    }
    let ticks = tails.rows.iter().enumerate().map(|(index, tail)| Tick { at: row(index), text: name(tail) }).collect();
    Some(Chart {
        title: format!("D2 .. D5 of {} by {}", tails.stage, tails.pair_by),
        caption: caption(tails, drawn),
        legend: vec![
            ("dot point", "a pair".to_owned()),
            ("dot diamond", "median of the pairs".to_owned()),
            ("limit", "median of the former system".to_owned()),
        ],
        x,
        y: Axis::new("", Scale::linear(0.0, rows), ticks),
        is_large: false,
        shapes,
    })
}

fn name(row: &TailRow) -> String {
    let mark = match row.mark {
        Mark::Sound => "",
        Mark::Weak => " weak",
        Mark::OnlyMaximum => " max",
    };
    format!("{}{mark}", row.metric.chars().take(6).collect::<String>())
}

fn reference(row: &TailRow) -> Option<f64> {
    REFERENCE_MS.into_iter().find(|(metric, _)| *metric == row.metric).map(|(_, ms)| ms)
}

/// Spread over the height of the row, each pair always at the same one.
fn dot(row: &TailRow, pair: &Pair, y: f64, nth: usize) -> Option<Shape> {
    let tail = pair.tails.iter().find(|tail| tail.metric == row.metric && tail.ms.is_finite())?;
    // The golden ratio spreads any number of them evenly.
    let spread = (nth as f64 * 0.618_034).fract() - 0.5;
    let title = format!("{} -> {}: {} {} ms, n {}", pair.source, pair.destination, row.metric, decimals(tail.ms, 2), count(pair.n));
    Some(Shape::Dot { form: Form::Point, x: tail.ms, y: y + spread * 0.5, title })
}

fn median(row: &TailRow, y: f64) -> Shape {
    let title = format!("{}: median of {} pairs {} ms", row.metric, count(row.pairs), decimals(row.median_ms, 2));
    Shape::Dot { form: Form::Diamond, x: row.median_ms, y, title }
}

fn former(row: &TailRow, y: f64) -> Vec<Shape> {
    let Some(ms) = reference(row) else { return Vec::new() };
    let points = vec![Some((ms, y - 0.36)), Some((ms, y + 0.30))];
    vec![Shape::Line { class: "limit", points }, Shape::Text { x: ms, y: y + 0.26, place: Place::Above, text: decimals(ms, 2) }]
}

fn caption(tails: &Tails, drawn: usize) -> String {
    let some = if tails.pairs_total > drawn as u64 {
        format!(" {drawn} of {} pairs are drawn, the worst.", count(tails.pairs_total))
    } else {
        String::new()
    };
    format!(
        "The former system's medians are of 1,024 producers x 1/s over 12 h, no Redis in its path, closed loop: not the same test. A tail of 0 stands \
         at the left edge.{some}"
    )
}
