//! `shasta lag`: how far a group is behind, and what that means.

mod place;
mod replay;
mod story;

use super::Failure;

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
    Replay(replay::Args),
}

pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Replay(args) => replay::run(args),
    }
}
