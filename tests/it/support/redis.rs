//! A Redis server of a test's own.

use std::collections::HashMap;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::Duration;

use redis::Connection;

use super::ports::free_port;
use super::process::{Process, Program};
use super::running::Running;
use super::scratch::{Scratch, copy_dir};
use super::tls::Certificate;
use super::wait;

const START_LIMIT: Duration = Duration::from_secs(15);
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// The harness has a user of its own, so that a test may take any right from the others.
const USER: &str = "harness";
const PASSWORD: &str = "harness-password";

#[derive(Clone, Debug, Default)]
pub struct RedisOptions {
    /// Append-only file with `appendfsync always`: a killed server comes back with what it acknowledged.
    pub aof: bool,
    /// In bytes.
    pub maxmemory: Option<u64>,
    /// `maxmemory-policy`.
    pub policy: Option<String>,
    /// Users as in `ACL SETUSER`: `"worker on >secret ~shasta:* +@all"`; `"default off"` closes the door for those who give no name.
    pub acl: Vec<String>,
    /// A TLS port beside the plain one, with this certificate.
    pub tls: Option<Certificate>,
    /// Clients on the TLS port need a certificate too.
    pub tls_clients: bool,
    /// Further lines of the configuration file.
    pub extra: Vec<(String, String)>,
}

/// A server on 127.0.0.1 whose ports and directory stay the same from one start to the next.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    tls_port: Option<u16>,
    cluster_port: u16,
    options: RedisOptions,
    dir: Scratch,
    running: Running,
}

/// The data of a server at one moment, to be put back later.
#[derive(Debug)]
pub struct SavedState {
    dir: Scratch,
}

