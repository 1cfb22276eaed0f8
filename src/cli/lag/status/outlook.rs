//! When it is over, what it takes, what is lost before, and what holds it up.

use crate::core::lag::figure::{amount, duration, rate};
use crate::core::lag::{GroupView, Needed};
use crate::watch::document::{Bottleneck, GroupDocument};

use super::line::{Line, Piece, Style, flow};
use super::screen::Page;

/// What is asked after where nobody says by when: a working day.
const USUAL_S: f64 = 28_800.0;

pub fn lines(watched: &GroupDocument, page: &Page<'_>) -> Vec<Line> {
    let view = &watched.view;
    let columns = page.look.columns;
    let mut lines = Vec::new();
    if view.lag.is_some_and(|lag| lag > 0) && view.age_s.is_some_and(|age| age > view.floor_s) {
        lines.extend(flow("  catch-up  ", catch_up(view, page), columns));
    }
    lines.extend(flow("  ", kept(view), columns));
    if let Some(bottleneck) = &watched.bottleneck {
        lines.extend(flow("  bottleneck  ", held_up_by(bottleneck), columns));
    }
    lines
}

fn catch_up(view: &GroupView, page: &Page<'_>) -> Vec<Vec<Piece>> {
    let at = |left: f64| page.clock.time(page.found.document.at + left);
    let now = match (view.eta_now_s, view.speed) {
        (Some(left), _) => format!("now: in {} ({})", duration(left), at(left)),
        (None, Some(_)) => "now: never at this pace".to_owned(),
        (None, None) => "now: -".to_owned(),
    };
    let told = |left: Option<f64>| left.map_or("never".to_owned(), duration);
    let forecast = match view.eta_forecast_s {
        Some([None, None]) => "not in sight".to_owned(),
        Some([Some(best), Some(worst)]) if duration(best) == duration(worst) => duration(best),
        Some([best, worst]) => format!("{}..{}", told(best), told(worst)),
        None => "-".to_owned(),
    };
    let mut facts = vec![vec![now.into()], vec![format!("forecast: {forecast}").into()]];
    facts.extend(needed(view, page).map(|needed| {
        let by = format!("to finish by {} (in {}) you need ", at(needed.within_s), duration(needed.within_s));
        vec![by.into(), Piece::new(&format!("{}/s", rate(needed.rate)), Style::Strong)]
    }));
    facts
}

/// For the time that was asked after; where that is not known, for the longest time before it, which asks for more.
fn needed(view: &GroupView, page: &Page<'_>) -> Option<Needed> {
    let within_s = page.look.by.map_or(USUAL_S, |by| by.within_s(page.clock));
    // The answer may be some seconds old.
    let in_time = view.needed.iter().filter(|needed| needed.within_s <= within_s + 60.0);
    in_time.max_by(|a, b| a.within_s.total_cmp(&b.within_s)).copied()
}

fn kept(view: &GroupView) -> Vec<Vec<Piece>> {
    let limits = [view.retention_s.map(duration), view.retention_bytes.map(|bytes| format!("{}B per partition", amount(bytes)))];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    let retention = if limits.is_empty() { "no limit known".to_owned() } else { format!("retention {}", limits.join(", ")) };
    let waits = view.lag.is_some_and(|lag| lag > 0);
    let expiry = match view.ttl_s {
        Some(left) if left <= 0.0 => vec![Piece::new("records expire unread NOW", Style::Bad), format!(" ({retention})").into()],
        Some(left) => {
            vec![Piece::new(&format!("records expire unread in {}", duration(left)), Style::Doubtful), format!(" ({retention})").into()]
        }
        None if !waits && view.lag.is_some() => vec![format!("nothing waits ({retention})").into()],
        None if view.speed.is_some() && !limits.is_empty() => vec![format!("no record expires unread at this pace ({retention})").into()],
        None => vec![format!("records expire - ({retention})").into()],
    };
    let offsets = match (view.offsets_expire_s, view.members) {
        (Some(left), _) => Piece::new(&format!("offsets of the empty group expire in {}", duration(left)), Style::Doubtful),
        (None, Some(1..)) => "offsets safe (group live)".into(),
        _ => "offsets -".into(),
    };
    vec![expiry, vec![offsets]]
}

fn held_up_by(bottleneck: &Bottleneck) -> Vec<Vec<Piece>> {
    let Bottleneck { cache_hit_ratio, batch_records, redis_call_ms, round_trips_per_record, hints } = bottleneck;
    let redis = match (redis_call_ms, round_trips_per_record) {
        (Some(call), Some(trips)) => Some(format!("redis {call:.1} ms x {trips:.1} round trips per record")),
        (Some(call), None) => Some(format!("redis {call:.1} ms")),
        (None, trips) => trips.map(|trips| format!("{trips:.1} round trips per record")),
    };
    let facts = [
        cache_hit_ratio.map(|ratio| format!("cache hit {:.0} %", 100.0 * ratio)),
        batch_records.map(|records| format!("batch {records:.1} records")),
        redis,
        Some(format!("-> {}", hints.join(", "))).filter(|_| !hints.is_empty()),
    ];
    facts.into_iter().flatten().map(|fact| vec![fact.into()]).collect()
}
