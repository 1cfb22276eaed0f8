//! `server.properties` of a broker that is a whole cluster.

use std::path::Path;

/// One process, broker and controller, on this machine alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerProperties<'a> {
    pub port: u16,
    pub controller_port: u16,
    pub data: &'a Path,
}

impl ServerProperties<'_> {
    /// The file. What is not in it is at Kafka's default.
    pub fn text(&self) -> String {
        let Self { port, controller_port, data } = self;
        format!(
            "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
listeners=PLAIN://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
# A topic is made on purpose or not at all.
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# A quota, if there is one, is kept over two seconds and not over eleven: what a load test sees of it is the rate, and not a first burst.
quota.window.num=2
# At its default it takes 128 MB of a small heap.
log.cleaner.dedupe.buffer.size=16777216
",
            data.display()
        )
    }
}

/// Warnings and errors, to the standard output.
pub(super) const LOG4J: &str = "log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %m (%c)%n
";
