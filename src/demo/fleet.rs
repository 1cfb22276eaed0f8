//! The workers: real ones, children of this very executable.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::children::{Child, Launcher};
use super::error::DemoError;
use super::private_redis::free_ports;

/// A worker may finish what is in flight for this long.
const DRAIN: Duration = Duration::from_secs(5);
/// Draining, and leaving the group.
const END_WITHIN: Duration = Duration::from_secs(20);

/// What all workers are told.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    pub brokers: String,
    pub topic: &'static str,
    pub group: &'static str,
    pub redis: String,
    pub stream_length: u64,
}

#[derive(Debug)]
pub struct Fleet {
    launcher: Launcher,
    executable: PathBuf,
    pub workers: Vec<Worker>,
}

#[derive(Debug)]
pub struct Worker {
    /// From 1.
    pub number: usize,
    /// Of its HTTP endpoint.
    pub address: String,
    pub restarts: u32,
    config: PathBuf,
    child: Child,
}

impl Worker {
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    pub fn not_ready(&self, after: Duration, reason: String) -> DemoError {
        self.child.not_ready(after, reason)
    }
}

impl Fleet {
    /// Starts all workers at once.
    ///
    /// # Errors
    /// Where one can not be started.
    pub fn start(launcher: Launcher, settings: &WorkerSettings, count: usize) -> Result<Self, DemoError> {
        let executable = std::env::current_exe().map_err(DemoError::io("the running executable"))?;
        let mut fleet = Self { launcher, executable, workers: Vec::with_capacity(count) };
        for (index, port) in free_ports(count)?.into_iter().enumerate() {
            let (number, address) = (index + 1, format!("127.0.0.1:{port}"));
            let config = fleet.launcher.directory().join(format!("worker-{number}.toml"));
            std::fs::write(&config, configuration(settings, &address)).map_err(DemoError::io(config.display()))?;
            let child = fleet.spawn(number, &config)?;
            fleet.workers.push(Worker { number, address, restarts: 0, config, child });
        }
        Ok(fleet)
    }

    fn spawn(&self, number: usize, config: &Path) -> Result<Child, DemoError> {
        let arguments = [OsStr::new("worker"), OsStr::new("--config"), config.as_os_str()];
        self.launcher.start(&format!("worker {number}"), self.executable.as_os_str(), &arguments)
    }

    /// Whether all live. Those that died are started again where `keep_going`.
    ///
    /// # Errors
    /// The end of the first that died.
    pub fn look_after(&mut self, keep_going: bool) -> Result<(), DemoError> {
        for index in 0..self.workers.len() {
            let worker = &mut self.workers[index];
            let Some(ended) = worker.child.ended() else { continue };
            if !keep_going {
                return Err(ended);
            }
            let child = self.spawn(self.workers[index].number, &self.workers[index].config)?;
            let worker = &mut self.workers[index];
            worker.child = child;
            worker.restarts += 1;
        }
        Ok(())
    }

    /// Has all of them drain and waits for that.
    ///
    /// # Errors
    /// The first that did not end well.
    pub async fn stop(&mut self) -> Result<(), DemoError> {
        self.workers.iter().for_each(|worker| worker.child.terminate());
        let mut result = Ok(());
        for worker in &mut self.workers {
            let ended = worker.child.wait(END_WITHIN).await;
            result = result.and(ended);
        }
        result
    }
}

fn configuration(settings: &WorkerSettings, listen: &str) -> String {
    let WorkerSettings { brokers, topic, group, redis, stream_length } = settings;
    format!(
        r#"# One worker of a running demo.
[kafka]
brokers = "{brokers}"
topic = "{topic}"
group = "{group}"
session_timeout = "6s"

[kafka.properties]
"heartbeat.interval.ms" = "500"
# The demo's broker answers a fetch that finds nothing only after all of this. On a real one leave it at 500.
"fetch.wait.max.ms" = "5"

[redis]
nodes = ["{redis}"]

[fold]
stream_length = {stream_length}

[worker]
commit_interval = "1s"
drain_timeout = "{}s"
threads = 2

[worker.memory]
budget = "128MiB"

[http]
listen = "{listen}"
"#,
        DRAIN.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LoadRequest, load};

    #[test]
    fn workers_get_a_configuration_that_they_take() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("worker.toml");
        let settings = WorkerSettings {
            brokers: "127.0.0.1:1".to_owned(),
            topic: "tag-data",
            group: "g",
            redis: "127.0.0.1:2".to_owned(),
            stream_length: 5_000,
        };
        std::fs::write(&file, configuration(&settings, "127.0.0.1:3")).unwrap();
        let request = LoadRequest { file: Some(file), environment: Vec::new(), set: Vec::new(), without_secrets: false };
        let config = load(&request).unwrap();
        assert_eq!((config.http.listen.as_str(), config.fold.stream_length), ("127.0.0.1:3", 5_000));
    }
}
