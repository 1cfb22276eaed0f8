//! `shasta lag --watch`: the screen drawn anew, or on no terminal a line for each group and sample.

use std::collections::BTreeMap;
use std::io::{Write as _, stderr, stdout};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::cli::Failure;

use super::client::Past;
use super::clock::Clock;
use super::found::Found;
use super::frame::Frame;
use super::keys::Keys;
use super::screen::{Look, Page};
use super::source::{Source, SourceError};
use super::{plain, terminal};

const EVERY: Duration = Duration::from_secs(2);

/// What a look gave, with what the watcher remembers of groups that are new.
type Looked = Result<(Found, Vec<Vec<Past>>), SourceError>;

/// Looks until it is told to stop.
pub async fn run(source: Source, look: Look, within: impl Fn() -> Option<f64> + Send + 'static) -> Result<(), Failure> {
    let is_screen = terminal::size().is_some();
    let mut looks = looks(source, is_screen, within);
    let mut stop = Stop::listen()?;
    // What asking again does not mend is said at once; later the watcher may be a new one that starts.
    let first = tokio::select! {
        () = stop.requested() => return Ok(()),
        first = looks.recv() => first,
    };
    match first {
        Some(Err(error)) if !error.is_retryable() => Err(super::unknown(error)),
        Some(first) if is_screen => watch(look, first, &mut looks, &mut stop).await,
        Some(first) => print(look, first, &mut looks, &mut stop).await,
        None => Ok(()),
    }
}

struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::failed);
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Cancel-safe.
    async fn requested(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// One after the other: a source that hangs holds no key up.
fn looks(mut source: Source, with_past: bool, within: impl Fn() -> Option<f64> + Send + 'static) -> mpsc::Receiver<Looked> {
    let (send, receive) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_first = with_past;
        loop {
            every.tick().await;
            let looked = match source.look(within()).await {
                Ok(found) => {
                    let past = if std::mem::take(&mut is_first) { source.past(&found).await } else { Vec::new() };
                    Ok((found, past))
                }
                Err(error) => Err(error),
            };
            if send.send(looked).await.is_err() {
                return;
            }
        }
    });
    receive
}

async fn print(look: Look, mut looked: Looked, looks: &mut mpsc::Receiver<Looked>, stop: &mut Stop) -> Result<(), Failure> {
    let mut told = BTreeMap::new();
    let mut failed = None;
    loop {
        match looked {
            Ok((found, _)) => {
                failed = None;
                print_samples(&found, &look, &mut told)?;
            }
            Err(error) => {
                let error = error.to_string();
                if failed.as_ref() != Some(&error) {
                    // Nobody is left to tell where standard error is closed.
                    let _ = writeln!(stderr(), "{error}");
                }
                failed = Some(error);
            }
        }
        looked = tokio::select! {
            () = stop.requested() => return Ok(()),
            Some(looked) = looks.recv() => looked,
        };
    }
}

/// Each sample once; `told` is when each group was read, by its place in the answer.
fn print_samples(found: &Found, look: &Look, told: &mut BTreeMap<String, Option<f64>>) -> Result<(), Failure> {
    let page = Page { found, clock: &Clock::now(), look };
    for watched in page.groups() {
        let view = &watched.view;
        let name = format!("{}\n{}\n{:?}", view.cluster, view.group, view.topic);
        if told.insert(name, view.read_at) != Some(view.read_at) {
            writeln!(stdout(), "{}", plain::line(watched, &page).render(usize::MAX, look.colors))?;
        }
    }
    Ok(())
}

async fn watch(look: Look, first: Looked, looks: &mut mpsc::Receiver<Looked>, stop: &mut Stop) -> Result<(), Failure> {
    let mut resized = signal(SignalKind::window_change()).map_err(Failure::failed)?;
    let terminal = terminal::Terminal::take()?;
    let mut typed = terminal::typed();
    let mut keys = Keys::default();
    let mut frame = Frame::new(look);
    take(&mut frame, first);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        let (columns, rows) = terminal::size().unwrap_or((80, 24));
        terminal.draw(&frame.draw(columns, rows, &Clock::now()))?;
        tokio::select! {
            () = stop.requested() => return Ok(()),
            Some(looked) = looks.recv() => take(&mut frame, looked),
            Some(bytes) = typed.recv() => {
                if !keys.take(&bytes).into_iter().all(|key| frame.press(key, rows)) {
                    return Ok(());
                }
            }
            // The age of what is shown goes on.
            _ = second.tick() => {}
            _ = resized.recv() => {}
        }
    }
}

fn take(frame: &mut Frame, looked: Looked) {
    match looked {
        Ok((found, past)) => frame.take(found, past),
        Err(error) => frame.fail(error.to_string()),
    }
}
