//! How age and lag went, in a line.

use std::collections::{BTreeMap, VecDeque};

use crate::core::lag::GroupView;
use crate::core::lag::figure::{amount, duration};
use crate::watch::document::Document;

use super::client::Past;
use super::line::Line;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// So much is remembered of each group, in seconds: two hours, of which every look counts.
const REMEMBERED_S: f64 = 7_200.0;
const MOST: usize = 4_000;

/// Of one group and topic.
type Key = (String, String, Option<String>);

/// What was seen of each group that is shown.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<Key, VecDeque<Past>>);

impl Memory {
    /// What a watcher remembers from before.
    pub fn begin(&mut self, view: &GroupView, past: Vec<Past>) {
        let known = self.0.entry(key(view)).or_default();
        let first = known.front().map_or(f64::INFINITY, |first| first.t);
        let before: Vec<Past> = past.into_iter().filter(|past| past.t < first && past.t >= view.at - REMEMBERED_S).collect();
        before.into_iter().rev().for_each(|past| known.push_front(past));
    }

    pub fn take(&mut self, document: &Document) {
        self.0.retain(|key, _| document.groups.iter().any(|watched| self::key(&watched.view) == *key));
        for view in document.groups.iter().map(|watched| &watched.view) {
            let Some(t) = view.read_at else { continue };
            let known = self.0.entry(key(view)).or_default();
            if known.back().is_none_or(|last| last.t < t) {
                known.push_back(Past { t, age_s: view.age_s, lag: view.lag.map(|lag| lag as f64) });
            }
            while known.front().is_some_and(|first| first.t < t - REMEMBERED_S) || known.len() > MOST {
                known.pop_front();
            }
        }
    }

    /// Two lines: age and lag; none before there is anything to compare.
    pub fn lines(&self, view: &GroupView, columns: usize) -> Vec<Line> {
        let Some(known) = self.0.get(&key(view)).filter(|known| known.len() > 1) else { return Vec::new() };
        let span = known.back().zip(known.front()).map_or(0.0, |(last, first)| last.t - first.t);
        let of = |name: &str, number: fn(&Past) -> Option<f64>, told: fn(f64) -> String| {
            let most = known.iter().filter_map(number).fold(0.0, f64::max);
            let width = columns.saturating_sub(40).clamp(8, 60);
            Line::of(format!("  {name}  {}  up to {} in {}", bars(known, width, most, number), told(most), duration(span)))
        };
        vec![of("age", |past| past.age_s, duration), of("lag", |past| past.lag, amount)]
    }
}

fn key(view: &GroupView) -> Key {
    (view.cluster.clone(), view.group.clone(), view.topic.clone())
}

/// Each column is the highest of its time; what is not known is a gap. A column narrower than a look goes on as the one before.
fn bars(known: &VecDeque<Past>, width: usize, most: f64, number: fn(&Past) -> Option<f64>) -> String {
    let (Some(first), Some(last)) = (known.front(), known.back()) else { return String::new() };
    let column_s = (last.t - first.t) / width as f64;
    let mut columns: Vec<Option<Option<f64>>> = vec![None; width];
    for past in known {
        let at = (((past.t - first.t) / column_s) as usize).min(width - 1);
        let highest = columns[at].get_or_insert(None);
        *highest = [*highest, number(past)].into_iter().flatten().max_by(f64::total_cmp);
    }
    let bar = |value: f64| BARS[((value / most.max(1e-9) * 7.0).round() as usize).min(7)];
    let mut shown = None;
    let next = |column: Option<Option<f64>>| {
        shown = column.unwrap_or(shown);
        shown.map_or(' ', bar)
    };
    columns.into_iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(ages: &[Option<f64>], width: usize) -> String {
        let known: VecDeque<Past> = (0..).zip(ages).map(|(step, age_s)| Past { t: f64::from(step), age_s: *age_s, lag: None }).collect();
        bars(&known, width, ages.iter().flatten().copied().fold(0.0, f64::max), |past| past.age_s)
    }

    #[test]
    fn a_column_is_the_highest_of_its_time_and_a_gap_is_not_known() {
        assert_eq!(drawn(&[Some(0.0), Some(1.0), Some(2.0), Some(7.0)], 4), "▁▂▃█");
        assert_eq!(drawn(&[Some(7.0), Some(1.0), Some(0.0), Some(0.0)], 2), "█▁");
        assert_eq!(drawn(&[Some(7.0), None, Some(7.0)], 3), "█ █");
        assert_eq!(drawn(&[Some(1.0), Some(7.0)], 8), "▂▂▂▂▂▂▂█");
        assert_eq!(drawn(&[Some(0.0), Some(0.0)], 8), "▁▁▁▁▁▁▁▁");
    }
}
