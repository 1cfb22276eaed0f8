//! The verdict and the figures that one asks for first.

use super::escape::escaped;
use crate::load::report::Report;
use crate::load::report::document::{Mark, Model, Outcome, Stage};
use crate::load::report::number::{count, known, milliseconds, quantile, seconds, short};

pub fn title(report: &Report) -> String {
    format!("{}: shasta load {} {}", report.verdict.outcome.as_str(), report.ran.mode.as_str(), report.ran.started_at)
}

pub fn html(report: &Report) -> String {
    let verdict = &report.verdict;
    let class = match verdict.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Inconclusive => "inconclusive",
    };
    let tiles: String = tiles(report).iter().map(|(name, value)| tile(name, value)).collect();
    format!(
        "<header>\n<h1>shasta load {}</h1>\n<p class=\"ran\">{}</p>\n<div class=\"verdict {class}\"><strong>{}</strong> <span>exit {}</span>\
         <p>{}</p></div>\n<dl>{tiles}</dl>\n</header>\n",
        report.ran.mode.as_str(),
        escaped(&ran(report)),
        verdict.outcome.as_str(),
        verdict.exit_code,
        escaped(&verdict.why)
    )
}

fn ran(report: &Report) -> String {
    let config = &report.ran.config;
    let loop_kind = if config.model == Model::Closed { "CLOSED LOOP" } else { "open loop" };
    let parts = [
        Some(report.ran.started_at.clone()),
        (report.ran.duration_s > 0.0).then(|| seconds(report.ran.duration_s)),
        Some(loop_kind.to_owned()),
        config.pace.as_ref().map(|pace| format!("pace {pace}")),
        config.producers.map(|producers| format!("{} producers", count(producers))),
        config.payload_bytes.map(|size| format!("{size} B")),
        config.level.as_ref().map(|level| format!("to the {level}")),
        Some(report.machine.host.clone()),
        report.ran.commit.as_ref().map(|commit| format!("commit {commit}")),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn tile(name: &str, value: &str) -> String {
    format!("<div><dt>{}</dt><dd>{}</dd></div>", escaped(name), escaped(value))
}

/// The stage that the objective is about, else the last.
pub fn stage(report: &Report) -> Option<&Stage> {
    let named = report.ran.config.objective.as_ref().and_then(|objective| report.stages.iter().find(|stage| stage.name == objective.stage));
    named.or(report.stages.last())
}

fn tiles(report: &Report) -> Vec<(String, String)> {
    let mut tiles = Vec::new();
    if let Some(stage) = stage(report) {
        let shown = stage.percentiles.iter().filter(|percentile| [0.5, 0.99, 0.9999].contains(&percentile.quantile));
        tiles.extend(shown.map(|percentile| {
            let value = known(percentile.us, |us| format!("{} ms{}", milliseconds(us), told(percentile.mark)));
            (format!("{} {}", stage.name, quantile(percentile.quantile)), value)
        }));
    }
    let verdict = &report.verdict;
    if verdict.scheduled > 0 {
        let allowed = verdict.allowed.map_or(String::new(), |allowed| format!(", {} allowed", short(allowed)));
        tiles.push((format!("exceed, of {}", count(verdict.scheduled)), format!("{}{allowed}", count(verdict.exceedances))));
    }
    if let Some(rate) = report.generator.as_ref().and_then(|generator| generator.achieved_per_s) {
        tiles.push(("sent".to_owned(), format!("{}/s", short(rate))));
    }
    if let Some(rate) = report.capacity.as_ref().and_then(|capacity| capacity.found_per_s) {
        tiles.push(("capacity".to_owned(), format!("{}/s", short(rate))));
    }
    if let Some(lost) = report.accounts.acknowledged_lost {
        tiles.push(("acknowledged, yet lost".to_owned(), count(lost)));
    }
    tiles
}

fn told(mark: Mark) -> &'static str {
    match mark {
        Mark::Sound => "",
        Mark::Weak => " (weak)",
        Mark::OnlyMaximum => " (only the maximum)",
    }
}
