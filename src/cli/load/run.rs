//! `shasta load run`

use std::process::ExitCode;

use super::options::LoadOptions;
use super::progress::Display;
use super::results::{self, ResultOptions};
use super::servers::ServerOptions;
use super::{call, description};
use crate::cli::{Failure, Settings};
use crate::load::findings::Findings;
use crate::load::raw::{self, Trailer};
use crate::load::report::{Mode, Report};
use crate::load::run::measure;

/// Sends a load and reports what became of each event
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shasta load run --local                                        all on this machine: Kafka, Redis and a worker of its own
  shasta load run --config load.toml --rate 1000:10m --producers 1000 --connections 1000
  shasta load run --config load.toml --rate 100-5000:5m --level kafka
  shasta load run --level sink --faults pause=200ms/10s          what open loop shows and --model closed hides")]
pub struct Args {
    #[command(flatten)]
    pub load: LoadOptions,
    #[command(flatten)]
    pub results: ResultOptions,
    #[command(flatten)]
    pub servers: ServerOptions,
    /// Keeps every event in events.zst beside the report (about 40 bytes each): `shasta load verify`, `merge` and `compare` need it
    #[arg(long)]
    pub raw: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    let pace = args.load.pace()?;
    let mut plan = args.load.plan(&pace)?;
    let directory = args.results.directory()?;
    plan.raw = args.raw.then(|| directory.join(raw::FILE));
    let started_at = call::now();
    call::until_stopped(async move |stop| {
        let servers = args.servers.servers(settings, plan.level).await?;
        plan.workers.extend(servers.endpoints());
        plan.processes = servers.processes();
        let display = Display::new("");
        let mut measured = measure(&plan, servers.config(), stop, |progress| display.show(progress)).await.map_err(call::failure)?;
        display.end();
        let findings = Findings::of(&measured, args.load.question());
        let mut told = Report {
            ran: description::ran(Mode::Run, &args.load, &plan, &pace, started_at, measured.offered_us),
            servers: servers.told(plan.level, args.load.workers.len()),
            left_behind: servers.left_behind(plan.level),
            ..findings.report(&measured)
        };
        told.machine.shared = args.servers.local;
        if measured.is_cut_short {
            told.notes.push(format!(
                "it was ended by hand {:.0} s after its start: it is about the events until then",
                measured.offered_us as f64 / 1e6
            ));
        }
        // What was measured is told also where a server died meanwhile.
        if let Err(error) = servers.end().await {
            eprintln!("{error}");
            told.notes.push(format!("a server of the run did not end well: {error}"));
        }
        let recorder = measured.recorder.take();
        let trailer = Trailer::of(measured, findings.question, &told);
        if let Some(recorder) = recorder {
            results::keep_events(recorder, &trailer, &mut told);
        }
        results::write(&directory, &told, Some(&trailer.measured))?;
        Ok(ExitCode::from(findings.exit.number()))
    })
}
