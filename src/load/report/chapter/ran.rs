//! What ran, and where.

use super::{Block, Chapter, Detail, Kind, Table};
use crate::load::report::Report;
use crate::load::report::document::{Config, Machine, Model, Ran, Servers};
use crate::load::report::number::{bytes, count, quantile, seconds, short};

pub fn chapter(report: &Report, detail: Detail) -> Chapter {
    let mut chapter = Chapter::new(Kind::Ran);
    if detail == Detail::Brief {
        return chapter;
    }
    if !report.ran.command.is_empty() {
        chapter.blocks.push(Block::Command(report.ran.command.clone()));
    }
    chapter.table(facts("Run", ran(&report.ran)));
    chapter.table(facts("Setting", config(&report.ran.config)));
    chapter.table(facts("Machine of the load", machine(&report.machine)));
    chapter.table(facts("Tested", servers(&report.servers)));
    chapter.table(hosts(report));
    chapter
}

type Fact = (String, Option<String>);

fn fact(name: &str, value: Option<impl ToString>) -> Fact {
    (name.to_owned(), value.map(|value| value.to_string()).filter(|text| !text.is_empty()))
}

/// Those that are known.
fn facts(title: &str, facts: Vec<Fact>) -> Table {
    let mut table = Table::new(&[title, "Value"]);
    facts.into_iter().filter_map(|(name, value)| Some([name, value?])).for_each(|row| table.row(row));
    table
}

fn ran(ran: &Ran) -> Vec<Fact> {
    vec![
        fact("mode", Some(ran.mode.as_str())),
        fact("version", Some(&ran.version)),
        fact("commit", ran.commit.as_ref()),
        fact("started at", Some(&ran.started_at)),
        fact("duration", (ran.duration_s > 0.0).then(|| seconds(ran.duration_s))),
    ]
}

fn config(config: &Config) -> Vec<Fact> {
    let model = match config.model {
        Model::Open => "open loop",
        Model::Closed => "closed loop: for comparison only",
    };
    let objective = config.objective.as_ref();
    let mut all = vec![
        fact("model", Some(model)),
        fact("pace", config.pace.as_ref()),
        fact("arrivals", config.arrivals.as_ref()),
        fact("seed", config.seed),
        fact("producers", config.producers.map(count)),
        fact("connections", config.connections.map(count)),
        fact("client", config.client.as_ref()),
        fact("payload", config.payload_bytes.map(|size| bytes(size as f64))),
        fact("channels", config.channels.map(count)),
        fact("level", config.level.as_ref()),
        fact("acks", config.acks.as_ref()),
        fact("linger", config.linger_ms.map(|ms| format!("{} ms", short(ms)))),
        fact("warm-up, not counted", Some(seconds(config.warm_up_s))),
        fact("pairs by", config.pair_by.as_ref()),
        fact("objective", objective.map(|o| format!("{} of {} within {} ms", quantile(o.quantile), o.stage, short(o.limit_ms)))),
    ];
    all.extend(config.others.iter().map(|(name, value)| fact(name, Some(value))));
    all
}

fn machine(machine: &Machine) -> Vec<Fact> {
    vec![
        fact("host", Some(&machine.host)),
        fact("processors", machine.cpus.map(short)),
        fact("processor", machine.cpu_model.as_ref()),
        fact("memory", machine.memory_bytes.map(|size| bytes(size as f64))),
        fact("kernel", machine.kernel.as_ref()),
        fact("shared", machine.shared.then_some("servers, workers and load ran on this one machine")),
    ]
}

fn servers(servers: &Servers) -> Vec<Fact> {
    vec![
        fact("Kafka", servers.kafka.as_ref()),
        fact("brokers", servers.brokers.map(count)),
        fact("Redis", servers.redis.as_ref()),
        fact("Redis nodes", servers.redis_nodes.map(count)),
        fact("topic", servers.topic.as_ref()),
        fact("partitions", servers.partitions.map(count)),
        fact("workers", servers.workers.map(count)),
        fact("version of the workers", servers.worker_version.as_ref()),
    ]
}

/// One host alone is told with the machine.
fn hosts(report: &Report) -> Table {
    let mut table = Table::new(&["Load host", "Producers", ">Scheduled", "Started at"]);
    if report.load_hosts.len() < 2 {
        return table;
    }
    for host in &report.load_hosts {
        let last = (host.first_producer + host.producers).saturating_sub(1);
        let started = host.started_at.clone().unwrap_or_default();
        table.row([host.host.clone(), format!("{} .. {last}", host.first_producer), count(host.scheduled), started]);
    }
    table
}
