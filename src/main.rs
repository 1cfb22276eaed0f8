//! The `shasta` command.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The allocator asks for huge pages. Buffers of a batch come and go, and to clear 2 MiB for each took a third of a worker's processor
    // time and 50 MB of memory, measured with `make bench`. Where the kernel has none, nothing is lost.
    let _not_there = nix::sys::prctl::set_thp_disable(true);
    shasta::cli::main()
}
