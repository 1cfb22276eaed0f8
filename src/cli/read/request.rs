//! What is to be read, from the command line.

use crate::cli::Failure;
use crate::client::{Channel, Token};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Snapshot(Channel),
    Follow(Channel),
    Resume(Token),
    /// The snapshot of every channel.
    List,
    FollowAll,
}

impl Request {
    /// # Errors
    /// [`Exit::Usage`](crate::cli::Exit::Usage) where a token is of another channel than the one that is named.
    pub fn of(channel: Option<Channel>, since: Option<Token>, all: bool, follow: bool) -> Result<Self, Failure> {
        match (channel, since) {
            (Some(channel), Some(since)) if channel != *since.channel() => Err(Failure::usage(format!(
                "--since is a token of {}, and the channel to read is {channel}: leave the channel out, or give a token of it",
                since.channel()
            ))),
            (_, Some(since)) => Ok(Self::Resume(since)),
            (Some(channel), None) if follow => Ok(Self::Follow(channel)),
            (Some(channel), None) => Ok(Self::Snapshot(channel)),
            (None, None) if all && follow => Ok(Self::FollowAll),
            (None, None) if all => Ok(Self::List),
            (None, None) => Err(Failure::usage("a channel, --since or --all is needed")),
        }
    }

    /// Whether what is printed is of more than one channel.
    pub const fn is_of_many(&self) -> bool {
        matches!(self, Self::List | Self::FollowAll)
    }

    pub const fn follows(&self) -> bool {
        matches!(self, Self::Follow(_) | Self::Resume(_) | Self::FollowAll)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::Args;
    use super::*;
    use crate::cli::Exit;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn request(line: &str) -> Result<Request, Failure> {
        let words = ["read"].into_iter().chain(line.split_whitespace());
        let args = Line::try_parse_from(words).map_err(|error| Failure::usage(error.to_string()))?.args;
        Request::of(args.channel, args.since, args.all, args.follow)
    }

    #[test]
    fn the_options_say_what_is_read() {
        let (channel, token) = ("a/b/c".parse::<Channel>().unwrap(), "a/b/c@1-2/3/4".parse::<Token>().unwrap());
        assert_eq!(request("a/b/c"), Ok(Request::Snapshot(channel.clone())));
        assert_eq!(request("a/b/c --follow --table"), Ok(Request::Follow(channel)));
        for line in ["--since a/b/c@1-2/3/4", "--since a/b/c@1-2/3/4 --follow", "a/b/c --since a/b/c@1-2/3/4"] {
            assert_eq!(request(line), Ok(Request::Resume(token.clone())), "{line}");
        }
        assert_eq!((request("--all --json"), request("--all --follow")), (Ok(Request::List), Ok(Request::FollowAll)));
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let lines = ["", "--follow", "a/b", "a/b/c --all", "--all --since a/b/c@-", "--since a/b/c", "a/b/c --json --table", "a/b/c d/e/f"];
        for line in lines {
            assert_eq!(request(line).unwrap_err().exit, Exit::Usage, "{line}");
        }
        let error = request("a/b/d --since a/b/c@-").unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.message.starts_with("--since is a token of a/b/c, and the channel to read is a/b/d: "), "{}", error.message);
    }
}
