//! A run of the binary and its results.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// How often a run is repeated whose generator was the limit: other tests want the processor too.
const ATTEMPTS: u32 = 8;
pub const GENERATOR: i32 = 4;
/// What a run against the sink needs beside its load.
const SINK: [&str; 8] = ["--level", "sink", "--warm-up", "1s", "--drain", "1s", "--objective", "p99<1s"];

/// The results of a run.
pub struct Run {
    pub directory: TempDir,
    pub exit: i32,
    pub stderr: String,
}

pub fn shasta(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
    command.arg("load").args(arguments).env_remove("SHASTA_CONFIG");
    command
}

pub fn exit(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Run {
    /// Runs once, whatever comes of it.
    pub fn once(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().to_str().unwrap();
        let output = shasta(&[&["run", "--raw", "--out", out], SINK.as_slice(), arguments].concat());
        Self { exit: exit(&output), stderr: stderr(&output), directory }
    }

    /// Runs until this machine let it: where the generator was the limit nothing was shown.
    pub fn undisturbed(arguments: &[&str]) -> Self {
        let runs = (0..ATTEMPTS).map(|_| Self::once(arguments));
        runs.into_iter().find(|run| run.exit != GENERATOR).expect("a machine with time for a run")
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn name(&self) -> &str {
        self.path().to_str().unwrap()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn report(&self) -> Value {
        report(self.path())
    }
}

pub fn report(directory: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join("report.json")).unwrap()).unwrap()
}

/// One run with faults of each kind, for all who only look at it.
pub fn faulty() -> &'static Run {
    static FAULTY: OnceLock<Run> = OnceLock::new();
    FAULTY.get_or_init(|| {
        Run::undisturbed(&[
            "--rate",
            "400:5",
            "--producers",
            "20",
            "--faults",
            "lose=7,double=5,reorder=3,corrupt=1",
            "--outstanding",
            "5000",
        ])
    })
}
