//! What is read before and after: processor time and memory of a process, processor time of a Redis.

use std::fs;
use std::time::Duration;

use crate::support::redis::RedisServer;

/// Processor time that a process has used, all threads, user and system.
pub fn cpu_of(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name, in brackets, may hold anything; the times are the 12th and 13th field after it.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().map(|field| fields[*field].parse::<u64>().unwrap()).sum();
    // USER_HZ is 100 on every Linux that this runs on.
    Duration::from_millis(ticks * 10)
}

/// The largest resident set so far, bytes.
pub fn peak_of(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

pub fn cpu_of_redis(redis: &RedisServer) -> Duration {
    let info = redis.info("cpu");
    let seconds = ["used_cpu_user", "used_cpu_sys"].iter().map(|key| info[*key].parse::<f64>().unwrap()).sum();
    Duration::from_secs_f64(seconds)
}

/// One line of the table.
pub struct Row {
    pub events: usize,
    pub took: Duration,
    pub own_cpu: Option<Duration>,
    pub redis_cpu: Duration,
    /// Peak resident set and the budget, bytes.
    pub memory: Option<(u64, u64)>,
    pub round_trips: f64,
}

impl Row {
    pub const HEADER: &'static str =
        "                                      events/s  of (a)  own us/event  redis us/event  of (a)   peak MiB  budget  round trips/1000";

    pub fn rate(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }

    fn redis_micros(&self) -> f64 {
        self.redis_cpu.as_secs_f64() * 1e6 / self.events as f64
    }

    pub fn row(&self, label: &str, limit: Option<&Self>) -> String {
        let ratio = |own: f64, other: Option<f64>| other.map_or_else(|| "-".to_owned(), |other| format!("{:.2}", own / other));
        let own = self.own_cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.2}", cpu.as_secs_f64() * 1e6 / self.events as f64));
        let mib = |bytes: u64| format!("{:.0}", bytes as f64 / (1 << 20) as f64);
        let (peak, budget) = self.memory.map_or_else(|| ("-".to_owned(), "-".to_owned()), |(peak, budget)| (mib(peak), mib(budget)));
        format!(
            "{label:36}{:>10.0}{:>8}{own:>14}{:>16.2}{:>8}{peak:>11}{budget:>8}{:>18.1}",
            self.rate(),
            ratio(self.rate(), limit.map(Self::rate)),
            self.redis_micros(),
            ratio(self.redis_micros(), limit.map(Self::redis_micros)),
            self.round_trips * 1000.0 / self.events as f64,
        )
    }
}
