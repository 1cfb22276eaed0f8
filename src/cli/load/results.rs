//! Where the reports go.

use std::fs;
use std::io::{BufWriter, IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::Failure;
use crate::core::load::figures::{Entry, Ledger, Stage};
use crate::load::raw::{Recorder, Trailer};
use crate::load::report::{self, IntervalRecorder, Report};
use crate::load::run::Measured;

/// Of the histograms.
const INTERVAL: Duration = Duration::from_secs(1);

/// The report as data.
pub const REPORT: &str = "report.json";

/// Where, and what beside the reports.
#[derive(Clone, Debug, clap::Args)]
pub struct ResultOptions {
    /// The directory for report.json, report.md, report.html and latency.hlog [default: load-<time> here]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

impl ResultOptions {
    /// Makes the directory, before a run whose report would have no place.
    ///
    /// # Errors
    /// Where it can not be made.
    pub fn directory(&self) -> Result<PathBuf, Failure> {
        let path = self.out.clone().unwrap_or_else(|| PathBuf::from(format!("load-{}", super::call::now().replace(':', "-"))));
        let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
        fs::create_dir_all(&path).map_err(failed)?;
        // Whether it can be written to is found out before the run.
        tempfile::tempfile_in(&path).map_err(failed)?;
        Ok(path)
    }
}

/// Writes all forms of a report, and the histograms of one run, and shows it.
///
/// # Errors
/// Where a file can not be written.
pub fn write(directory: &Path, told: &Report, measured: Option<&Measured>) -> Result<(), Failure> {
    // Also where the disk turns out to be full.
    show(told);
    let files = [(REPORT, report::json(told)), ("report.md", report::markdown(told)), ("report.html", report::html(told))];
    for (name, text) in files {
        write_file(&directory.join(name), text.as_bytes())?;
    }
    if let Some(measured) = measured {
        write_histograms(&directory.join("latency.hlog"), measured)?;
    }
    println!("report  {}", directory.join("report.html").display());
    Ok(())
}

/// A histogram for each second and stage.
fn write_histograms(path: &Path, measured: &Measured) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::failed(format!("{}: {error}", path.display()));
    let file = fs::File::create(path).map_err(|error| failed(&error))?;
    let stages: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
    let started = Duration::from_micros(measured.clock.real_us(0).max(0).unsigned_abs());
    let mut recorder = IntervalRecorder::new(BufWriter::new(file), started, INTERVAL, &stages).map_err(|error| failed(&error))?;
    for entry in in_order(&measured.ledger).filter(|entry| entry.scheduled.counted) {
        for (stage, latency) in entry.latencies_us.iter().enumerate() {
            let Some(latency) = latency else { continue };
            recorder.feed(stage, entry.scheduled.intended_us, *latency).map_err(|error| failed(&error))?;
        }
    }
    recorder.finish().map(drop).map_err(|error| failed(&error))
}

/// By their intended times: those of several load hosts lie host by host in the ledger.
fn in_order(ledger: &Ledger) -> impl Iterator<Item = Entry> {
    let mut events: Vec<u64> = (0..ledger.len() as u64).collect();
    events.sort_by_key(|event| ledger.entry(*event).map(|entry| entry.scheduled.intended_us));
    events.into_iter().filter_map(|event| ledger.entry(event))
}

/// Shows a report on the terminal.
pub fn show(told: &Report) {
    let (width, colour) = (width(), stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    println!("{}", report::terminal(told, width, colour));
}

/// Ends the raw events. Where that fails the report says so: it is whole without them.
pub fn keep_events(recorder: Recorder, trailer: &Trailer, told: &mut Report) {
    if let Err(error) = recorder.finish(trailer) {
        eprintln!("{error}");
        told.notes.push(format!("there are no raw events: {error}"));
    }
}

pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let partial = path.with_extension("partial");
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    written.map_err(|error| {
        // Half a report would be read as a whole one.
        let _ = fs::remove_file(&partial);
        Failure::failed(format!("{}: {error}", path.display()))
    })
}

pub fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(stdout());
    size.ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0).unwrap_or(100)
}
