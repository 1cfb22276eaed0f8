//! A program that gets our JSON on its standard input. It counts as told when it ends with 0.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::core::delivery::Alert;
use crate::notify::error::SendError;

/// As much of what it says on standard error as is told.
const SAID_BYTES: usize = 300;
/// What our configuration may hold of secrets is not for a program of somebody else.
const OUR_VARIABLES: &str = "SHASTA__";

#[derive(Debug)]
pub struct Exec {
    channel: String,
    program: String,
    arguments: Vec<String>,
    limit: Duration,
}

impl Exec {
    pub fn new(name: &str, command: &[String], limit: Duration) -> Option<Self> {
        let (program, arguments) = command.split_first()?;
        Some(Self { channel: name.to_owned(), program: program.clone(), arguments: arguments.to_vec(), limit })
    }

    pub async fn send(&self, alert: &Alert) -> Result<(), SendError> {
        let mut child = self.start()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        let ended = tokio::time::timeout(self.limit, run(&mut child, super::json(alert))).await;
        match ended {
            Ok(Ok((status, _))) if status.success() => Ok(()),
            Ok(Ok((status, said))) => Err(self.failed(status.to_string(), said)),
            Ok(Err(error)) => Err(self.failed("an error".to_owned(), error.to_string())),
            Err(_) => {
                // With all that it started.
                group.map(|group| killpg(Pid::from_raw(group), Signal::SIGKILL));
                Err(SendError::TimedOut { channel: self.channel.clone(), after: self.limit })
            }
        }
    }

    fn start(&self) -> Result<Child, SendError> {
        let mut command = Command::new(&self.program);
        let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with(OUR_VARIABLES));
        for name in ours {
            command.env_remove(name);
        }
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let not_started = |error: std::io::Error| {
            let (channel, program) = (self.channel.clone(), self.program.clone());
            SendError::NotStarted { channel, program, reason: error.to_string() }
        };
        command.spawn().map_err(not_started)
    }

    fn failed(&self, status: String, said: String) -> SendError {
        SendError::Failed { channel: self.channel.clone(), program: self.program.clone(), status, said }
    }
}

/// Feeds it and hears it at the same time, so that neither waits for the other.
async fn run(child: &mut Child, input: Vec<u8>) -> std::io::Result<(ExitStatus, String)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let feed = async move {
        if let Some(mut stdin) = stdin {
            // A program that does not read has decided so.
            let _ = stdin.write_all(&input).await;
        }
    };
    let hear = async move {
        match stderr {
            Some(stderr) => beginning(stderr).await,
            None => String::new(),
        }
    };
    // Who ends decides, whatever it leaves running with our pipes.
    let (status, said) = {
        let talk = async { tokio::join!(feed, hear).1 };
        tokio::pin!(talk);
        tokio::select! {
            said = &mut talk => (child.wait().await?, said),
            status = child.wait() => (status?, tokio::time::timeout(Duration::from_millis(100), talk).await.unwrap_or_default()),
        }
    };
    Ok((status, said))
}

/// The rest is read and thrown away.
async fn beginning(mut from: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1_024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let room = SAID_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).split_whitespace().collect::<Vec<_>>().join(" ")
}
