//! The same traces, judged by ours and by promtool. `make prometheus-table` prints who said what and when.

use shasta::core::lag::{GroupView, Kind, Severity};

use super::claim::Claim;
use super::promtool::{Said, Test, Verdict};
use super::series::{Scraped, input_series};
use super::trace::{Trace, all};

/// A claim about a trace: what ours said of it, and what the rules did.
struct Row {
    claim: String,
    ours: Said,
    rules: Said,
}

struct Judged {
    trace: &'static str,
    scraped: Scraped,
    rows: Vec<Row>,
    wrong: Vec<String>,
}

#[test]
fn the_rules_of_prometheus_say_what_ours_say() {
    let judged: Vec<Judged> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..all().len()).map(|number| scope.spawn(move || judge(&all().swap_remove(number)))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    println!("{:<20} {:<9} {:<26} {:>15} {:>15}   first and for how long, in seconds", "trace", "scraped", "claim", "ours", "Prometheus");
    for Judged { trace, scraped, rows, .. } in &judged {
        for Row { claim, ours, rules } in rows {
            println!("{trace:<20} {:<9} {claim:<26} {:>15} {:>15}", format!("{scraped:?}"), told(ours), told(rules));
        }
    }
    let wrong: Vec<_> =
        judged.iter().filter(|judged| !judged.wrong.is_empty()).map(|judged| (judged.trace, judged.scraped, &judged.wrong)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn told(said: &Said) -> String {
    said.first.map_or("-".to_owned(), |first| format!("{first:.0} +{:.0}", said.held_s))
}

fn judge(trace: &Trace) -> Vec<Judged> {
    let views = trace.views();
    let by_offsets = |loses: bool| Claim::by_offsets(loses, trace.within_s);
    let loses = trace.scenario.retention_s.is_some();
    let claims = exact(&views).into_iter().chain([Claim::anything()]).chain(by_offsets(loses)).collect();
    let watched = judge_by(trace, &views, &["watch.rules.yml", "offsets.rules.yml"], Scraped::Watcher, claims);
    // Workers that are down do not say what they would lose.
    let scraped = || judge_by(trace, &views, &["offsets.rules.yml"], Scraped::Workers, by_offsets(false));
    [Some(watched), trace.by_workers.then(scraped)].into_iter().flatten().collect()
}

fn judge_by(trace: &Trace, views: &[GroupView], rules: &[&str], scraped: Scraped, claims: Vec<Claim>) -> Judged {
    let test = Test::new(rules, trace.scenario.retention_s, input_series(views, scraped));
    let expected: Vec<_> = claims.iter().map(|claim| claim.expectations(views)).collect();
    let Verdict { said, mut wrong } = test.run(&claims, &expected, views.last().unwrap().at);
    let row = |claim: &Claim| Row {
        claim: claim.name.clone(),
        ours: claim.truth(views),
        rules: said.get(&claim.name).copied().unwrap_or_default(),
    };
    let rows: Vec<Row> = claims.iter().map(row).collect();
    // The checks are minutes apart: an alert between two of them counts as well.
    let is_false = |row: &&Row| row.ours.first.is_none() && row.rules.first.is_some();
    wrong.extend(rows.iter().filter(is_false).map(|row| format!("{} at {:?}", row.claim, row.rules.first)));
    Judged { trace: trace.scenario.name, scraped, rows, wrong }
}

/// Every kind and severity that ours ever said of this trace.
fn exact(views: &[GroupView]) -> Vec<Claim> {
    let of = |view: &GroupView| view.incidents.iter().map(|incident| (incident.kind, incident.severity)).collect::<Vec<_>>();
    let mut said: Vec<(Kind, Severity)> = views.iter().flat_map(of).collect();
    said.sort_unstable();
    said.dedup();
    said.into_iter().map(|(kind, severity)| Claim::exact(kind, severity)).collect()
}
