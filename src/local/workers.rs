//! The workers: real ones, processes of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use futures_util::future::join_all;
use toml::{Table, Value};

use super::children::{Child, Launcher};
use super::error::LocalError;
use super::free_ports::free_ports;
use super::worker_view::WorkerView;

/// A worker may finish what is in flight for this long.
const DRAIN: Duration = Duration::from_secs(5);
/// Draining, and leaving the group.
const END_WITHIN: Duration = Duration::from_secs(20);
/// After this long workers without partitions are not waited for: they get theirs later.
const ALL_SHARE_WITHIN: Duration = Duration::from_secs(4);
const READY_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What all workers are told; everything else is as it is where nothing is configured.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    pub brokers: String,
    pub topic: String,
    pub group: String,
    /// `host:port` of one node or more.
    pub redis: Vec<String>,
    /// Of every key.
    pub prefix: String,
    /// About how many entries a stream keeps.
    pub stream_length: u64,
    /// The budget of one worker.
    pub memory: ByteSize,
    /// `[kafka.properties]`
    pub properties: BTreeMap<String, String>,
}

/// All workers. What still runs is killed when this is dropped.
#[derive(Debug)]
pub struct Workers {
    launcher: Launcher,
    executable: PathBuf,
    all: Vec<Worker>,
}

/// One worker: always at the same address, whichever process it is.
#[derive(Debug)]
pub struct Worker {
    /// From 1.
    pub number: usize,
    /// Of its HTTP endpoint.
    pub address: String,
    /// How often it was started again.
    pub restarts: u32,
    config: PathBuf,
    child: Child,
    /// It was ended by us.
    is_stopped: bool,
}

impl Worker {
    /// Of its last process.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }
}

impl Workers {
    /// Starts all workers at once. Call it on the main thread only, as every method that starts one: the kernel ends a child with the *thread*
    /// that started it. `executable`: a `shasta`, usually the running one.
    ///
    /// # Errors
    /// Where one can not be started.
    pub fn start(launcher: Launcher, executable: PathBuf, settings: &WorkerSettings, count: usize) -> Result<Self, LocalError> {
        let mut workers = Self { launcher, executable, all: Vec::with_capacity(count) };
        for (index, port) in free_ports(count)?.into_iter().enumerate() {
            let (number, address) = (index + 1, format!("127.0.0.1:{port}"));
            let config = workers.launcher.directory().join(format!("worker-{number}.toml"));
            std::fs::write(&config, configuration(settings, &address)?).map_err(LocalError::io(config.display()))?;
            let child = workers.spawn(number, &config)?;
            workers.all.push(Worker { number, address, restarts: 0, config, child, is_stopped: false });
        }
        Ok(workers)
    }

    fn spawn(&self, number: usize, config: &Path) -> Result<Child, LocalError> {
        let arguments = [OsStr::new("worker"), OsStr::new("--config"), config.as_os_str()];
        self.launcher.start(&format!("worker {number}"), self.executable.as_os_str(), &arguments)
    }

    pub fn all(&self) -> &[Worker] {
        &self.all
    }

    /// What each says of itself, in their order; a worker that does not run says nothing.
    pub async fn views(&self) -> Vec<WorkerView> {
        join_all(self.all.iter().map(|worker| WorkerView::of(&worker.address))).await
    }

