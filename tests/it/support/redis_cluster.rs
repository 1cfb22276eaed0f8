//! A Redis cluster of a test's own: three shards, each a primary and a replica.

use std::time::{Duration, Instant};

use super::redis::{RedisOptions, RedisServer, command, wait_in_sync};
use super::wait;

pub const SHARDS: usize = 3;
const SLOTS: u16 = 16_384;
const LIMIT: Duration = Duration::from_secs(30);
/// A dead server is called dead after this long, unless a test wants it otherwise.
const QUICK: Duration = Duration::from_millis(500);

/// Six servers: shard `i` holds the servers `i` and `i + 3`; which of the two is the primary changes with every failover.
#[derive(Debug)]
pub struct RedisCluster {
    servers: Vec<RedisServer>,
}

/// A slot on its way from one shard to another, while clients read and write.
#[derive(Debug)]
pub struct SlotMove {
    pub slot: u16,
    from: usize,
    to: usize,
}

impl RedisCluster {
    pub fn start() -> Self {
        Self::start_with(&RedisOptions::default())
    }

    /// Every server gets these options; with `tls` the cluster speaks TLS within too, as MemoryDB does.
    pub fn start_with(options: &RedisOptions) -> Self {
        let mut options = options.clone();
        let mut set = |name: &str, value: &str| options.extra.push((name.to_owned(), value.to_owned()));
        set("cluster-enabled", "yes");
        set("cluster-port", "{cluster-port}");
        // Whoever does not answer a MEET within it is forgotten: enough for a busy machine.
        set("cluster-node-timeout", "10000");
        set("cluster-config-file", "nodes.conf");
        // A replica that had no word from its primary for long must stand for election all the same: there is only one.
        set("cluster-replica-validity-factor", "0");
        if options.tls.is_some() {
            options.extra.push(("tls-cluster".to_owned(), "yes".to_owned()));
            options.extra.push(("tls-replication".to_owned(), "yes".to_owned()));
        }
        let servers = (0..2 * SHARDS).map(|_| RedisServer::start(options.clone())).collect();
        let cluster = Self { servers };
        cluster.join_servers();
        cluster.wait_ready();
        cluster.set_node_timeout(QUICK);
        cluster
    }

    /// How long servers wait before they call another one dead. Long: no replica stands for election because the machine is busy.
    pub fn set_node_timeout(&self, timeout: Duration) {
        for server in &self.servers {
            set_node_timeout(server, timeout);
        }
    }

