//! Child processes that end with this one, however it ends.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{self, Command};
use tokio::time::timeout;

use super::error::LocalError;

/// Lines of a log that are shown.
const TAIL_LINES: usize = 15;
/// How a Java process ends that was told to: 128 and the number of SIGTERM.
const TERMINATED: i32 = 143;

/// Starts children, their logs and files in one directory.
#[derive(Clone, Debug)]
pub struct Launcher {
    directory: PathBuf,
    /// Whether `setpriv` can have the kernel end a child with its parent, also where that is killed.
    dies_with_parent: bool,
}

/// A running child. It is killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    name: String,
    process: process::Child,
    pid: u32,
    log: PathBuf,
}

impl Launcher {
    pub async fn new(directory: &Path) -> Self {
        let mut trial = Command::new("setpriv");
        trial.args(["--pdeathsig", "TERM", "--", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let dies_with_parent = trial.status().await.is_ok_and(|status| status.success());
        Self { directory: directory.to_owned(), dies_with_parent }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Call it on the main thread only: the kernel ends the child with the *thread* that started it.
    ///
    /// # Errors
    /// Where the program can not be started.
    pub fn start(&self, name: &str, program: &OsStr, arguments: &[&OsStr]) -> Result<Child, LocalError> {
        let failed = |source| LocalError::Io { what: format!("{name}: {}", program.display()), source };
        let log = self.directory.join(format!("{}.log", name.replace(' ', "-")));
        let output = File::options().create(true).append(true).open(&log).map_err(failed)?;
        let mut command = if self.dies_with_parent { Command::new("setpriv") } else { Command::new(program) };
        if self.dies_with_parent {
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
        }
        for (variable, _) in std::env::vars_os() {
            // What is configured for other processes of ours, or for this one by systemd, is not meant for these.
            let text = variable.to_string_lossy();
            if text.starts_with("SHASTA") || text == "NOTIFY_SOCKET" || text == "WATCHDOG_USEC" {
                command.env_remove(&variable);
            }
        }
        command.args(arguments).current_dir(&self.directory).kill_on_drop(true);
        // Ctrl-C goes to all of the terminal's foreground group: the children are told by us alone, once and in order.
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(output.try_clone().map_err(failed)?).stderr(output);
        let process = command.spawn().map_err(failed)?;
        let pid = process.id().unwrap_or_default();
        Ok(Child { name: name.to_owned(), process, pid, log })
    }
}

impl Child {
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<LocalError> {
        let status = self.process.try_wait().ok().flatten()?;
        Some(LocalError::ChildEnded { name: self.name.clone(), status: describe(status), tail: self.tail() })
    }

    pub fn not_ready(&self, after: Duration, reason: String) -> LocalError {
        LocalError::NotReady { name: self.name.clone(), after, reason, tail: self.tail() }
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        if let Ok(pid) = i32::try_from(self.pid)
            && self.process.id().is_some()
        {
            // Gone already is as good.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }

    /// SIGKILL: it has no time to finish anything.
    ///
    /// # Errors
    /// Where it can not be sent.
    pub async fn kill(&mut self) -> Result<(), LocalError> {
        self.process.kill().await.map_err(|source| LocalError::Io { what: self.name.clone(), source })
    }

    /// Waits for its end after [`terminate`](Self::terminate).
    ///
    /// # Errors
    /// Where it failed, or had to be killed.
    pub async fn wait(&mut self, limit: Duration) -> Result<(), LocalError> {
        match timeout(limit, self.process.wait()).await {
            Ok(Ok(status)) if status.success() || status.code() == Some(TERMINATED) => Ok(()),
            Ok(Ok(status)) => Err(LocalError::ChildEnded { name: self.name.clone(), status: describe(status), tail: self.tail() }),
            Ok(Err(source)) => Err(LocalError::Io { what: self.name.clone(), source }),
            Err(_) => {
                // The error to report is that it did not end by itself.
                let _ = self.process.kill().await;
                Err(LocalError::NotEnded { name: self.name.clone(), after: limit, tail: self.tail() })
            }
        }
    }

    fn tail(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
        last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => match Signal::try_from(signal) {
            Ok(name) => format!("killed by {name}"),
            Err(_) => format!("killed by signal {signal}"),
        },
        (None, None) => status.to_string(),
    }
}
