//! `shasta lag`: how far a group is behind, and what that means.

mod cluster;
mod peek;
mod place;
mod record;
mod record_text;
mod replay;
mod retention;
mod story;

use super::{Failure, Settings};

/// How far a consumer group is behind: the rules that call somebody, over a recorded trace
///
/// Age is that of the oldest record that waits. Speed is event time per second: 0 stopped, 1 holding, above 1 catching up.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Record(record::Args),
    Replay(replay::Args),
    Peek(peek::Args),
    Retention(retention::Args),
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    match &args.command {
        Command::Record(args) => record::run(args, settings),
        Command::Peek(args) => peek::run(args, settings),
        Command::Retention(args) => retention::run(args, settings),
        Command::Replay(args) => replay::run(args),
    }
}
