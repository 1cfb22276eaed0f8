//! The table of all traces: what was found and how late, beside the rules that others ship. `make lag-table` prints it.

use shasta::core::lag::Severity;

use super::outcome::{Episode, run_and_look};
use super::plain::{Threshold, age, lag};
use super::scenario::{Scenario, all};

/// A rule against the truth of a trace.
struct Score {
    delay_s: Option<f64>,
    coverage: Option<f64>,
    episodes: usize,
    false_alarms: usize,
}

impl Score {
    fn of(scenario: &Scenario, episodes: &[Episode]) -> Self {
        // An alarm of a trouble may last until a quarter of an hour after it.
        let touches = |episode: &Episode| scenario.troubles.iter().any(|(from, to)| episode.0 >= *from && episode.0 <= to + 900.0);
        let found = scenario.troubles.first().and_then(|(from, _)| Some(episodes.iter().find(|episode| touches(episode))?.0 - from));
        let within = |(from, to): &(f64, f64)| covered(episodes, *from, *to) / (to - from);
        Self {
            delay_s: found,
            coverage: scenario.troubles.first().map(within),
            episodes: episodes.len(),
            false_alarms: episodes.iter().filter(|episode| !touches(episode)).count(),
        }
    }

    fn text(&self) -> String {
        let delay = self.delay_s.map_or("-".to_owned(), |delay| format!("{delay:.0} s"));
        let coverage = self.coverage.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
        format!("{delay:>9} {coverage:>6} {:>4} {:>5}", self.episodes, self.false_alarms)
    }
}

/// Seconds of this span in which somebody was called.
fn covered(episodes: &[Episode], from: f64, to: f64) -> f64 {
    let mut sorted = episodes.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut sum, mut until) = (0.0, from);
    for (begin, end) in sorted {
        let (begin, end) = (begin.max(until), end.min(to));
        sum += (end - begin).max(0.0);
        until = until.max(end);
    }
    sum
}

#[test]
fn no_trace_has_a_false_page_and_every_trouble_is_found() {
    println!("{:<20} {:^28} {:^28} {:^28} {:^28}", "", "warn or page", "page", "lag > 60,000 for 5 min", "age > 300 s for 5 min");
    let columns = format!("{:>9} {:>6} {:>4} {:>5}", "delay", "cover", "eps", "false");
    println!("{:<20} {columns}  {columns}  {columns}  {columns}", "trace");
    for scenario in all() {
        let (mut by_lag, mut by_age) = (Threshold::new(60_000.0), Threshold::new(300.0));
        let outcome = run_and_look(&scenario, 7, |time, sample| {
            by_lag.take(time, lag(sample));
            by_age.take(time, age(time, sample));
        });
        let [warn, page] = [Severity::Warn, Severity::Page].map(|severity| Score::of(&scenario, &outcome.episodes(severity)));
        let [lag, age] = [by_lag, by_age].map(|rule| Score::of(&scenario, &rule.episodes));
        println!("{:<20} {}  {}  {}  {}", scenario.name, warn.text(), page.text(), lag.text(), age.text());
        assert_eq!(warn.false_alarms, 0, "{}: {:#?}", scenario.name, outcome.story());
        assert_eq!(page.delay_s.is_some(), !scenario.troubles.is_empty(), "{}: {:#?}", scenario.name, outcome.story());
    }
}
