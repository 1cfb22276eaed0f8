//! `shasta lag`: how far a group is behind, and what that means.

mod ack;
mod cluster;
mod explain;
mod peek;
mod place;
mod record;
mod record_text;
mod replay;
mod retention;
mod schema;
mod status;
mod story;

use std::process::ExitCode;

use super::{Exit, Failure, Settings};

/// How far consumer groups are behind: how bad, since when, why, when it is over, what to do
///
/// Asks the first watcher of watch.watchers that answers (`shasta watch`; not set: the one of this machine). Age is that of the oldest
/// record that waits. Speed is event time per second: 0 stopped, 1 holding, above 1 catching up. What is not known is `-`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  shasta lag                                     all groups that are watched, the worst first
  shasta lag --group shasta-tags --by 18:00      and the rate that it takes to be done by then
  shasta lag --watch --partitions all --sort eta
  shasta lag --json | jq '.groups[].view | {group, state, age_s}'
  shasta lag explain --group shasta-tags         each rule with its numbers

Exit codes, as checks of Nagios have them, of the worst group: 0 all is well; 1 it warns; 2 it pages; 3 it cannot be read: no watcher and no
broker answers, there is no such group, or its state is UNKNOWN (before 1, after 2). 78 the configuration is wrong. With --watch 0.
A line that is no command of shasta ends with 2 everywhere else, here with 3."
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    status: status::Args,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Ack(ack::Args),
    Explain(explain::Args),
    Record(record::Args),
    Replay(replay::Args),
    Peek(peek::Args),
    Retention(retention::Args),
    Schema(schema::Args),
}

pub fn run(args: &Args, settings: &Settings) -> Result<ExitCode, Failure> {
    let done = match &args.command {
        None => return status::run(&args.status, settings),
        Some(Command::Ack(args)) => ack::run(args, settings),
        Some(Command::Explain(args)) => explain::run(args, settings),
        Some(Command::Record(args)) => record::run(args, settings),
        Some(Command::Replay(args)) => replay::run(args, settings),
        Some(Command::Peek(args)) => peek::run(args, settings),
        Some(Command::Retention(args)) => retention::run(args, settings),
        Some(Command::Schema(_)) => schema::run(),
    };
    done.map(|()| Exit::Done.into())
}

/// Whether a command line is a check: `shasta lag` without a command below it. A check that says 2 calls somebody, so what the parser
/// refuses of it is not known instead.
pub fn is_check(words: impl Iterator<Item = String>) -> bool {
    let is_lag = |word: &String| word == "lag";
    let mut below = words.skip(1).skip_while(|word| !is_lag(word) && !is_other(word)).peekable();
    below.next_if(is_lag).is_some() && !below.any(|word| <Command as clap::Subcommand>::has_subcommand(&word))
}

fn is_other(word: &str) -> bool {
    super::command().find_subcommand(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::is_check;

    #[test]
    fn only_the_screen_itself_is_a_check() {
        let is_check = |line: &str| is_check(line.split(' ').map(str::to_owned));
        assert!(is_check("shasta lag --sort") && is_check("shasta --set watch.listen= lag --group demo x"));
        assert!(!is_check("shasta lag replay") && !is_check("shasta demo lag") && !is_check("shasta --no-such"));
    }
}
