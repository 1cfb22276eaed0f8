//! `shasta layout`: what is in Redis, whether it is right, and the three ways to put it right.

pub(super) mod ask;
mod deployment;
pub(super) mod place;
mod rebuild;
mod set_group;
mod show;
mod sizes;
mod skip;
mod survey;
mod unapplied;
mod verify;

use super::runtime::block_on;
use super::{Failure, Settings};

use deployment::Deployment;

/// Shows, checks and repairs what is in Redis
///
/// Each slice holds the position that the fold has reached in it, beside the data. A committed offset only says where reading begins: what
/// lies below a slice's position is skipped there. So resetting the group's offsets in Kafka alone does nothing; to fold the log again use
/// `rebuild`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(show::Args),
    Verify(verify::Args),
    Rebuild(rebuild::Args),
    Skip(skip::Args),
    SetGroup(set_group::Args),
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    block_on(async {
        let deployment = Deployment::connect(&config).await?;
        match &args.command {
            Command::Show(args) => show::run(args, &deployment).await,
            Command::Verify(args) => verify::run(args, &deployment).await,
            Command::Rebuild(args) => rebuild::run(args, &deployment).await,
            Command::Skip(args) => skip::run(args, &deployment).await,
            Command::SetGroup(args) => set_group::run(args, &deployment).await,
        }
    })
}
