//! The name of this machine.

/// As the kernel has it; what is no text is not shown.
pub fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