    fn join_servers(&self) {
        for (index, server) in self.servers.iter().enumerate() {
            let _: String = server.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()]);
            if index < SHARDS {
                let (first, last) = initial_slots(index);
                let _: String = server.command(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
            }
        }
        for server in &self.servers[1..] {
            let port = server.tls_port().unwrap_or(server.port());
            let _: String =
                self.servers[0].command(&["CLUSTER", "MEET", "127.0.0.1", &port.to_string(), &server.cluster_port().to_string()]);
        }
        for server in &self.servers {
            wait::until_ok(format!("{} to know all nodes", server.address()), LIMIT, || match node_lines(server).len() {
                6 => Ok(()),
                known => Err(format!("{known} known")),
            });
        }
        for shard in 0..SHARDS {
            let primary = node_id(&self.servers[shard]);
            let replica = &self.servers[shard + SHARDS];
            wait::until(format!("{} to follow", replica.address()), LIMIT, || {
                redis::cmd("CLUSTER").arg("REPLICATE").arg(&primary).query::<String>(&mut replica.conn()).ok()
            });
        }
    }

    /// Waits until every server that runs says `ok`, all agree on who owns what, and replicas are in sync.
    pub fn wait_ready(&self) {
        let running: Vec<&RedisServer> = self.servers.iter().filter(|server| server.try_conn().is_ok()).collect();
        for server in &running {
            wait::until_ok(format!("cluster_state ok at {}", server.address()), LIMIT, || {
                let info: String = server.command(&["CLUSTER", "INFO"]);
                let ready = info.contains("cluster_state:ok") && info.contains(&format!("cluster_slots_ok:{SLOTS}"));
                if ready { Ok(()) } else { Err(info.replace("\r\n", " ")) }
            });
        }
        wait::until("all servers to agree on the owners", LIMIT, || {
            let owners: Vec<_> = running.iter().map(|server| slot_owners(server)).collect();
            owners.windows(2).all(|pair| pair[0] == pair[1]).then_some(())
        });
        for server in running {
            if !is_primary(server) {
                wait_in_sync(server, LIMIT);
            }
        }
    }

    pub fn servers(&self) -> &[RedisServer] {
        &self.servers
    }

    /// The addresses of all servers, as the configuration's `redis.nodes` takes them.
    pub fn addresses(&self) -> Vec<String> {
        self.servers.iter().map(RedisServer::address).collect()
    }

    pub fn tls_addresses(&self) -> Vec<String> {
        self.servers.iter().map(RedisServer::tls_address).collect()
    }

    fn primary_index(&self, shard: usize) -> usize {
        wait::until(format!("a primary of shard {shard}"), LIMIT, || {
            [shard, shard + SHARDS].into_iter().find(|index| self.servers[*index].try_conn().is_ok() && is_primary(&self.servers[*index]))
        })
    }

    pub fn primary(&self, shard: usize) -> &RedisServer {
        &self.servers[self.primary_index(shard)]
    }

    pub fn replica(&self, shard: usize) -> &RedisServer {
        &self.servers[other(self.primary_index(shard))]
    }

    pub fn primaries(&self) -> Vec<&RedisServer> {
        (0..SHARDS).map(|shard| self.primary(shard)).collect()
    }

    /// The shard that a key lies in.
    pub fn shard_of_key(&self, key: &str) -> usize {
        let slot: u16 = self.servers[0].command(&["CLUSTER", "KEYSLOT", key]);
        self.shard_of_slot(slot)
    }

    pub fn node_of_key(&self, key: &str) -> &RedisServer {
        self.primary(self.shard_of_key(key))
    }

    pub fn slot_of_key(&self, key: &str) -> u16 {
        self.servers[0].command(&["CLUSTER", "KEYSLOT", key])
    }

    pub fn shard_of_slot(&self, slot: u16) -> usize {
        let asked = self.servers.iter().find(|server| server.try_conn().is_ok()).expect("no server runs");
        let owner = slot_owners(asked).into_iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        let (_, _, id) = owner.unwrap_or_else(|| panic!("slot {slot} has no owner"));
        let index = self.servers.iter().position(|server| server.try_conn().is_ok() && node_id(server) == id);
        index.unwrap_or_else(|| panic!("the owner of slot {slot}, {id}, does not run")) % SHARDS
    }

    /// An orderly failover (`CLUSTER FAILOVER`): nothing acknowledged is lost.
    pub fn failover(&self, shard: usize) {
        wait_in_sync(self.replica(shard), LIMIT);
        let replica = self.replica(shard);
        // Redis gives a manual failover up when the two do not agree within 5 s, and leaves it to the operator to ask again.
        const GIVEN_UP_AFTER: Duration = Duration::from_secs(6);
        let mut asked: Option<Instant> = None;
        wait::until(format!("the replica of shard {shard} to be promoted"), LIMIT, || {
            if is_primary(replica) {
                return Some(());
            }
            if asked.is_none_or(|asked| asked.elapsed() > GIVEN_UP_AFTER) {
                let _refused_by_one_that_was_just_promoted = redis::cmd("CLUSTER").arg("FAILOVER").query::<String>(&mut replica.conn());
                asked = Some(Instant::now());
            }
            None
        });
        self.wait_ready();
    }

    /// `kill -9` of the primary; returns its index among `servers` when the replica has taken over.
    pub fn kill_primary(&mut self, shard: usize) -> usize {
        let killed = self.primary_index(shard);
        self.servers[killed].kill9();
        let replica = &self.servers[other(killed)];
        wait::until(format!("the replica of shard {shard} to take over"), LIMIT, || is_primary(replica).then_some(()));
        self.wait_ready();
        killed
    }

    /// Starts a killed server again, which then follows the one that took over.
    pub fn restart_server(&mut self, index: usize) {
        self.servers[index].restart();
        set_node_timeout(&self.servers[index], QUICK);
        wait_in_sync_or_primary(&self.servers[index]);
        self.wait_ready();
    }

    /// Everything that a shard holds is gone (on its replica too).
    pub fn empty_node(&self, shard: usize) {
        let _: String = self.primary(shard).command(&["FLUSHALL"]);
    }

    pub fn freeze_primary(&self, shard: usize) -> &RedisServer {
        let primary = self.primary(shard);
        primary.freeze();
        primary
    }

    /// Moves a slot with its keys, as a live resharding does.
    pub fn move_slot(&self, slot: u16, to: usize) {
        let slot_move = self.begin_move(slot, to);
        while self.move_keys(&slot_move, 100) > 0 {}
        self.finish_move(&slot_move);
    }

    /// From here on the old owner answers ASK for keys of the slot that it does not have.
    pub fn begin_move(&self, slot: u16, to: usize) -> SlotMove {
        let from = self.shard_of_slot(slot);
        assert_ne!(from, to, "slot {slot} is in shard {to} already");
        let slot_text = slot.to_string();
        let _: String = self.primary(to).command(&["CLUSTER", "SETSLOT", &slot_text, "IMPORTING", &node_id(self.primary(from))]);
        let _: String = self.primary(from).command(&["CLUSTER", "SETSLOT", &slot_text, "MIGRATING", &node_id(self.primary(to))]);
        SlotMove { slot, from, to }
    }

    /// Moves up to `count` keys; returns how many were moved.
    pub fn move_keys(&self, slot_move: &SlotMove, count: usize) -> usize {
        let (from, to) = (self.primary(slot_move.from), self.primary(slot_move.to));
        let mut connection = from.conn();
        let keys: Vec<String> = command(&mut connection, &["CLUSTER", "GETKEYSINSLOT", &slot_move.slot.to_string(), &count.to_string()]);
        if keys.is_empty() {
            return 0;
        }
        let mut migrate = redis::cmd("MIGRATE");
        let port = to.tls_port().unwrap_or(to.port());
        migrate.arg("127.0.0.1").arg(port).arg("").arg(0).arg(5000).arg("KEYS").arg(&keys);
        let _: String = migrate.query(&mut connection).unwrap_or_else(|error| panic!("MIGRATE of slot {}: {error}", slot_move.slot));
        keys.len()
    }

    /// Hands the slot over and tells everyone.
    pub fn finish_move(&self, slot_move: &SlotMove) {
        let owner = node_id(self.primary(slot_move.to));
        let slot = slot_move.slot.to_string();
        // The new owner first, then the old one: in between, both would send clients to each other, never to nobody.
        let mut order = vec![slot_move.to, slot_move.from];
        order.extend((0..SHARDS).filter(|shard| *shard != slot_move.to && *shard != slot_move.from));
        for shard in order {
            let _: String = self.primary(shard).command(&["CLUSTER", "SETSLOT", &slot, "NODE", &owner]);
        }
        self.wait_ready();
    }
}

