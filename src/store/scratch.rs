//! A redis-server of a test's own: a free port, nothing on disk, gone with the test.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::{Cmd, ConnectionLike, Value};

use super::connect::Connector;
use super::node::Node;
use crate::config;

pub struct ScratchRedis {
    process: Child,
    pub port: u16,
    bus_port: u16,
    _directory: tempfile::TempDir,
}

impl ScratchRedis {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Started with more arguments; a port that somebody else took in between is tried anew.
    pub fn start_with(arguments: &[&str]) -> Self {
        (0..5).find_map(|_| Self::try_start(free_port(), arguments)).expect("redis-server answers on some port")
    }

    /// Started at a port where one was before.
    pub fn start_at(port: u16) -> Self {
        Self::try_start(port, &[]).expect("redis-server answers on its old port")
    }

    fn try_start(port: u16, arguments: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(arguments)
            .current_dir(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let mut server = Self { process, port, bus_port: 0, _directory: directory };
        let give_up = Instant::now() + Duration::from_secs(10);
        while Instant::now() < give_up && matches!(server.process.try_wait(), Ok(None)) {
            if let Ok(mut connection) = server.client().get_connection()
                && redis::cmd("PING").exec(&mut connection).is_ok()
            {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Two nodes of a cluster that know each other; the first serves the slots below `share`, the second the others.
    pub fn cluster_of_two(share: u16) -> [Self; 2] {
        let pair = [Self::start_node(), Self::start_node()];
        let [mut first, mut second] = [pair[0].connection(), pair[1].connection()];
        let [port, bus] = [pair[1].port.to_string(), pair[1].bus_port.to_string()];
        run(&mut first, &["CLUSTER", "SET-CONFIG-EPOCH", "1"]).unwrap();
        run(&mut second, &["CLUSTER", "SET-CONFIG-EPOCH", "2"]).unwrap();
        run(&mut first, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus]).unwrap();
        run(&mut first, &["CLUSTER", "ADDSLOTSRANGE", "0", &(share - 1).to_string()]).unwrap();
        if share < 16_384 {
            run(&mut second, &["CLUSTER", "ADDSLOTSRANGE", &share.to_string(), "16383"]).unwrap();
        }
        let give_up = Instant::now() + Duration::from_secs(15);
        let ready = |connection: &mut redis::Connection| {
            let info: String = redis::cmd("CLUSTER").arg("INFO").query(connection).unwrap();
            let nodes: String = redis::cmd("CLUSTER").arg("NODES").query(connection).unwrap();
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:2") && !nodes.contains("handshake")
        };
        while !(ready(&mut first) && ready(&mut second)) {
            assert!(Instant::now() < give_up, "the nodes do not become a cluster");
            std::thread::sleep(Duration::from_millis(20));
        }
        pair
    }

    fn start_node() -> Self {
        let bus_port = free_port();
        let bus = bus_port.to_string();
        let arguments = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "60000"];
        let mut node = Self::start_with(&arguments);
        node.bus_port = bus_port;
        node
    }

    /// The process stands still: the kernel goes on accepting connections for it.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success());
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn client(&self) -> redis::Client {
        redis::Client::open(format!("redis://{}/", self.address())).unwrap()
    }

    /// A blocking connection that never waits longer than a test may.
    pub fn connection(&self) -> redis::Connection {
        let connection = self.client().get_connection().unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        connection
    }

    pub fn settings(&self) -> config::Redis {
        config::Redis { nodes: vec![self.address()], ..config::Redis::default() }
    }

    /// For reading answers that came over another connection.
    pub fn node(&self) -> Node {
        Node::new(&self.address(), &Connector::new(&self.settings()).unwrap())
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Drop for ScratchRedis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Listens to one pub/sub channel in both ways.
pub struct Subscriber(redis::Connection);

impl Subscriber {
    pub fn new(server: &ScratchRedis, channel: &str) -> Self {
        let mut connection = server.connection();
        for way in ["SUBSCRIBE", "SSUBSCRIBE"] {
            let answer = connection.req_command(&command(&[way, channel])).unwrap();
            assert_eq!(words(answer)[0], way.to_lowercase());
        }
        Self(connection)
    }

    /// What was published until now: how it came (`message` or `smessage`) and what it says.
    pub fn heard(&mut self) -> Vec<(String, String)> {
        self.0.send_packed_command(&command(&["PING", "so far"]).get_packed_command()).unwrap();
        let mut heard = Vec::new();
        loop {
            let answer = words(self.0.recv_response().unwrap());
            match &answer[..] {
                [pong, _] if pong == "pong" => return heard,
                [way, _, message] => heard.push((way.clone(), message.clone())),
                other => panic!("{other:?}"),
            }
        }
    }
}

fn words(answer: Value) -> Vec<String> {
    let Value::Array(words) = answer else { panic!("{answer:?}") };
    words.into_iter().map(|word| redis::from_redis_value(word).unwrap()).collect()
}

/// A command of words.
pub fn command(words: &[&str]) -> Cmd {
    let mut command = redis::cmd(words[0]);
    for word in &words[1..] {
        command.arg(word);
    }
    command
}

/// Runs one command; an error answer comes back as text.
pub fn run(connection: &mut redis::Connection, words: &[&str]) -> Result<Value, String> {
    command(words).query(connection).map_err(|error| error.to_string())
}
