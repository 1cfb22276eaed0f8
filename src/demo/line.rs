//! The figures in one line: for logs and pipes.

use super::figures::{Figures, milliseconds, or_unknown, short};

pub fn line(figures: &Figures) -> String {
    let lag = or_unknown(figures.lag, |records| records.to_string());
    let age = or_unknown(figures.lag_age, short);
    let latency = or_unknown(figures.latency, |latency| format!("p50 {} ms p99 {} ms", latency.p50_ms, latency.p99_ms));
    let batch = or_unknown(figures.batch, |mean| format!("{mean:.1}"));
    let hits = or_unknown(figures.cache_hits_percent, |percent| format!("{percent:.1} %"));
    let redis = or_unknown(figures.redis_round_trip, milliseconds);
    format!(
        "{:>5} s  in {:.0}/s out {:.0}/s  lag {lag} ({age})  publish to stored {latency}  batch {batch}  cache hits {hits}  redis {redis}  \
         published {} stored {} dead letters {}",
        figures.elapsed.as_secs(),
        figures.in_per_s,
        figures.out_per_s,
        figures.published,
        figures.stored,
        figures.dead_letters,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_zero() {
        let text = line(&Figures { published: 12, ..Figures::default() });
        assert!(text.contains("lag ? (?)") && text.contains("stored ?") && text.contains("published 12 stored 0"), "{text}");
    }
}
