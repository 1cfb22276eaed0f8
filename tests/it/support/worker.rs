//! A running `shasta worker`, with its configuration file and its HTTP port.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::kafka::{KafkaBroker, unique};
use super::ports::free_port;
use super::process::{Process, Program};
use super::scratch::Scratch;

const READY_LIMIT: Duration = Duration::from_secs(30);
const EXIT_LIMIT: Duration = Duration::from_secs(40);
const HTTP_LIMIT: Duration = Duration::from_secs(5);

/// The worker's configuration: every part of it may be set by its dotted name.
#[derive(Clone, Debug, Default)]
pub struct WorkerConfig {
    table: toml::Table,
}

impl WorkerConfig {
    /// A worker as tests want it: quick to join, to commit and to give up.
    pub fn new(kafka: &KafkaBroker, topic: &str, group: &str, redis: &[String], prefix: &str) -> Self {
        let nodes = redis.iter().cloned().map(toml::Value::String).collect::<Vec<_>>();
        Self::default()
            .set("kafka.brokers", kafka.address())
            .set("kafka.topic", topic)
            .set("kafka.group", group)
            .set("kafka.session_timeout", "6s")
            .set("redis.nodes", nodes)
            .set("redis.prefix", prefix)
            // The oracle wants the whole of every stream.
            .set("fold.stream_length", 1_000_000)
            .set("worker.commit_interval", "200ms")
            .set("worker.threads", 2)
            .set("log.filter", "info,shasta=debug")
    }

    pub fn parse(text: &str) -> Self {
        Self { table: text.parse().unwrap_or_else(|error| panic!("{error}\n{text}")) }
    }

    pub fn set(mut self, path: &str, value: impl Into<toml::Value>) -> Self {
        let (sections, key) = path.rsplit_once('.').expect("a name with its section: section.key");
        let mut table = &mut self.table;
        for section in sections.split('.') {
            let entry = table.entry(section).or_insert_with(|| toml::Table::new().into());
            table = entry.as_table_mut().unwrap_or_else(|| panic!("{section} in {path} is no section"));
        }
        table.insert(key.to_owned(), value.into());
        self
    }

    pub fn text(&self) -> String {
        self.table.to_string()
    }
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    pub body: String,
}

#[derive(Debug)]
pub struct Worker {
    process: Process,
    port: u16,
    program: Program,
    dir: Scratch,
}

impl Worker {
    pub fn spawn(config: WorkerConfig) -> Self {
        Self::spawn_with(config, &[])
    }

    /// With further environment variables.
    pub fn spawn_with(config: WorkerConfig, env: &[(&str, &str)]) -> Self {
        let dir = Scratch::new("worker");
        let port = free_port();
        let file = dir.join("shasta.toml");
        fs::write(&file, config.set("http.listen", format!("127.0.0.1:{port}")).text()).unwrap();
        let args = ["worker".to_owned(), "--config".to_owned(), file.display().to_string()];
        let mut program = Program::new(&unique("worker"), env!("CARGO_BIN_EXE_shasta"), dir.path()).args(args);
        for (name, value) in env {
            program = program.env(name, value);
        }
        Self { process: Process::spawn(&program), port, program, dir }
    }

    /// Spawns one and waits until it is ready.
    pub fn start(config: WorkerConfig) -> Self {
        let mut worker = Self::spawn(config);
        worker.wait_ready();
        worker
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub fn config_file(&self) -> PathBuf {
        self.dir.join("shasta.toml")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn log(&self) -> String {
        self.process.log()
    }

    pub fn wait_ready(&mut self) {
        let port = self.port;
        self.process.wait_until("/readyz to say yes", READY_LIMIT, || match http_get(port, "/readyz") {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(format!("{} {}", answer.status, answer.body)),
            Err(error) => Err(error.to_string()),
        });
    }

    /// For a worker that may not listen yet.
    pub fn try_get(&self, path: &str) -> std::io::Result<HttpAnswer> {
        http_get(self.port, path)
    }

    pub fn get(&self, path: &str) -> HttpAnswer {
        http_get(self.port, path).unwrap_or_else(|error| panic!("GET {path}: {error}\n{}", self.process.log_tail()))
    }

    /// `GET /state`
    pub fn state(&self) -> Value {
        let answer = self.get("/state");
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("/state: {error}\n{}", answer.body))
    }

    /// `GET /metrics`: the text that Prometheus reads.
    pub fn metrics(&self) -> String {
        self.get("/metrics").body
    }

    /// The sum of a metric over those of its series that carry all these labels (`partition="3"`).
    pub fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        sum_series(&self.metrics(), name, labels)
    }

    /// How often a partition started again for this reason.
    pub fn rewinds(&self, reason: &str) -> f64 {
        self.metric("shasta_rewinds_total", &[&format!("reason=\"{reason}\"")])
    }

    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    pub fn kill9(&mut self) {
        self.process.kill();
    }

    /// SIGTERM, and the wait until it has drained and left.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.terminate(EXIT_LIMIT)
    }

    pub fn wait_exit(&mut self) -> ExitStatus {
        self.process.wait_exit(EXIT_LIMIT)
    }

    /// The same worker again: same configuration, same port.
    pub fn restart(&mut self) {
        self.process.kill();
        self.process = Process::spawn(&self.program);
        self.wait_ready();
    }
}

pub fn http_get(port: u16, path: &str) -> std::io::Result<HttpAnswer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(HTTP_LIMIT))?;
    stream.set_write_timeout(Some(HTTP_LIMIT))?;
    // HTTP/1.0: the answer is not chunked and ends with the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    // In one piece: `write!` would send it in several, which a peer may read one by one.
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let invalid = || std::io::Error::other(format!("no HTTP answer: {text:?}"));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(invalid)?;
    let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).ok_or_else(invalid)?;
    Ok(HttpAnswer { status, body: body.to_owned() })
}

pub fn sum_series(metrics: &str, name: &str, labels: &[&str]) -> f64 {
    let series = metrics.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    let ours = series.filter(|(series, _)| series.split('{').next() == Some(name) && labels.iter().all(|label| series.contains(label)));
    ours.map(|(series, value)| value.parse::<f64>().unwrap_or_else(|error| panic!("{series}: {error}"))).sum()
}
