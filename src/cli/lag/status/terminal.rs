//! The terminal while it is watched: a screen of its own, keys without a line end, and all as it was afterwards.

use std::io::{self, IsTerminal as _, Read as _, Write as _, stdin, stdout};
use std::sync::{Mutex, PoisonError};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::sync::mpsc;

/// Another screen, without a cursor.
const TAKE: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
const GIVE_BACK: &str = "\x1b[?25h\x1b[?1049l";

/// How the terminal was; the hook of panics has to know it as well.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// As long as this lives the screen is ours.
#[derive(Debug)]
pub struct Terminal;

/// Columns and rows of standard output; `None` where it is no terminal that can be written all over.
pub fn size() -> Option<(usize, usize)> {
    let is_plain = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !stdout().is_terminal() || is_plain {
        return None;
    }
    let size = tcgetwinsize(stdout()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
    Some(size.map_or((80, 24), |size| (size.ws_col.into(), size.ws_row.into())))
}

impl Terminal {
    /// # Errors
    /// Where the terminal refuses.
    pub fn take() -> io::Result<Self> {
        if stdin().is_terminal() {
            let before = tcgetattr(stdin())?;
            let mut raw = before.clone();
            raw.make_raw();
            tcsetattr(stdin(), OptionalActions::Now, &raw)?;
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        }
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            told(panic);
        }));
        let taken = Self;
        write(TAKE)?;
        Ok(taken)
    }

    /// Whole lines, one below the other.
    ///
    /// # Errors
    /// Where nobody sees it any more.
    pub fn draw(&self, lines: &[String]) -> io::Result<()> {
        let mut text = String::from("\x1b[H");
        for (number, line) in lines.iter().enumerate() {
            text.push_str(if number == 0 { "" } else { "\r\n" });
            text.push_str(line);
            text.push_str("\x1b[K");
        }
        text.push_str("\x1b[J");
        write(&text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// What is typed, as it comes. Nothing where standard input is no terminal.
pub fn typed() -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel(16);
    if stdin().is_terminal() {
        // It ends with the process: a read of a terminal cannot be called off.
        std::thread::spawn(move || {
            let mut bytes = [0; 256];
            while let Ok(read @ 1..) = stdin().read(&mut bytes) {
                if send.blocking_send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
    }
    receive
}

fn give_back() {
    // Nobody is left to tell.
    let _ = write(GIVE_BACK);
    if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
