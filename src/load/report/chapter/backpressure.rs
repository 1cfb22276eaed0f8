//! What happens when more comes than can be taken.

use super::{Cell, Chapter, Kind, Table, Tone, marked};
use crate::load::report::Report;
use crate::load::report::document::Cell as Trial;
use crate::load::report::number::{bytes, count, decimals, known, quantile, seconds, short};

pub fn chapter(report: &Report) -> Chapter {
    let mut chapter = Chapter::new(Kind::Backpressure);
    let Some(backpressure) = &report.backpressure else { return chapter };
    let capacity = backpressure.capacity_per_s.map_or(String::new(), |rate| format!("An overload of 1x is {} events/s. ", short(rate)));
    chapter.text(format!("{capacity}{}", backpressure.why));
    chapter.table(verdicts(&backpressure.cells));
    chapter.table(events(&backpressure.cells));
    chapter.table(response(&backpressure.cells));
    chapter.text(
        "Truthful: nothing acknowledged was lost and every refusal was told. Bounded: the memory did not grow. Stable: at least 95 % of the durable \
         events per second at 1x.",
    );
    chapter
}

/// Which trial: "shasta, bound 500, block, 3x".
fn name(trial: &Trial) -> String {
    let bound = trial.bound.map_or_else(|| "no bound".to_owned(), |bound| format!("bound {}", count(bound)));
    format!("{}, {bound}, {}, {}x", trial.publisher, trial.policy, short(trial.overload))
}

fn verdicts(trials: &[Trial]) -> Table {
    let mut table = Table::new(&[
        "Trial",
        "Truthful",
        "Bounded",
        "Stable",
        ">Durable /s",
        ">Memory /s",
        ">In queue ms",
        ">N/throughput ms",
        ">Recovery",
    ]);
    for trial in trials {
        table.row([
            name(trial).into(),
            judged(trial.truthful),
            judged(trial.bounded),
            judged(trial.stable),
            known(trial.durable_per_s, short).into(),
            known(trial.memory_slope_bytes_per_s, bytes).into(),
            known(trial.queue_ms, |ms| decimals(ms, 2)).into(),
            known(trial.little_ms, |ms| decimals(ms, 2)).into(),
            known(trial.recovery_s, seconds).into(),
        ]);
    }
    table
}

fn judged(verdict: Option<bool>) -> Cell {
    match verdict {
        Some(true) => Cell::new("yes", Tone::Good),
        Some(false) => Cell::new("NO", Tone::Bad),
        None => "-".into(),
    }
}

fn events(trials: &[Trial]) -> Table {
    let mut table =
        Table::new(&["Events of", ">Offered", ">Accepted", ">Durable", ">Rejected", ">Expired", ">Acknowledged, lost", ">Untold"]);
    for trial in trials {
        let plain = [trial.offered, trial.accepted, trial.durable, trial.rejected, trial.expired].map(|number| Cell::from(count(number)));
        let wrong = [trial.acknowledged_lost, trial.untold]
            .map(|number| Cell::new(count(number), if number > 0 { Tone::Bad } else { Tone::Plain }));
        table.row([Cell::from(name(trial))].into_iter().chain(plain).chain(wrong));
    }
    table
}

fn response(trials: &[Trial]) -> Table {
    let quantiles: Vec<f64> =
        trials.iter().map(|trial| &trial.response).max_by_key(|r| r.len()).map_or(Vec::new(), |r| r.iter().map(|p| p.quantile).collect());
    let names: Vec<String> = quantiles.iter().map(|q| format!(">{}", quantile(*q))).collect();
    let mut columns = vec!["Answer after, ms"];
    columns.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&columns);
    for trial in trials.iter().filter(|trial| !trial.response.is_empty()) {
        let at = |quantile: &f64| trial.response.iter().find(|percentile| percentile.quantile == *quantile);
        let cells = quantiles.iter().map(|quantile| at(quantile).map_or_else(|| "-".into(), |p| marked(p.us, p.mark)));
        table.row([Cell::from(name(trial))].into_iter().chain(cells));
    }
    table
}
