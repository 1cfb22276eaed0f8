//! The incidents of a trace, each with all that changed in it, for people.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use crate::core::lag::{Change, Event, Group, Severity};

/// Times above this are seconds since 1970 (2001 and later); below, seconds of a clock that began with the trace.
const UNIX: f64 = 1e9;

/// Incidents in the order in which they opened.
#[derive(Debug, Default)]
pub struct Story {
    incidents: Vec<Vec<Event>>,
}

impl Story {
    pub fn take(&mut self, event: Event) {
        let of_same = |told: &&mut Vec<Event>| told.first().is_some_and(|first| first.incident == event.incident);
        match self.incidents.iter_mut().rev().find(of_same) {
            Some(told) if event.event != Change::Open => told.push(event),
            _ => self.incidents.push(vec![event]),
        }
    }

    pub fn text(&self, group: &Group) -> String {
        let mut out = String::new();
        for told in &self.incidents {
            out.push_str(&incident(told));
        }
        let open = group.incidents().count();
        let pages = self.incidents.iter().filter(|told| told.iter().any(|event| event.severity == Severity::Page)).count();
        let (count, plural) = (self.incidents.len(), if self.incidents.len() == 1 { "" } else { "s" });
        // Writing to a String can not fail.
        let _ = writeln!(out, "{count} incident{plural}, {pages} that page, {open} still open");
        if let Some(needed) = group.needed(3_600.0).filter(|_| open > 0) {
            let _ = writeln!(out, "at the end of the trace: to have nothing waiting in 1 h takes {needed:.1} records/s");
        }
        out
    }
}

fn incident(told: &[Event]) -> String {
    let mut out = String::new();
    let (Some(first), Some(last)) = (told.first(), told.last()) else { return out };
    let until = if last.event == Change::Close { format!("to {}", time(last.t)) } else { "still open".to_owned() };
    let _ = writeln!(out, "{}  {} {until}", first.incident, time(first.t));
    for event in told {
        let _ = writeln!(out, "  {}", line(event));
    }
    out.push('\n');
    out
}

fn line(event: &Event) -> String {
    let change = match event.event {
        Change::Open => "open",
        Change::Change => "change",
        Change::Resolve => "resolve",
        Change::Close => "close",
    };
    let partitions = match event.partitions.len() {
        all if all == event.of => format!("all {all}"),
        few => format!("{few} of {}", event.of),
    };
    let age = event.age_s.map_or("-".to_owned(), duration);
    let lag = event.lag.map_or("-".to_owned(), |lag| lag.to_string());
    let eta = event.eta_now_s.map_or("never at this pace".to_owned(), duration);
    let Event { kind, severity, evidence, .. } = event;
    let at = time(event.t);
    format!("{at:<20}  {change:<7}  {kind:<18}  {severity:<4}  {partitions:<10}  age {age:<12}  lag {lag:<10}  eta {eta:<18}  {evidence}")
}

fn time(seconds: f64) -> String {
    if seconds > UNIX { humantime::format_rfc3339_seconds(UNIX_EPOCH + whole(seconds)).to_string() } else { duration(seconds) }
}

fn duration(seconds: f64) -> String {
    let text = humantime::format_duration(whole(seconds)).to_string();
    // Three units tell enough.
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// What no duration can hold is as long as the longest one that is told.
fn whole(seconds: f64) -> Duration {
    Duration::from_secs(seconds.clamp(0.0, 1e11) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_the_calendar_or_of_the_trace() {
        assert_eq!(time(1_700_000_000.4), "2023-11-14T22:13:20Z");
        assert_eq!(time(21_670.0), "6h 1m 10s");
        assert_eq!(duration(f64::INFINITY), duration(1e11));
    }
}
