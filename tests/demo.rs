//! `shasta demo` as a newcomer meets it: the whole process tree.
#![cfg(feature = "daemon")]
#![allow(clippy::unwrap_used)]

use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const PATIENCE: Duration = Duration::from_secs(120);

/// A demo with a temporary directory of its own.
struct Demo {
    temporary: tempfile::TempDir,
    process: Child,
}

/// How it ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
        command.arg("demo").args(arguments).env("TMPDIR", temporary.path()).stdin(Stdio::null());
        // Into files: nobody reads a pipe meanwhile.
        let file = |name: &str| std::fs::File::create(temporary.path().join(name)).unwrap();
        let process = command.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        Self { temporary, process }
    }

    fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.temporary.path().join(name)).unwrap()
    }

    fn wait_until_it_says(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.said("stdout").contains(text) {
            assert!(
                begun.elapsed() < PATIENCE && self.process.try_wait().unwrap().is_none(),
                "{}{}",
                self.said("stdout"),
                self.said("stderr")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().try_into().unwrap()), signal).unwrap();
    }

    fn end(&mut self) -> Ended {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "{}{}", self.said("stdout"), self.said("stderr"));
            std::thread::sleep(Duration::from_millis(50));
        };
        Ended { code: status.code(), stdout: self.said("stdout"), stderr: self.said("stderr") }
    }

    /// The processes that were started with a path in the demo's directory, and those that work there: redis-server names no path.
    fn processes(&self) -> Vec<String> {
        let directory = self.temporary.path();
        let belongs = |process: &Path| {
            let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
            let names_it = String::from_utf8_lossy(&command).contains(directory.to_str().unwrap());
            names_it || std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(directory))
        };
        let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
        processes.filter(|process| belongs(process)).map(|process| process.display().to_string()).collect()
    }

    fn leaves_nothing(&self) {
        assert_eq!(self.processes(), Vec::<String>::new());
        let mut left: Vec<_> = std::fs::read_dir(self.temporary.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["stderr", "stdout"]);
    }

    /// The process ids that a line of the start names.
    fn pids(&self, line: &str) -> Vec<i32> {
        let said = self.said("stdout");
        let lines = said.lines().filter(|text| text.trim_start().starts_with(line));
        lines.map(|text| text.rsplit_once("pid ").unwrap().1.parse().unwrap()).collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    use std::io::Write;
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_short_demo_checks_its_accounts_and_leaves_nothing() {
    let mut demo = Demo::start(&["--for", "8s", "--rate", "100", "--seed", "7"]);
    demo.wait_until_it_says("publishing 100 events/s, seed 7");
    assert!(demo.processes().len() >= 3, "{:?}", demo.processes());
    let worker = demo.said("stdout").split_once("http://").unwrap().1.split_once(',').unwrap().0.to_owned();
    assert!(get(&worker, "/state").contains("\"group\":\"shasta-demo\""));
    let Ended { code, stdout, stderr } = demo.end();
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let accounts = "accounts: published 800 = stored 798 + dead-lettered 2, doubled 0, missing 0, order kept, snapshots equal\n";
    assert!(stdout.contains(accounts), "{stdout}");
    assert!(stdout.contains("of the offsets committed none is ahead of one of "), "{stdout}");
    assert!(stdout.contains(" s  in ") && !stdout.contains('\x1b'), "{stdout}");
    demo.leaves_nothing();
}

#[test]
fn sigterm_ends_it_cleanly_with_accounts() {
    let mut demo = Demo::start(&["--rate", "50"]);
    demo.wait_until_it_says("publishing 50 events/s");
    std::thread::sleep(Duration::from_secs(2));
    demo.signal(Signal::SIGTERM);
    let Ended { code, stdout, stderr } = demo.end();
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    assert!(stdout.contains("doubled 0, missing 0, order kept, snapshots equal"), "{stdout}");
    demo.leaves_nothing();
}

#[test]
fn a_signal_while_it_starts_ends_it_too() {
    let mut demo = Demo::start(&[]);
    demo.wait_until_it_says("waiting until the workers share");
    demo.signal(Signal::SIGINT);
    let Ended { code, stderr, .. } = demo.end();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    // What is killed at the end may take a moment to be gone.
    let begun = Instant::now();
    while !demo.processes().is_empty() && begun.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    demo.leaves_nothing();
}

#[test]
fn a_dead_worker_ends_the_demo_with_its_log() {
    let mut demo = Demo::start(&["--rate", "50"]);
    demo.wait_until_it_says("publishing 50 events/s");
    kill(Pid::from_raw(demo.pids("worker")[0]), Signal::SIGKILL).unwrap();
    let Ended { code, stderr, .. } = demo.end();
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("worker 1 ended unexpectedly (killed by SIGKILL). The end of its log:\n  "), "{stderr}");
    assert!(stderr.contains("partitions assigned"), "{stderr}");
}

#[test]
fn a_killed_worker_that_is_started_again_loses_and_doubles_nothing() {
    let mut demo = Demo::start(&["--rate", "100", "--for", "6s", "--keep-going"]);
    demo.wait_until_it_says("publishing 100 events/s");
    std::thread::sleep(Duration::from_secs(2));
    kill(Pid::from_raw(demo.pids("worker")[1]), Signal::SIGKILL).unwrap();
    let Ended { code, stdout, stderr } = demo.end();
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    assert!(stdout.contains("accounts: published 600 = stored 599 + dead-lettered 1, doubled 0, missing 0,"), "{stdout}");
    demo.leaves_nothing();
}

#[test]
fn children_die_with_a_demo_that_is_killed() {
    if !Command::new("setpriv").args(["--pdeathsig", "TERM", "--", "true"]).status().is_ok_and(|status| status.success()) {
        // Only the kernel can do that, and only setpriv asks it to.
        return;
    }
    let mut demo = Demo::start(&["--rate", "50"]);
    demo.wait_until_it_says("publishing 50 events/s");
    demo.signal(Signal::SIGKILL);
    assert_eq!(demo.end().code, None);
    let begun = Instant::now();
    while !demo.processes().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", demo.processes());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn without_redis_it_says_what_to_install() {
    let nothing = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shasta")).arg("demo").env("PATH", nothing.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(69));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("apt-get install redis-server"), "{stderr}");
}

#[test]
fn what_it_can_not_do_is_a_usage_error() {
    for line in [&["--set", "fold.delta=full"][..], &["--config", "x.toml"], &["--rate", "0"], &["--for", "20"], &["--workers", "17"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_shasta")).arg("demo").args(line).env_remove("SHASTA_CONFIG").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line:?}");
    }
}
