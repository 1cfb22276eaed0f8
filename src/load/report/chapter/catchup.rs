//! How a backlog was worked off.

use super::{Cell, Chapter, Kind, Table, Tone};
use crate::load::report::Report;
use crate::load::report::document::{Catchup, EtaError};
use crate::load::report::number::{count, decimals, known, percent, seconds, short};

pub fn chapter(report: &Report) -> Chapter {
    let mut chapter = Chapter::new(Kind::Catchup);
    let Some(catchup) = &report.catchup else { return chapter };
    if let Some(sentence) = &catchup.two_days {
        chapter.text(sentence);
    }
    if let Some(cache) = &catchup.page_cache {
        chapter.text(cache);
    }
    chapter.table(table(catchup));
    let mut etas = Table::new(&["Foretold end", ">Left, foretold", ">Left, really", ">Error"]);
    catchup.eta_errors.iter().for_each(|eta| etas.row(eta_row(eta)));
    chapter.table(etas);
    chapter
}

fn table(catchup: &Catchup) -> Table {
    let mut table = Table::new(&["Catch-up", ">Measured"]);
    let wrong = |number: u64| Cell::new(count(number), if number > 0 { Tone::Bad } else { Tone::Plain });
    let never = |time: Option<f64>, never: &str| time.map_or_else(|| Cell::new(never, Tone::Warn), |time| seconds(time).into());
    table.row([Cell::from("Outage, at events/s"), format!("{} at {}", seconds(catchup.outage_s), short(catchup.rate_per_s)).into()]);
    table.row([Cell::from("Backlog at the restart, events"), count(catchup.backlog).into()]);
    table.row(["From the stop to the alert".into(), never(catchup.alert_s, "none came")]);
    table.row(["From the restart to the first event stored".into(), never(catchup.first_stored_s, "never")]);
    table.row(["to the backlog drained".into(), never(catchup.drain_s, "not in this run")]);
    table.row(["to fresh: new events as fast as before".into(), never(catchup.fresh_s, "not in this run")]);
    table.row([Cell::from("Peak rate, events/s"), known(catchup.peak_per_s, short).into()]);
    table.row([Cell::from("Mean rate, events/s"), known(catchup.mean_per_s, short).into()]);
    table.row([Cell::from("R, consumed per ingested"), known(catchup.ratio, |ratio| decimals(ratio, 2)).into()]);
    table.row([Cell::from("Cache hits"), known(catchup.cache_hits_percent, percent).into()]);
    table.row(["Lost across the restart".into(), wrong(catchup.lost)]);
    table.row(["Doubled across the restart".into(), wrong(catchup.doubled)]);
    table
}

fn eta_row(eta: &EtaError) -> [String; 4] {
    let signed = |error: f64| format!("{}{}", if error > 0.0 { "+" } else { "" }, percent(error));
    [
        format!("at {} drained", percent(eta.done_percent)),
        known(eta.foretold_s, seconds),
        known(eta.real_s, seconds),
        known(eta.error_percent(), signed),
    ]
}
