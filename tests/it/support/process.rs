//! Child processes that never outlive the test.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{LazyLock, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

/// A running program. It is killed when this is dropped, and by the kernel when the test process ends in any other way.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    exit: Option<ExitStatus>,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub path: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    pub dir: PathBuf,
}

impl Program {
    pub fn new(name: &str, path: impl Into<PathBuf>, dir: &Path) -> Self {
        Self { name: name.to_owned(), path: path.into(), args: Vec::new(), env: Vec::new(), dir: dir.to_owned() }
    }

    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Process {
    /// Starts the program with its output appended to `<dir>/<name>.log`.
    pub fn spawn(program: &Program) -> Self {
        let log = program.dir.join(format!("{}.log", program.name));
        let output = File::options().create(true).append(true).open(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        // The kernel kills the program when the thread that started it ends, however the test process came to its end.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&program.path).args(&program.args);
        command.envs(program.env.iter().map(|(name, value)| (name, value))).current_dir(&program.dir);
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = spawn_from_lasting_thread(command)
            .unwrap_or_else(|error| panic!("setpriv (util-linux) could not be run for {}: {error}", program.name));
        Self { name: program.name.clone(), child, log, exit: None }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        assert!(self.exit.is_none(), "{} is gone: {signal} can not be sent", self.name);
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        signal::kill(pid, signal).unwrap_or_else(|error| panic!("{signal} to {}: {error}", self.name));
    }

    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.exit.is_none() {
            self.exit = self.child.try_wait().unwrap();
        }
        self.exit
    }

    pub fn is_running(&mut self) -> bool {
        self.exit_status().is_none()
    }

    /// Waits for the end; panics with the end of the log after `limit`.
    pub fn wait_exit(&mut self, limit: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            match self.exit_status() {
                Some(status) => return status,
                None if started.elapsed() > limit => panic!("{} did not end within {limit:?}\n{}", self.name, self.log_tail()),
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// SIGKILL, also when it is stopped, and waits until the kernel has taken it.
    pub fn kill(&mut self) {
        if self.is_running() {
            let _ = self.child.kill();
            self.exit = self.child.wait().ok();
        }
    }

    /// SIGTERM and the wait for the end.
    pub fn terminate(&mut self, limit: Duration) -> ExitStatus {
        if self.is_running() {
            self.signal(Signal::SIGTERM);
        }
        self.wait_exit(limit)
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(40)..];
        format!("--- {} (the last {} of {} lines)\n{}", self.log.display(), tail.len(), lines.len(), tail.join("\n"))
    }

    /// Waits until `ready` says yes; panics with the end of the log after `limit`, or at once when the process ends.
    pub fn wait_until<E: std::fmt::Display>(&mut self, what: &str, limit: Duration, mut ready: impl FnMut() -> Result<(), E>) {
        let started = Instant::now();
        while let Err(reason) = ready() {
            if let Some(status) = self.exit_status() {
                let how = status.signal().map_or_else(|| status.to_string(), |signal| format!("signal {signal}"));
                panic!("{} ended ({how}) before {what}\n{}", self.name, self.log_tail());
            }
            if started.elapsed() > limit {
                panic!("{}: waited {limit:?} for {what}: {reason}\n{}", self.name, self.log_tail());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.log_tail());
        }
        self.kill();
    }
}

type Order = (Command, mpsc::Sender<io::Result<Child>>);

/// The death signal comes when the starting *thread* ends, and a test's thread ends long before the servers that tests share.
fn spawn_from_lasting_thread(command: Command) -> io::Result<Child> {
    static ORDERS: LazyLock<Mutex<mpsc::Sender<Order>>> = LazyLock::new(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in inbox {
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let (answer, outcome) = mpsc::channel();
    ORDERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).send((command, answer)).unwrap();
    outcome.recv().unwrap()
}
