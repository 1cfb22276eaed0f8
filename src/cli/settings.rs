//! Where a command's configuration comes from: options of every command.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, FromArgMatches as _};

use crate::config::{self, Config, LoadRequest};

use super::Failure;

#[derive(Default, clap::Args)]
pub struct Settings {
    /// The configuration file; conf.d/*.toml beside it is read too
    #[arg(long, env = "SHASTA_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Sets one key, over file and environment: --set kafka.topic=tag-data; others can see the command line: no passwords
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Settings {
    /// Adds the options to a command and all below it. Not clap's `global`: of a repeated option that would keep only the innermost
    /// command's values, and silently drop a `--set` before it.
    pub(super) fn everywhere(command: clap::Command) -> clap::Command {
        Self::augment_args(command).mut_subcommands(Self::everywhere)
    }

    /// What was given along the whole line: each `--set`, and the last `--config`.
    pub(super) fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut own = Self::from_arg_matches(matches)?;
        let Some((_, below)) = matches.subcommand() else { return Ok(own) };
        let inner = Self::of(below)?;
        own.set.extend(inner.set);
        own.config = if is_given(below) { inner.config } else { own.config };
        Ok(own)
    }

    pub fn request(&self) -> LoadRequest {
        LoadRequest { file: self.config.clone(), environment: std::env::vars_os().collect(), set: self.set.clone(), without_secrets: false }
    }

    /// The configuration with its secrets, validated.
    pub fn load(&self) -> Result<Config, Failure> {
        Ok(config::load(&self.request())?)
    }
}

/// Whether `--config` stands on the command line, here or further in.
fn is_given(matches: &ArgMatches) -> bool {
    let here = matches.value_source("config") == Some(ValueSource::CommandLine);
    here || matches.subcommand().is_some_and(|(_, below)| is_given(below))
}

/// A flag's value may be a secret.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("config", &self.config).field("set", &self.set.len()).finish()
    }
}
