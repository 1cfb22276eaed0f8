//! Nothing is removed or moved before somebody said so.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use crate::cli::{Exit, Failure};

/// The option of every command that changes something.
#[derive(Debug, clap::Args)]
pub struct Consent {
    /// Does not ask
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Says what will be done, and goes on only if the answer is `word`.
    ///
    /// # Errors
    /// [`Exit::Usage`] where there is nobody to ask, [`Exit::Failed`] where the answer is another.
    pub fn ask(&self, plan: &str, word: &str, what: &str) -> Result<(), Failure> {
        let _closed = writeln!(stderr(), "{plan}");
        if self.yes {
            return Ok(());
        }
        if !stdin().is_terminal() {
            return Err(Failure::new(Exit::Usage, "nothing was done: there is no terminal to ask at; --yes goes on without asking"));
        }
        let _closed = write!(stderr(), "type {what} ({word}) to go on: ");
        let mut answer = String::new();
        stdin().lock().read_line(&mut answer)?;
        if answer.trim() == word { Ok(()) } else { Err(Failure::failed("nothing was done")) }
    }
}
