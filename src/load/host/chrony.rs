//! What chrony knows of the error of this machine's real clock.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

const PROGRAM: &str = "chronyc";
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
const ASK_EVERY: Duration = Duration::from_millis(10);
/// An answer is one line of 14 fields.
const LONGEST_ANSWER: u64 = 4_096;
/// The ids of no source at all and of chrony's local mode, in which the clock follows itself.
const FOLLOWS_NOBODY: [&str; 2] = ["00000000", "7F7F0101"];

/// What `chronyc tracking` says, times in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tracking {
    /// Name or address of the server that is followed.
    pub server: String,
    pub stratum: u32,
    /// By how much the real clock is behind (positive) or ahead of (negative) the time of the servers, as chrony is about to correct.
    pub offset_us: f64,
    /// What the last measurement found.
    pub last_offset_us: f64,
    /// Over the long run.
    pub rms_offset_us: f64,
    /// To the primary source and back.
    pub root_delay_us: f64,
    /// What all clocks on the way may have added.
    pub root_dispersion_us: f64,
}

/// Why the error of the real clock is unknown.
#[derive(Debug, Error)]
pub enum NoTracking {
    #[error("chronyc is not installed")]
    NotInstalled,
    #[error("chronyc could not be run: {0}")]
    NotRun(#[from] io::Error),
    #[error("chronyc did not answer within {} s", ANSWERS_WITHIN.as_secs())]
    NoAnswer,
    /// Usually no daemon runs.
    #[error("chronyc says: {said}")]
    Refused { said: String },
    #[error("chrony follows no server")]
    NotSynchronised,
    #[error("chronyc's answer is not understood: field {field} of {answer:?}")]
    Unreadable { field: &'static str, answer: String },
}

impl Tracking {
    /// Asks the chrony of this machine; blocks for at most three seconds.
    ///
    /// # Errors
    /// Where there is none, or it does not know.
    pub fn ask() -> Result<Self, NoTracking> {
        let mut command = Command::new(PROGRAM);
        command.args(["-c", "-n", "tracking"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => NoTracking::NotInstalled,
            _ => NoTracking::NotRun(error),
        })?;
        let ended_well = wait(&mut child)?;
        let mut answer = Vec::new();
        if let Some(output) = child.stdout.take() {
            output.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
        }
        let answer = String::from_utf8_lossy(&answer).trim().to_owned();
        if ended_well { Self::parse(&answer) } else { Err(NoTracking::Refused { said: answer }) }
    }

    /// How far the real clock is off at most, in microseconds; the formula of chronyc's manual for `Root dispersion`.
    pub fn largest_error_us(&self) -> f64 {
        self.offset_us.abs() + self.root_dispersion_us + self.root_delay_us / 2.0
    }

    /// The line of `chronyc -c tracking`: id, server, stratum, time, offset, last offset, RMS offset, frequency, residual, skew, root delay, root dispersion, interval, leap.
    fn parse(answer: &str) -> Result<Self, NoTracking> {
        let fields = Fields(answer);
        if fields.text(13, "leap status")? == "Not synchronised" || FOLLOWS_NOBODY.contains(&fields.text(0, "reference id")?) {
            return Err(NoTracking::NotSynchronised);
        }
        Ok(Self {
            server: fields.text(1, "server")?.to_owned(),
            stratum: fields.text(2, "stratum")?.parse().map_err(|_| fields.unreadable("stratum"))?,
            offset_us: fields.micros(4, "system time")?,
            last_offset_us: fields.micros(5, "last offset")?,
            rms_offset_us: fields.micros(6, "RMS offset")?,
            root_delay_us: fields.micros(10, "root delay")?,
            root_dispersion_us: fields.micros(11, "root dispersion")?,
        })
    }
}

/// Whether it ended well.
fn wait(child: &mut Child) -> Result<bool, NoTracking> {
    let begin = Instant::now();
    while begin.elapsed() < ANSWERS_WITHIN {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(ASK_EVERY);
    }
    child.kill()?;
    child.wait()?;
    Err(NoTracking::NoAnswer)
}

/// The fields of an answer.
struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    fn text(&self, index: usize, name: &'static str) -> Result<&'a str, NoTracking> {
        self.0.split(',').nth(index).ok_or_else(|| self.unreadable(name))
    }

    /// From seconds.
    fn micros(&self, index: usize, name: &'static str) -> Result<f64, NoTracking> {
        let seconds = self.text(index, name)?.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
        seconds.map(|seconds| seconds * 1e6).ok_or_else(|| self.unreadable(name))
    }

    fn unreadable(&self, field: &'static str) -> NoTracking {
        NoTracking::Unreadable { field, answer: self.0.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "A9FEA97B,169.254.169.123,4,1763766000.123456789,-0.000001500,0.000002250,0.000010500,-2.345,0.001,0.010,0.000400000,0.000150000,16.2,Normal";

    #[test]
    fn an_answer_becomes_microseconds() {
        let tracking = Tracking::parse(ANSWER).unwrap();
        assert_eq!((tracking.server.as_str(), tracking.stratum), ("169.254.169.123", 4));
        let rounded = |micros: f64| (micros * 1e3).round() / 1e3;
        assert_eq!(rounded(tracking.offset_us), -1.5);
        assert_eq!(rounded(tracking.last_offset_us), 2.25);
        assert_eq!(rounded(tracking.rms_offset_us), 10.5);
        assert_eq!(rounded(tracking.root_delay_us), 400.0);
        assert_eq!(rounded(tracking.root_dispersion_us), 150.0);
        assert_eq!(rounded(tracking.largest_error_us()), 1.5 + 150.0 + 200.0);
    }

    #[test]
    fn who_follows_nobody_knows_no_error() {
        let answer =
            "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised";
        assert!(matches!(Tracking::parse(answer), Err(NoTracking::NotSynchronised)));
    }

    #[test]
    fn an_answer_that_is_not_understood_names_the_field() {
        for (answer, field) in [
            ("506 Cannot talk to daemon", "leap status"),
            (&ANSWER.replace("0.000400000", "soon"), "root delay"),
            (&ANSWER.replace("0.000150000", "inf"), "root dispersion"),
            (&ANSWER.replace(",4,", ",-4,"), "stratum"),
        ] {
            let refused = Tracking::parse(answer).unwrap_err().to_string();
            assert!(refused.contains(field), "{refused}");
        }
    }
}
