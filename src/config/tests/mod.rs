//! The laws of loading, over all layers.
#![cfg(feature = "daemon")]

mod examples;
mod layers;
mod messages;
mod named;
mod secrets;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Config, ConfigErrors, LoadRequest, load};

/// A directory with a `shasta.toml`, an environment and flags.
struct World {
    directory: tempfile::TempDir,
    request: LoadRequest,
}

impl World {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), request: LoadRequest::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn file(mut self, text: &str) -> Self {
        self.request.file = Some(self.write("shasta.toml", text));
        self
    }

    fn beside(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.request.environment.push((name.into(), value.into()));
        self
    }

    fn set(mut self, assignment: &str) -> Self {
        self.request.set.push(assignment.to_owned());
        self
    }

    fn credentials(self) -> Self {
        let directory = self.directory.path().to_owned();
        self.variable("CREDENTIALS_DIRECTORY", directory)
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        load(&self.request)
    }

    fn config(&self) -> Config {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The problems as lines, without the name of the directory.
    fn problems(&self) -> Vec<String> {
        let directory = format!("{}/", self.directory.path().display());
        self.load().expect_err("it loaded").to_string().lines().map(|line| line.replace(&directory, "")).collect()
    }
}

fn repository_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}
