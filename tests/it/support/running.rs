//! A server that a test ends, freezes and starts again.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::process::Process;

const STOP_LIMIT: Duration = Duration::from_secs(60);

/// The process of a server, while it has one.
#[derive(Debug, Default)]
pub struct Running(Option<Process>);

impl Running {
    /// This is its process from now on.
    pub fn start(&mut self, process: Process) {
        self.0 = Some(process);
    }

    pub fn process(&mut self) -> &mut Process {
        self.0.as_mut().expect("the server is down")
    }

    pub fn is_running(&mut self) -> bool {
        self.0.as_mut().is_some_and(Process::is_running)
    }

    pub fn kill9(&mut self) {
        if let Some(mut process) = self.0.take() {
            process.kill();
        }
    }

    /// An orderly end.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.0.take() {
            process.terminate(STOP_LIMIT);
        }
    }

    /// Stopped, but its connections stay open: what a frozen host looks like.
    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    pub fn pause(&self, duration: Duration) {
        self.freeze();
        std::thread::sleep(duration);
        self.thaw();
    }

    fn signal(&self, signal: Signal) {
        self.0.as_ref().expect("the server is down").signal(signal);
    }
}
