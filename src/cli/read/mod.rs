//! `shasta read`: channels on the terminal, as they are and as they change.

mod age;
mod follow;
mod list;
mod lookout;
mod outage;
mod output;
mod printed;
mod printer;
mod request;
pub(super) mod stop;
mod table;

use std::io::{Write, stderr};

use crate::client::{Channel, Client, ClientError, Token};
use crate::config::Config;
use crate::store::StoreError;

use super::runtime::block_on;
use super::{Exit, Failure, Settings};

use follow::Follower;
use printer::{Form, Printer};
use request::Request;

/// Prints a channel's objects, or follows its changes
///
/// Without --follow it prints all objects of the channel, and the position in its stream that they stand at, of the same instant. With it,
/// this snapshot first and then every change, once and in order, until Ctrl-C (exit code 0).
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "shasta read [OPTIONS] <CHANNEL> [--follow]\n       shasta read [OPTIONS] --since <TOKEN>\n       shasta read [OPTIONS] --all [--follow]",
    after_help = r#"Printed: {"channel":"app/room-7/system","position":"1789-0","token":"app/room-7/system@1789-0/3/41","objects":{"light/1":
{"data":{"on":true},"lifetime":60,"publishedAt":1700000000000,"entry":"1789-0"}}}. "data" is JSON where the object's data is, as it was
published, else a string. A channel of which nothing is there (nothing was published, or it expired) has no objects, and the exit code is
0 all the same. Without --json the snapshot of one channel is laid out over several lines; everything else is a line each.

Followed: each line has "type", "channel" and "token".
  snapshot   what is there at the beginning: position, objects
  set        name, data, lifetime, "changed" and "removed" (names of members of data, null where not known), publishedAt, entry,
             partition, offset
  deleted    name, publishedAt, entry, partition, offset
  restarted  as snapshot: the stream could not be shown to go on from where the reader was (trimmed, expired, lost or made again);
             this takes the place of all before
The token of the last line that was dealt with is for --since. A Redis that is away is waited for, which standard error says.

Examples:
  shasta read app/room-7/system
  shasta read app/room%2F7/system --json | jq .objects
  shasta read app/room-7/system --follow
  shasta read --since app/room-7/system@1789-0/3/41
  shasta read --all --follow | jq -c 'select(.type == "deleted")'
  shasta read app/room-7/system --table --config /etc/shasta/shasta.toml"#
)]
pub struct Args {
    /// app_id/tag/scope, everything in them but A-Z a-z 0-9 . _ ~ - percent-escaped
    #[arg(value_name = "CHANNEL", required_unless_present_any = ["all", "since"])]
    channel: Option<Channel>,
    /// Prints every change after the snapshot too, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Follows from where a token of an earlier output stands, without a snapshot; it names the channel
    #[arg(long, value_name = "TOKEN")]
    since: Option<Token>,
    /// Reads every channel that there is; with --follow those that come too
    #[arg(long, conflicts_with_all = ["channel", "since"])]
    all: bool,
    /// Prints JSON, one value a line
    #[arg(long, conflicts_with = "table")]
    json: bool,
    /// Prints a table for people, cut to the width of the terminal
    #[arg(long)]
    table: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let request = Request::of(args.channel.clone(), args.since.clone(), args.all, args.follow)?;
    let config = settings.load()?;
    let form = match (args.table, args.json) {
        (true, _) => Form::Table,
        (false, true) => Form::Lines,
        (false, false) => Form::Json,
    };
    block_on(read(request, form, &config))
}

async fn read(request: Request, form: Form, config: &Config) -> Result<(), Failure> {
    let client = Client::connect(&config.redis).await.map_err(failure)?;
    let printer = Printer::new(form, &request);
    match request {
        Request::Snapshot(channel) => snapshot(&client, &channel, printer).await,
        Request::List => list::run(&client, config, printer).await,
        Request::Follow(channel) => Follower::of_channel(&client, channel).run(config, printer).await,
        Request::Resume(token) => Follower::since(&client, token).run(config, printer).await,
        Request::FollowAll => Follower::of_all(&client).run(config, printer).await,
    }
}

async fn snapshot(client: &Client, channel: &Channel, mut printer: Printer) -> Result<(), Failure> {
    let snapshot = client.snapshot(channel).await.map_err(failure)?;
    if snapshot.is_empty() {
        say(format_args!("nothing is there: no event of {channel} was applied, or all of it expired"));
    }
    output::write(printer.snapshot(&snapshot)?).await
}

/// For people, on standard error.
fn say(text: impl std::fmt::Display) {
    let _closed = writeln!(stderr(), "{text}");
}

fn failure(error: ClientError) -> Failure {
    let exit = match &error {
        ClientError::Store(StoreError::Settings(_)) => Exit::Configuration,
        ClientError::Store(StoreError::Refused { .. } | StoreError::Unexpected { .. }) => Exit::Failed,
        ClientError::Store(_) => Exit::Unavailable,
        ClientError::Url(_) => Exit::Configuration,
        ClientError::NoLayout { .. }
        | ClientError::Layout(_)
        | ClientError::LayoutChanged { .. }
        | ClientError::UndecodableObject { .. }
        | ClientError::UndecodableEntry { .. } => Exit::Failed,
    };
    Failure::new(exit, error)
}
