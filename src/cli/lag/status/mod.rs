//! How bad it is, since when, why, when it is over and what to do, on one screen.

mod client;
mod clock;
mod columns;
mod found;
mod frame;
mod health;
mod keys;
mod line;
mod live;
mod outlook;
mod own;
mod plain;
mod rows;
mod screen;
mod source;
mod sparkline;
mod summary;
mod terminal;
#[cfg(test)]
mod tests;
mod troubles;
mod wanted;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::process::ExitCode;

use crate::cli::runtime::block_on;
use crate::cli::{Exit, Failure, Settings};

pub use clock::Clock;
use health::Health;
pub use line::{Line, Piece, Style, paragraph};
use screen::{Look, Page};
pub use source::Source;
pub use wanted::Wanted;

/// How the groups are shown.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Which partitions have a line: those that are not well, or all [default: the ten worst]
    #[arg(long, value_enum, value_name = "WHICH")]
    partitions: Option<rows::Which>,
    /// What stands first among partitions
    #[arg(long, value_enum, value_name = "BY", default_value_t)]
    sort: rows::Sort,
    /// The time of day, or how long from now (2h), by which nothing should wait: tells the rate that it takes
    #[arg(long, value_name = "HH:MM", value_parser = clock::By::parse)]
    by: Option<clock::By>,
    /// Goes on: draws anew every 2 s, or where the output is no terminal prints a line for each group and sample
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Prints the watcher's answer, or the same made of own samples (its schema: `shasta lag schema`)
    #[arg(long)]
    json: bool,
}

/// The exit code says how bad it is.
pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    let config = settings.load()?;
    block_on(async {
        let mut source = Source::new(&config, &args.wanted).map_err(unknown)?;
        let by = args.by;
        let within = move || by.map(|by| by.within_s(&Clock::now()));
        if args.watch {
            live::run(source, look(args), within).await?;
            return Ok(Health::Well.into());
        }
        let found = source.look(within()).await.map_err(unknown)?;
        let text = match args.json {
            true => found.json(&args.wanted).map_err(unknown)?,
            false => Page { found: &found, clock: &Clock::now(), look: &look(args) }.text(),
        };
        stdout().write_all(text.as_bytes())?;
        Ok(Health::of(&found).into())
    })
}

/// What cannot be read is not known: a check of Nagios says so with 3.
pub fn unknown(message: impl ToString) -> Failure {
    Failure::new(Exit::Unknown, message)
}

/// As wide as the terminal; a file or a pipe takes what a wide screen shows.
pub fn columns() -> usize {
    terminal::size().map_or(160, |(columns, _)| columns)
}

pub fn has_colors() -> bool {
    stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn look(args: &Args) -> Look {
    Look { columns: columns(), colors: has_colors(), which: args.partitions, sort: args.sort, by: args.by }
}
