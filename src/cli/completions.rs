//! `shasta completions`

use std::io::Write;

use clap_complete::Shell;

use super::Failure;

/// Prints a completion script for a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    shell: Shell,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "shasta", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