    /// Waits until every partition is worked on, and nearly always until every worker has one. `others`: whether what the workers need lives.
    ///
    /// # Errors
    /// Where that takes too long, or something died.
    pub async fn ready(&mut self, partitions: u32, mut others: impl FnMut() -> Result<(), LocalError>) -> Result<(), LocalError> {
        let begun = Instant::now();
        loop {
            others()?;
            self.look_after(false)?;
            let views = self.views().await;
            let folding: BTreeSet<i32> = views.iter().flat_map(WorkerView::folding).collect();
            let idle = self.all.iter().zip(&views).find(|(worker, view)| !worker.is_stopped && view.folding().next().is_none());
            let all_are_worked_on = folding.len() == partitions as usize;
            if all_are_worked_on && (idle.is_none() || begun.elapsed() > ALL_SHARE_WITHIN) {
                return Ok(());
            }
            if begun.elapsed() > READY_WITHIN
                && let Some(worker) = idle.map(|(worker, _)| worker).or(self.all.first())
            {
                let reason = format!("{} of {partitions} partitions are worked on", folding.len());
                return Err(worker.child.not_ready(READY_WITHIN, reason));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether all live that were not stopped. Those that died are started again where `keep_going`.
    ///
    /// # Errors
    /// The end of the first that died.
    pub fn look_after(&mut self, keep_going: bool) -> Result<(), LocalError> {
        for index in 0..self.all.len() {
            let worker = &mut self.all[index];
            if worker.is_stopped {
                continue;
            }
            let Some(ended) = worker.child.ended() else { continue };
            if !keep_going {
                return Err(ended);
            }
            self.restart(index)?;
        }
        Ok(())
    }

    /// Has all of them drain (SIGTERM) and waits for that.
    ///
    /// # Errors
    /// The first that did not end well.
    pub async fn stop(&mut self) -> Result<(), LocalError> {
        self.all.iter().filter(|worker| !worker.is_stopped).for_each(|worker| worker.child.terminate());
        let mut result = Ok(());
        for worker in self.all.iter_mut().filter(|worker| !worker.is_stopped) {
            worker.is_stopped = true;
            let ended = worker.child.wait(END_WITHIN).await;
            result = result.and(ended);
        }
        result
    }

    /// Kills (SIGKILL) all of them: what is in flight is neither finished nor committed.
    ///
    /// # Errors
    /// The first that could not be killed.
    pub async fn kill(&mut self) -> Result<(), LocalError> {
        let mut result = Ok(());
        for worker in self.all.iter_mut().filter(|worker| !worker.is_stopped) {
            worker.is_stopped = true;
            result = result.and(worker.child.kill().await);
        }
        result
    }

    /// Starts those again that were stopped or killed, each with the configuration and the address that it had.
    ///
    /// # Errors
    /// Where one can not be started.
    pub fn start_again(&mut self) -> Result<(), LocalError> {
        let stopped: Vec<usize> = (0..self.all.len()).filter(|index| self.all[*index].is_stopped).collect();
        stopped.into_iter().try_for_each(|index| self.restart(index))
    }

    fn restart(&mut self, index: usize) -> Result<(), LocalError> {
        let child = self.spawn(self.all[index].number, &self.all[index].config)?;
        let worker = &mut self.all[index];
        worker.child = child;
        worker.is_stopped = false;
        worker.restarts += 1;
        Ok(())
    }
}

/// The file that a worker reads.
fn configuration(settings: &WorkerSettings, listen: &str) -> Result<String, LocalError> {
    let text = |text: &str| Value::String(text.to_owned());
    let properties: Table = settings.properties.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let sections = [
        (
            "kafka",
            vec![
                ("brokers", text(&settings.brokers)),
                ("topic", text(&settings.topic)),
                ("group", text(&settings.group)),
                ("session_timeout", text("6s")),
                ("properties", Value::Table(properties)),
            ],
        ),
        (
            "redis",
            vec![("nodes", Value::Array(settings.redis.iter().map(|node| text(node)).collect())), ("prefix", text(&settings.prefix))],
        ),
        ("fold", vec![("stream_length", Value::Integer(i64::try_from(settings.stream_length).unwrap_or(i64::MAX)))]),
        (
            "worker",
            vec![
                ("commit_interval", text("1s")),
                ("drain_timeout", text(&format!("{}s", DRAIN.as_secs()))),
                ("threads", Value::Integer(2)),
                ("memory", Value::Table([("budget".to_owned(), text(&format!("{}B", settings.memory.as_u64())))].into_iter().collect())),
            ],
        ),
        ("http", vec![("listen", text(listen))]),
    ];
    let section = |values: Vec<(&str, Value)>| values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Table>();
    let file: Table = sections.into_iter().map(|(name, values)| (name.to_owned(), Value::Table(section(values)))).collect();
    Ok(toml::to_string(&file)?)
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
            topic: "tag-data".to_owned(),
            group: "a \"group\"".to_owned(),
            redis: vec!["127.0.0.1:2".to_owned(), "127.0.0.1:4".to_owned()],
            prefix: "shasta-load-7:".to_owned(),
            stream_length: 5_000,
            memory: ByteSize::mib(128),
            properties: [("heartbeat.interval.ms".to_owned(), "500".to_owned())].into(),
        };
        std::fs::write(&file, configuration(&settings, "127.0.0.1:3").unwrap()).unwrap();
        let request = LoadRequest { file: Some(file), environment: Vec::new(), set: Vec::new(), without_secrets: false };
        let config = load(&request).unwrap();
        assert_eq!((config.http.listen.as_str(), config.fold.stream_length), ("127.0.0.1:3", 5_000));
        assert_eq!((config.kafka.group, config.kafka.properties), (settings.group, settings.properties));
        assert_eq!((config.redis.nodes, config.redis.prefix), (settings.redis, settings.prefix));
        assert_eq!((config.worker.memory.budget, config.worker.drain_timeout), (settings.memory, DRAIN));
    }
}
