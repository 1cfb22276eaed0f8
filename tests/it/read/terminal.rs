//! A running `shasta read`, and what it prints.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::LIMIT;
use crate::support::wait::{until, until_ok};

/// It is killed when this is dropped.
pub struct Terminal {
    child: Child,
    lines: Receiver<String>,
    errors: Arc<Mutex<String>>,
}

/// What came until the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: Option<i32>,
    /// What had not been taken before.
    pub lines: Vec<String>,
    pub errors: String,
}

impl Terminal {
    pub fn read<'a>(arguments: impl Iterator<Item = &'a str>) -> Self {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", env!("CARGO_BIN_EXE_shasta"), "read"]).args(arguments);
        Self::run(command)
    }

    /// The same into `head -n 1`; the code it ended with stands on standard error.
    pub fn read_into_head<'a>(arguments: impl Iterator<Item = &'a str>) -> Self {
        let mut command = Command::new("sh");
        let script = r#"{ setpriv --pdeathsig KILL -- "$0" read "$@"; echo "code $?" >&2; } | head -n 1"#;
        command.args(["-c", script, env!("CARGO_BIN_EXE_shasta")]).args(arguments);
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        command.env_remove("SHASTA_CONFIG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (told, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        let errors = Arc::new(Mutex::new(String::new()));
        let (collected, mut stderr) = (Arc::clone(&errors), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = stderr.read(&mut buffer) {
                collected.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { child, lines, errors }
    }

    pub fn errors(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    pub fn until_said(&self, words: &str) {
        until_ok(format!("{words:?} on standard error"), LIMIT, || if self.errors().contains(words) { Ok(()) } else { Err(self.errors()) });
    }

    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("no line came; standard error: {}", self.errors()))
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Waits for the end.
    #[track_caller]
    pub fn ended(mut self) -> Ended {
        let status = until("it to end", LIMIT, || self.child.try_wait().unwrap());
        let give_up = Instant::now() + LIMIT;
        let left = || give_up.saturating_duration_since(Instant::now());
        // The thread lets go of its end once all is read.
        let lines = std::iter::from_fn(|| self.lines.recv_timeout(left()).ok()).collect();
        let errors = until("standard error to be read", LIMIT, || (Arc::strong_count(&self.errors) == 1).then(|| self.errors()));
        Ended { code: status.code(), lines, errors }
    }

    /// Ctrl-C, and the end.
    #[track_caller]
    pub fn interrupted(self) -> Ended {
        self.signal(Signal::SIGINT);
        self.ended()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
