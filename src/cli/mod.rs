//! The commands. Each is one file with its `Args` and a `run`, and one variant of `Command`.

pub mod completions;
pub mod config;
pub mod demo;
pub mod exit;
mod host;
mod json_text;
pub mod lag;
pub mod layout;
pub mod load;
pub mod maintenance;
pub mod publish;
pub mod read;
mod runtime;
mod settings;
mod topic;
pub mod watch;
mod watchers;
pub mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use exit::{Exit, Failure};
pub use settings::Settings;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("SHASTA_GIT_SHA"), ")");

/// Moves TagData events from Kafka into live state in Redis, exactly once per channel.
#[derive(Debug, Parser)]
#[command(name = "shasta", version = VERSION, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Worker(worker::Args),
    Watch(watch::Args),
    Maintenance(maintenance::Args),
    Read(read::Args),
    Publish(publish::Args),
    Layout(layout::Args),
    Lag(lag::Args),
    Load(load::Args),
    Demo(demo::Args),
    Config(config::Args),
    Completions(completions::Args),
}

/// The whole command line, as its parser.
fn command() -> clap::Command {
    Settings::everywhere(Cli::command())
}

/// Parses the command line, runs the command, and says on standard error what failed.
pub fn main() -> ExitCode {
    let parsed = command().try_get_matches().and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, Settings::of(&matches)?)));
    match parsed {
        Ok((cli, settings)) => run(&cli.command, &settings).unwrap_or_else(|failure| failure.report()),
        Err(error) => refused(error),
    }
}

/// What the parser refuses, and what it answers itself: help and version.
fn refused(error: clap::Error) -> ExitCode {
    let error = error.format(&mut command());
    // Nobody is left to tell where the stream is closed.
    let _ = error.print();
    let is_check = || lag::is_check(std::env::args_os().filter_map(|word| word.into_string().ok()));
    match error.use_stderr() {
        false => Exit::Done.into(),
        true if is_check() => Exit::Unknown.into(),
        true => Exit::Usage.into(),
    }
}

fn run(command: &Command, settings: &Settings) -> Result<ExitCode, Failure> {
    let done = match command {
        Command::Lag(args) => return lag::run(args, settings),
        Command::Load(args) => return load::run(args, settings),
        Command::Worker(_) => worker::run(settings),
        Command::Watch(args) => watch::run(args, settings),
        Command::Maintenance(args) => maintenance::run(args, settings),
        Command::Read(args) => read::run(args, settings),
        Command::Publish(args) => publish::run(args, settings),
        Command::Layout(args) => layout::run(args, settings),
        Command::Demo(args) => demo::run(args, settings),
        Command::Config(args) => config::run(args, settings),
        Command::Completions(args) => completions::run(args),
    };
    done.map(|()| Exit::Done.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(line: &[&str]) -> Settings {
        Settings::of(&command().get_matches_from(line)).unwrap()
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn settings_before_and_after_the_command_all_count() {
        let line = ["shasta", "--set", "a=1", "--set", "b=2", "config", "--set", "c=3", "check", "--set", "d=4"];
        assert_eq!(settings(&line).set, ["a=1", "b=2", "c=3", "d=4"]);
    }

    #[test]
    fn the_innermost_file_counts() {
        let path = |line: &[&str]| settings(line).config.map(|path| path.display().to_string());
        assert_eq!(path(&["shasta", "--config", "a", "config", "check"]).as_deref(), Some("a"));
        assert_eq!(path(&["shasta", "--config", "a", "config", "check", "--config", "b"]).as_deref(), Some("b"));
    }
}
