//! How events lie within a pace, as it is put on the command line.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use thiserror::Error;

/// The largest burst: more at one instant is no arrival but a backlog.
const LARGEST_BURST: u32 = 1_000_000;

/// How a producer's events lie within the pace. Each is drawn from the seed; all keep the pace's rate.
///
/// "Period" is a producer's own: the time in which every producer sends once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// Evenly, each producer with a random phase of its own.
    Periodic,
    /// With exponential gaps, each event of a producer drawn at random: independent users.
    Poisson,
    /// Around the periodic time, uniformly within a window of this part of the period: 0 to 1, and cut to that.
    Jitter(f64),
    /// As many at the same instant, as many times less often.
    Burst(NonZeroU32),
}

/// Where the times of the events come from: a model, or a file that lists them.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    Model(Model),
    /// The file is for the caller to read; see [`super::Replay`].
    Replay {
        file: String,
    },
}

/// A text that names no way of arriving.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "arrivals `{text}`: {problem}; allowed are periodic, poisson, jitter:0.3 (0 to 1), burst:50 (1 to {LARGEST_BURST}) and replay:FILE"
)]
pub struct InvalidArrivals {
    text: String,
    problem: &'static str,
}

impl FromStr for Arrivals {
    type Err = InvalidArrivals;

    fn from_str(text: &str) -> Result<Self, InvalidArrivals> {
        let (name, figure) = text.split_once(':').map_or((text, None), |(name, figure)| (name, Some(figure)));
        let arrivals = match (name, figure) {
            ("periodic", None) => Ok(Self::Model(Model::Periodic)),
            ("poisson", None) => Ok(Self::Model(Model::Poisson)),
            ("jitter", Some(part)) => jitter(part),
            ("burst", Some(size)) => burst(size),
            ("replay", Some(file)) if !file.is_empty() => Ok(Self::Replay { file: file.to_owned() }),
            ("periodic" | "poisson", Some(_)) => Err("takes no figure"),
            ("jitter" | "burst", None) => Err("a figure is missing"),
            ("replay", _) => Err("the file is missing"),
            _ => Err("the name is not known"),
        };
        arrivals.map_err(|problem| InvalidArrivals { text: text.to_owned(), problem })
    }
}

fn jitter(part: &str) -> Result<Arrivals, &'static str> {
    let allowed = |part: &f64| (0.0..=1.0).contains(part);
    let part = part.parse().ok().filter(allowed).ok_or("the jitter is no number from 0 to 1")?;
    // Adding 0 turns -0 into 0.
    Ok(Arrivals::Model(Model::Jitter(part + 0.0)))
}

fn burst(size: &str) -> Result<Arrivals, &'static str> {
    let allowed = |size: &NonZeroU32| size.get() <= LARGEST_BURST;
    let size = size.parse().ok().filter(allowed).ok_or("the burst is not within its limits")?;
    Ok(Arrivals::Model(Model::Burst(size)))
}

impl fmt::Display for Arrivals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(model) => model.fmt(out),
            Self::Replay { file } => write!(out, "replay:{file}"),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Periodic => out.write_str("periodic"),
            Self::Poisson => out.write_str("poisson"),
            Self::Jitter(part) => write!(out, "jitter:{part}"),
            Self::Burst(size) => write!(out, "burst:{size}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_printed_as_it_was() {
        let forms = [
            ("periodic", Arrivals::Model(Model::Periodic)),
            ("poisson", Arrivals::Model(Model::Poisson)),
            ("jitter:0.3", Arrivals::Model(Model::Jitter(0.3))),
            ("burst:50", Arrivals::Model(Model::Burst(NonZeroU32::new(50).unwrap()))),
            ("replay:a:b.csv", Arrivals::Replay { file: "a:b.csv".to_owned() }),
        ];
        for (text, arrivals) in forms {
            assert_eq!(text.parse(), Ok(arrivals.clone()));
            assert_eq!(arrivals.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_arrival_is_refused_with_its_reason() {
        let wrong = [
            ("uniform", "not known"),
            ("", "not known"),
            ("Poisson", "not known"),
            ("poisson:3", "no figure"),
            ("jitter", "figure is missing"),
            ("jitter:1.1", "0 to 1"),
            ("jitter:-0.1", "0 to 1"),
            ("jitter:NaN", "0 to 1"),
            ("burst:0", "limits"),
            ("burst:1000001", "limits"),
            ("burst:1.5", "limits"),
            ("replay", "file is missing"),
            ("replay:", "file is missing"),
        ];
        for (text, reason) in wrong {
            let told = text.parse::<Arrivals>().unwrap_err().to_string();
            assert!(told.contains(reason), "{told}");
            assert!(told.contains(&format!("`{text}`")) && told.contains("replay:FILE"), "{told}");
        }
    }
}
