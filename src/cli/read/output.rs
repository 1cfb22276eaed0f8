//! Standard output, of which a slow reader holds up nothing else.

use std::io::{Write, stdout};

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;

use crate::cli::Failure;

/// Returns once the text is out. A write that a full pipe holds up waits on a thread of its own.
pub async fn write(text: String) -> Result<(), Failure> {
    let write = move || {
        let mut stdout = stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
    };
    Ok(tokio::task::spawn_blocking(write).await.map_err(Failure::failed)??)
}

/// Returns once nobody can read any more, which a write would only find out with the next line; never where there is no such end, as of a
/// file. A thread waits for it, and ends with the process.
pub async fn closed() {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let stdout = stdout();
        // Errors and hang-ups are told unasked.
        while poll(&mut [PollFd::new(&stdout, PollFlags::empty())], None).is_err_and(|error| error == rustix::io::Errno::INTR) {}
        let _ended = tell.send(());
    });
    let _told = told.await;
}
