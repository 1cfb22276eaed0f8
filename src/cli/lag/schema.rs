//! `shasta lag schema`

use std::io::{Write as _, stdout};

use crate::cli::Failure;
use crate::watch::document::Document;

/// Prints the JSON schema of what `shasta lag --json` prints and a watcher answers
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run() -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Document)).map_err(Failure::failed)?;
    Ok(writeln!(stdout(), "{schema}")?)
}
