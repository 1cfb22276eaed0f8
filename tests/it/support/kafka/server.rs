//! The broker's process and its configuration.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{KafkaBroker, kafka_wire, unique};
use crate::support::process::{Process, Program};

const START_LIMIT: Duration = Duration::from_secs(60);
const CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qk";

impl KafkaBroker {
    pub(super) fn format(&self) {
        fs::create_dir_all(self.dir.join("data")).unwrap();
        fs::write(self.dir.join("server.properties"), self.properties()).unwrap();
        fs::write(self.dir.join("log4j.properties"), LOG4J).unwrap();
        let mut args = vec!["format", "-t", CLUSTER_ID, "-c", "server.properties"].into_iter().map(str::to_owned).collect::<Vec<_>>();
        for (name, password) in &self.options.scram_users {
            args.extend(["--add-scram".to_owned(), format!("SCRAM-SHA-512=[name={name},password={password}]")]);
        }
        let mut process = Process::spawn(&self.java("format", "256m", "kafka.tools.StorageTool", args));
        let status = process.wait_exit(START_LIMIT);
        assert!(status.success(), "the log directory could not be formatted\n{}", process.log_tail());
    }

    pub(super) fn launch(&mut self) {
        fs::write(self.dir.join("server.properties"), self.properties()).unwrap();
        let mut process = Process::spawn(&self.java("kafka", "512m", "kafka.Kafka", vec!["server.properties".to_owned()]));
        let port = self.port;
        process.wait_until("an answer to a metadata request", START_LIMIT, || kafka_wire::topic_id(port, "no-such-topic").map(drop));
        self.running.start(process);
    }

    /// Lets a user do something with a topic, on a broker that has an authorizer.
    pub fn allow(&self, user: &str, operation: &str, topic: &str) {
        let (address, principal) = (self.address(), format!("User:{user}"));
        let words = ["--bootstrap-server", &address, "--add", "--allow-principal", &principal, "--operation", operation, "--topic", topic];
        let args = words.into_iter().map(str::to_owned).collect();
        let mut process = Process::spawn(&self.java(&unique("acls"), "256m", "kafka.admin.AclCommand", args));
        let status = process.wait_exit(START_LIMIT);
        assert!(status.success(), "{operation} of {topic} could not be allowed to {user}\n{}", process.log_tail());
    }

    /// Gives the clients of this id so small a share of the broker's time that answers to them are held back.
    pub fn throttle(&self, client_id: &str) {
        let address = self.address();
        let words = ["--bootstrap-server", &address, "--alter", "--add-config", "request_percentage=0.01"];
        let args = words.into_iter().chain(["--entity-type", "clients", "--entity-name", client_id]).map(str::to_owned).collect();
        let mut process = Process::spawn(&self.java(&unique("quota"), "256m", "kafka.admin.ConfigCommand", args));
        let status = process.wait_exit(START_LIMIT);
        assert!(status.success(), "no quota for {client_id}\n{}", process.log_tail());
    }

    fn java(&self, name: &str, memory: &str, class: &str, args: Vec<String>) -> Program {
        let mut words = vec![format!("-Xmx{memory}")];
        // Quick to start and easy on a machine that runs everything else too.
        words.extend(["-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"].map(str::to_owned));
        words.push(format!("-Dlog4j.configuration=file:{}", self.dir.join("log4j.properties").display()));
        words.extend(["-cp".to_owned(), format!("{}/*", jars().display()), class.to_owned()]);
        Program::new(name, "java", self.dir.path()).args(words).args(args)
    }

    fn properties(&self) -> String {
        let mut properties: BTreeMap<String, String> = BTreeMap::new();
        let mut set = |name: &str, value: &str| drop(properties.insert(name.to_owned(), value.to_owned()));
        let is_controller = self.node == 1;
        set("process.roles", if is_controller { "broker,controller" } else { "broker" });
        set("node.id", &self.node.to_string());
        set("controller.quorum.voters", &format!("1@127.0.0.1:{}", self.controller_port));
        set("controller.listener.names", "CONTROLLER");
        set("inter.broker.listener.name", "PLAIN");
        set("log.dirs", &self.dir.join("data").display().to_string());
        for name in ["offsets.topic.replication.factor", "transaction.state.log.replication.factor", "transaction.state.log.min.isr"] {
            set(name, "1");
        }
        set("offsets.topic.num.partitions", "4");
        set("transaction.state.log.num.partitions", "2");
        set("group.initial.rebalance.delay.ms", "0");
        set("group.min.session.timeout.ms", "1000");
        set("auto.create.topics.enable", "false");
        // A broker that was killed may register again only when its old session has expired: 9 s at the default.
        set("broker.session.timeout.ms", "2500");
        set("broker.heartbeat.interval.ms", "500");
        // A topic of many partitions takes 20 MB for each at the defaults.
        set("log.index.size.max.bytes", "1048576");
        set("log.cleaner.dedupe.buffer.size", "16777216");
        set("log.cleaner.threads", "1");
        set("log.cleaner.backoff.ms", "500");
        set("num.network.threads", "2");
        set("num.io.threads", "4");
        let controller = [("CONTROLLER", self.controller_port, "PLAINTEXT")];
        let mut protocols = vec![("PLAIN", self.port, "PLAINTEXT")];
        if let Some(port) = self.secure_port {
            protocols.push(("SECURE", port, self.secure_protocol()));
        }
        let mut listeners = protocols.clone();
        listeners.extend(controller.iter().filter(|_| is_controller));
        protocols.extend(controller);
        let join = |parts: Vec<String>| parts.join(",");
        set("listeners", &join(listeners.iter().map(|(name, port, _)| format!("{name}://127.0.0.1:{port}")).collect()));
        set("listener.security.protocol.map", &join(protocols.iter().map(|(name, _, protocol)| format!("{name}:{protocol}")).collect()));
        if let Some(certificate) = &self.options.tls {
            set("listener.name.secure.ssl.keystore.type", "PEM");
            set("listener.name.secure.ssl.keystore.location", &certificate.bundle_file.display().to_string());
            set("listener.name.secure.ssl.truststore.type", "PEM");
            set("listener.name.secure.ssl.truststore.location", &certificate.ca_file.display().to_string());
            set("listener.name.secure.ssl.client.auth", if self.options.tls_clients { "required" } else { "none" });
        }
        if !self.options.scram_users.is_empty() {
            set("sasl.enabled.mechanisms", "SCRAM-SHA-512");
            let module = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
            set("listener.name.secure.scram-sha-512.sasl.jaas.config", module);
        }
        for (name, value) in &self.options.properties {
            set(name, value);
        }
        properties.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    }

    fn secure_protocol(&self) -> &'static str {
        match (self.options.tls.is_some(), self.options.scram_users.is_empty()) {
            (true, true) => "SSL",
            (true, false) => "SASL_SSL",
            (false, _) => "SASL_PLAINTEXT",
        }
    }
}

const LOG4J: &str = "log4j.rootLogger=WARN, stdout
log4j.logger.kafka.server.KafkaRaftServer=INFO
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %m (%c)%n
";

fn jars() -> PathBuf {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/kafka");
    assert!(cache.join("complete").exists(), "the jars of Apache Kafka are not in .cache/kafka: run tests/setup.sh");
    cache.join("libs")
}