fn set_node_timeout(server: &RedisServer, timeout: Duration) {
    let _: String = server.command(&["CONFIG", "SET", "cluster-node-timeout", &timeout.as_millis().to_string()]);
}

fn initial_slots(shard: usize) -> (u16, u16) {
    let bound = |shard: usize| u16::try_from(usize::from(SLOTS) * shard / SHARDS).unwrap();
    (bound(shard), bound(shard + 1) - 1)
}

fn other(index: usize) -> usize {
    (index + SHARDS) % (2 * SHARDS)
}

fn is_primary(server: &RedisServer) -> bool {
    server.info("replication").get("role").is_some_and(|role| role == "master")
}

fn wait_in_sync_or_primary(server: &RedisServer) {
    wait::until(format!("{} to find its place", server.address()), LIMIT, || {
        let info = server.info("replication");
        let up = info.get("master_link_status").is_some_and(|link| link == "up");
        (up || info.get("role").is_some_and(|role| role == "master")).then_some(())
    });
}

fn node_id(server: &RedisServer) -> String {
    server.command(&["CLUSTER", "MYID"])
}

fn node_lines(server: &RedisServer) -> Vec<String> {
    let nodes: String = server.command(&["CLUSTER", "NODES"]);
    nodes.lines().filter(|line| !line.contains("handshake")).map(str::to_owned).collect()
}

/// (first slot, last slot, id of the owner), in order.
fn slot_owners(server: &RedisServer) -> Vec<(u16, u16, String)> {
    let mut owners = Vec::new();
    for line in node_lines(server) {
        let words: Vec<&str> = line.split_whitespace().collect();
        // A slot that is being moved stands in brackets after the ranges.
        for range in words.iter().skip(8).filter(|word| !word.starts_with('[')) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            owners.push((first.parse().unwrap(), last.parse().unwrap(), words[0].to_owned()));
        }
    }
    owners.sort();
    owners
}
