//! A `redis-server` of a run's own: a free port of this machine, nothing on disk.

use std::ffi::OsStr;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::children::{Child, Launcher};
use super::error::LocalError;
use super::free_ports::free_ports;
use crate::config;
use crate::store::Store;

const PROGRAM: &str = "redis-server";
const READY_WITHIN: Duration = Duration::from_secs(10);
/// Somebody else may take the port between its choice and its use.
const TRIES: usize = 3;

/// The running server.
#[derive(Debug)]
pub struct PrivateRedis {
    pub child: Child,
    pub port: u16,
    pub store: Store,
}

impl PrivateRedis {
    /// What is installed, such as `7.0.15`.
    ///
    /// # Errors
    /// [`LocalError::NoRedis`]
    pub async fn version() -> Result<String, LocalError> {
        let output = Command::new(PROGRAM).arg("--version").output().await.map_err(|_| LocalError::NoRedis)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().find_map(|word| word.strip_prefix("v="));
        Ok(version.unwrap_or("of unknown version").to_owned())
    }

    /// # Errors
    /// Where it does not answer.
    pub async fn start(launcher: &Launcher) -> Result<Self, LocalError> {
        let mut tries = 1;
        loop {
            match Self::try_start(launcher).await {
                Err(LocalError::ChildEnded { .. }) if tries < TRIES => tries += 1,
                tried => return tried,
            }
        }
    }

    async fn try_start(launcher: &Launcher) -> Result<Self, LocalError> {
        let port = free_ports(1)?[0];
        let port_text = port.to_string();
        let arguments = ["--bind", "127.0.0.1", "--port", &port_text, "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"];
        let arguments: Vec<&OsStr> = arguments.into_iter().map(OsStr::new).chain([launcher.directory().as_os_str()]).collect();
        let mut child = launcher.start(PROGRAM, OsStr::new(PROGRAM), &arguments)?;
        let settings = config::Redis { nodes: vec![format!("127.0.0.1:{port}")], ..config::Redis::default() };
        let begin = Instant::now();
        loop {
            let connected = Store::connect(&settings).await;
            if let Some(ended) = child.ended() {
                return Err(ended);
            }
            match connected {
                Ok(store) => return Ok(Self { child, port, store }),
                Err(error) if begin.elapsed() > READY_WITHIN => return Err(child.not_ready(READY_WITHIN, error.to_string())),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}
