//! A real Apache Kafka of a run's own: one process, free ports of this machine, its data in the run's directory.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::sleep;

use super::children::{Child, Launcher};
use super::error::LocalError;
use super::free_ports::free_ports;
use super::kafka_jars::KafkaJars;
use super::server_properties::{LOG4J, ServerProperties};
use crate::config::Kafka;
use crate::kafka::{Cluster, TopicError};

const NAME: &str = "kafka";
/// The garbage collector as Kafka's own start script sets it.
const BROKER: [&str; 4] = ["-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"];
/// Quick to start: a tool runs for a second.
const TOOL: [&str; 4] = ["-Xms64m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
/// Any base64 of 16 bytes.
const CLUSTER_ID: &str = "c2hhc3RhLWxvY2FsLWthZg";
const READY_WITHIN: Duration = Duration::from_secs(60);
const TOOL_WITHIN: Duration = Duration::from_secs(60);
const END_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Somebody else may take a port between its choice and its use.
const TRIES: usize = 3;
/// Every broker has to answer for a topic, also for one that it has not.
const NO_TOPIC: &str = "shasta-is-kafka-ready";

/// The running broker.
#[derive(Debug)]
pub struct KafkaProcess {
    pub child: Child,
    java: Java,
    port: u16,
}

impl KafkaProcess {
    /// Starts it and waits until it answers. Call it on the main thread only, see [`Launcher::start`].
    ///
    /// # Errors
    /// [`LocalError::NoJava`], or what it said when it ended.
    pub async fn start(launcher: &Launcher, jars: &KafkaJars) -> Result<Self, LocalError> {
        let java = Java::of_the_user(launcher, jars).await?;
        let mut tries = 1;
        loop {
            match Self::try_start(&java).await {
                Err(LocalError::ChildEnded { .. }) if tries < TRIES => tries += 1,
                tried => return tried,
            }
        }
    }

    async fn try_start(java: &Java) -> Result<Self, LocalError> {
        let ports = free_ports(2)?;
        let data = java.launcher.directory().join(format!("kafka-{}", ports[0]));
        let properties = ServerProperties { port: ports[0], controller_port: ports[1], data: &data }.text();
        let file = java.write("server.properties", &properties)?;
        java.tool("kafka format", "kafka.tools.StorageTool", &["format", "-t", CLUSTER_ID, "-c", &file.to_string_lossy()]).await?;
        let child = java.start(NAME, BROKER, "kafka.Kafka", &[&file.to_string_lossy()])?;
        let mut broker = Self { child, java: java.clone(), port: ports[0] };
        broker.ready().await?;
        Ok(broker)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The settings of clients of one topic and group.
    pub fn settings(&self, topic: &str, group: &str) -> Kafka {
        Kafka { brokers: self.address(), topic: topic.to_owned(), group: group.to_owned(), ..Kafka::default() }
    }

    /// Makes a topic that is not there, with Kafka's own tool: that takes a second or two.
    ///
    /// # Errors
    /// What the tool said.
    pub async fn create_topic(&self, topic: &str, partitions: u32) -> Result<(), LocalError> {
        let (address, partitions) = (self.address(), partitions.to_string());
        let words =
            ["--bootstrap-server", &address, "--create", "--topic", topic, "--partitions", &partitions, "--replication-factor", "1"];
        self.java.tool(&format!("topic {topic}"), "org.apache.kafka.tools.TopicCommand", &words).await
    }

    /// Lets no client write more than so many bytes a second from now on, by a quota of the broker's. It is kept over two seconds.
    ///
    /// # Errors
    /// What the tool said.
    pub async fn limit_producers(&self, bytes_per_second: u64) -> Result<(), LocalError> {
        let (address, limit) = (self.address(), format!("producer_byte_rate={bytes_per_second}"));
        let words = ["--bootstrap-server", &address, "--alter", "--add-config", &limit, "--entity-type", "clients", "--entity-default"];
        self.java.tool("quota", "kafka.admin.ConfigCommand", &words).await
    }

    /// Ends it.
    ///
    /// # Errors
    /// Where it does not end well.
    pub async fn end(mut self) -> Result<(), LocalError> {
        self.child.terminate();
        self.child.wait(END_WITHIN).await
    }

    async fn ready(&mut self) -> Result<(), LocalError> {
        let begun = Instant::now();
        let mut reason = "its port is closed".to_owned();
        while begun.elapsed() < READY_WITHIN {
            self.child.ended().map_or(Ok(()), Err)?;
            // The client library logs every refused connection.
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                let cluster = Cluster::connect(&self.settings(NO_TOPIC, NO_TOPIC), NO_TOPIC)?;
                match cluster.describe(NO_TOPIC).await {
                    Ok(_) | Err(TopicError::Unknown { .. }) => return Ok(()),
                    Err(error) => reason = error.to_string(),
                }
            }
            sleep(LOOK_EVERY).await;
        }
        Err(self.child.not_ready(READY_WITHIN, reason))
    }
}

/// What runs a class of Kafka's.
#[derive(Clone, Debug)]
struct Java {
    launcher: Launcher,
    program: OsString,
    class_path: String,
    log_settings: PathBuf,
}

impl Java {
    /// That of `$JAVA_HOME`, else on the path.
    async fn of_the_user(launcher: &Launcher, jars: &KafkaJars) -> Result<Self, LocalError> {
        let home = std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty());
        let program = home.map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java").into_os_string());
        let mut trial = Command::new(&program);
        trial.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match trial.status().await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LocalError::NoJava),
            tried => tried.map_err(LocalError::io(program.display()))?,
        };
        let log_settings = launcher.directory().join("log4j.properties");
        fs::write(&log_settings, LOG4J).map_err(LocalError::io(log_settings.display()))?;
        Ok(Self { launcher: launcher.clone(), program, class_path: jars.class_path(), log_settings })
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, LocalError> {
        let file = self.launcher.directory().join(name);
        fs::write(&file, text).map_err(LocalError::io(file.display()))?;
        Ok(file)
    }

    fn start(&self, name: &str, options: [&str; 4], class: &str, arguments: &[&str]) -> Result<Child, LocalError> {
        let log_settings = format!("-Dlog4j.configuration=file:{}", self.log_settings.display());
        let setting = [log_settings.as_str(), "-cp", &self.class_path, class];
        let words: Vec<&OsStr> = options.iter().chain(&setting).chain(arguments).map(|word| OsStr::new(*word)).collect();
        self.launcher.start(name, &self.program, &words)
    }

    /// Runs a tool to its end.
    async fn tool(&self, name: &str, class: &str, arguments: &[&str]) -> Result<(), LocalError> {
        self.start(name, TOOL, class, arguments)?.wait(TOOL_WITHIN).await
    }
}
