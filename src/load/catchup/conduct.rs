//! The outage itself.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::hands::Hands;
use super::watcher::real_us;
use crate::config::Config;
use crate::load::LoadError;
use crate::load::run::{Measured, Plan, Progress, measure};

/// So many seconds in a row with next to nothing waiting, and it is over.
const QUIET_SECONDS: u32 = 10;

/// How it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outage {
    /// Everything works for so long before, the warm-up included: what "fresh" is compared with.
    pub before: Duration,
    pub lasts: Duration,
    /// Fewer events than this that wait are none: what is always on its way.
    pub few: u64,
    /// The catch-up is given up after so long.
    pub longest: Duration,
}

/// When what was done, in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub stopped: Option<i64>,
    pub restarted: Option<i64>,
    /// Somebody ended it before nothing was behind any more.
    pub is_ended_by_hand: bool,
}

/// Runs the plan, whose schedule has to be long enough, and makes the outage meanwhile. It ends once nothing is behind, or after `longest`.
///
/// # Errors
/// Where the run can not begin, or the workers can not be stopped or started.
pub async fn make_outage(
    plan: &Plan,
    config: &Config,
    outage: Outage,
    hands: &mut Hands<'_>,
    by_hand: watch::Receiver<bool>,
    mut tell: impl FnMut(&Progress),
) -> Result<(Measured, Marks), LoadError> {
    let (end, ended) = watch::channel(false);
    let (say, progress) = watch::channel(Progress::default());
    let run = measure(plan, config, ended, |now| {
        // The schedule is longer than the run will be.
        tell(&Progress { left_s: None, ..now.clone() });
        say.send_replace(now.clone());
    });
    let script = async {
        let marks = play(outage, hands, by_hand, progress).await;
        end.send_replace(true);
        marks
    };
    // A run that can not begin ends the script too, which would wait for ever.
    tokio::pin!(run, script);
    tokio::select! {
        biased;
        measured = &mut run => Ok((measured?, Marks::default())),
        marks = &mut script => {
            let measured = run.await?;
            Ok((measured, marks?))
        }
    }
}

async fn play(
    outage: Outage,
    hands: &mut Hands<'_>,
    mut by_hand: watch::Receiver<bool>,
    mut progress: watch::Receiver<Progress>,
) -> Result<Marks, LoadError> {
    let mut marks = Marks::default();
    let is_running = |now: &Progress| now.at_s >= outage.before.as_secs_f64();
    let told = tokio::select! {
        _running = progress.wait_for(is_running) => false,
        _told = by_hand.wait_for(|told| *told) => true,
    };
    if told {
        marks.is_ended_by_hand = true;
        return Ok(marks);
    }
    marks.stopped = Some(real_us());
    hands.stop().await?;
    let lasted = Duration::from_micros((real_us() - marks.stopped.unwrap_or_default()).unsigned_abs());
    tokio::select! {
        () = sleep(outage.lasts.saturating_sub(lasted)) => {}
        _told = by_hand.wait_for(|told| *told) => {}
    }
    // Also where somebody ended it by hand: the workers were running before.
    marks.restarted = Some(real_us());
    hands.start().await?;
    tokio::select! {
        _over = timeout(outage.longest, quiet(&mut progress, outage.few)) => {}
        _told = by_hand.wait_for(|told| *told) => marks.is_ended_by_hand = true,
    }
    Ok(marks)
}

/// Until next to nothing waits, for some seconds in a row.
async fn quiet(progress: &mut watch::Receiver<Progress>, few: u64) {
    let mut seconds = 0;
    while seconds < QUIET_SECONDS && progress.changed().await.is_ok() {
        seconds = if progress.borrow_and_update().lag <= few { seconds + 1 } else { 0 };
    }
}