impl RedisServer {
    pub fn start(options: RedisOptions) -> Self {
        let dir = Scratch::new("redis");
        fs::create_dir_all(dir.join("data")).unwrap();
        let tls_port = options.tls.is_some().then(free_port);
        let mut server = Self { port: free_port(), tls_port, cluster_port: free_port(), options, dir, running: Running::default() };
        server.launch();
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`, as the configuration's `redis.nodes` takes it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn tls_address(&self) -> String {
        format!("127.0.0.1:{}", self.tls_port.expect("the server was started without TLS"))
    }

    pub fn tls_port(&self) -> Option<u16> {
        self.tls_port
    }

    pub fn cluster_port(&self) -> u16 {
        self.cluster_port
    }

    /// A connection of the harness' own user, which may do everything.
    pub fn conn(&self) -> Connection {
        self.try_conn().unwrap_or_else(|error| panic!("redis at port {}: {error}", self.port))
    }

    pub fn try_conn(&self) -> redis::RedisResult<Connection> {
        let client = redis::Client::open(format!("redis://{USER}:{PASSWORD}@127.0.0.1:{}/", self.port))?;
        let connection = client.get_connection_with_timeout(Duration::from_secs(2))?;
        connection.set_read_timeout(Some(ANSWER_LIMIT))?;
        connection.set_write_timeout(Some(ANSWER_LIMIT))?;
        Ok(connection)
    }

    /// One command: `server.command(&["SET", "k", "v"])`.
    #[track_caller]
    pub fn command<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        command(&mut self.conn(), words)
    }

    /// `INFO <section>` as a map.
    pub fn info(&self, section: &str) -> HashMap<String, String> {
        let text: String = self.command(&["INFO", section]);
        text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Starts it again at the same ports with the data that is in its directory (none without `aof`); kills it first if it runs.
    pub fn restart(&mut self) {
        self.kill9();
        self.launch();
    }

    /// The same with other options.
    pub fn restart_with(&mut self, change: impl FnOnce(&mut RedisOptions)) {
        self.kill9();
        change(&mut self.options);
        self.launch();
    }

    /// A copy of the data as it is now.
    pub fn snapshot_state(&self) -> SavedState {
        let state = SavedState { dir: Scratch::new("redis-state") };
        if self.options.aof {
            // Each write is in the file before it is answered; the copy is taken while none is under way.
            self.freeze();
            copy_dir(&self.data_dir(), &state.dir.join("data"));
            self.thaw();
        } else {
            let _: String = self.command(&["SAVE"]);
            copy_dir(&self.data_dir(), &state.dir.join("data"));
            // A later kill shall lose everything, as without persistence.
            fs::remove_file(self.data_dir().join("dump.rdb")).unwrap();
        }
        state
    }

    /// Puts older data back, as a restore from a backup does, and starts the server with it.
    pub fn restore_state(&mut self, state: &SavedState) {
        self.kill9();
        fs::remove_dir_all(self.data_dir()).unwrap();
        copy_dir(&state.dir.join("data"), &self.data_dir());
        self.launch();
        if !self.options.aof {
            let _ = fs::remove_file(self.data_dir().join("dump.rdb"));
        }
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn launch(&mut self) {
        let config = self.dir.join("redis.conf");
        fs::write(&config, self.configuration()).unwrap();
        let program = Program::new("redis", "redis-server", self.dir.path()).args([config.display().to_string()]);
        let mut process = Process::spawn(&program);
        process.wait_until("an answer to PING", START_LIMIT, || {
            let mut connection = self.try_conn()?;
            redis::cmd("PING").query::<String>(&mut connection).map(drop)
        });
        self.running.start(process);
    }

    fn configuration(&self) -> String {
        let mut lines = vec![
            format!("port {}", self.port),
            "bind 127.0.0.1".to_owned(),
            format!("dir {}", self.data_dir().display()),
            "save \"\"".to_owned(),
            "daemonize no".to_owned(),
            // A master waits 5 s for replicas to gather before it sends its data: for servers on other hosts.
            "repl-diskless-sync-delay 0".to_owned(),
            format!("user {USER} on >{PASSWORD} ~* &* +@all"),
        ];
        if self.options.aof {
            lines.extend(["appendonly yes".to_owned(), "appendfsync always".to_owned()]);
        }
        lines.extend(self.options.maxmemory.map(|bytes| format!("maxmemory {bytes}")));
        lines.extend(self.options.policy.as_ref().map(|policy| format!("maxmemory-policy {policy}")));
        lines.extend(self.options.acl.iter().map(|user| format!("user {user}")));
        if let (Some(port), Some(certificate)) = (self.tls_port, &self.options.tls) {
            lines.push(format!("tls-port {port}"));
            lines.push(format!("tls-cert-file {}", certificate.cert_file.display()));
            lines.push(format!("tls-key-file {}", certificate.key_file.display()));
            lines.push(format!("tls-ca-cert-file {}", certificate.ca_file.display()));
            lines.push(format!("tls-auth-clients {}", if self.options.tls_clients { "yes" } else { "no" }));
        }
        lines.extend(
            self.options
                .extra
                .iter()
                .map(|(name, value)| format!("{name} {value}").replace("{cluster-port}", &self.cluster_port.to_string())),
        );
        lines.join("\n") + "\n"
    }
}

impl Deref for RedisServer {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl DerefMut for RedisServer {
    fn deref_mut(&mut self) -> &mut Running {
        &mut self.running
    }
}

#[track_caller]
pub fn command<T: redis::FromRedisValue>(connection: &mut Connection, words: &[&str]) -> T {
    let mut command = redis::cmd(words[0]);
    for word in &words[1..] {
        command.arg(*word);
    }
    command.query(connection).unwrap_or_else(|error| panic!("{}: {error}", words.join(" ")))
}

/// Waits until a replica has all that its primary had when this was called.
pub fn wait_in_sync(replica: &RedisServer, limit: Duration) {
    wait::until_ok(format!("the replica at {} in sync", replica.address()), limit, || {
        let info = replica.info("replication");
        let link = info.get("master_link_status").map_or("no replica", String::as_str).to_owned();
        let syncing = info.get("master_sync_in_progress").map_or("0", String::as_str) != "0";
        if link == "up" && !syncing { Ok(()) } else { Err(link) }
    });
}
