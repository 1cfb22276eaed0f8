//! The figures as a page of a terminal.

use super::figures::{Figures, WorkerFigures, grouped, milliseconds, or_unknown, ranges, records, short};
use super::rooms::INVALID_ONE_IN;

/// What the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    pub columns: usize,
    pub rows: usize,
    pub colors: bool,
}

const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

/// Below this a worker takes two lines.
const WIDE: usize = 100;

/// A line and how it is shown.
struct Line {
    text: String,
    style: Option<&'static str>,
}

fn plain(text: impl Into<String>) -> Line {
    Line { text: text.into(), style: None }
}

fn styled(style: &'static str, text: impl Into<String>) -> Line {
    Line { text: text.into(), style: Some(style) }
}

/// The whole page: no line longer than the screen is wide, no more lines than it is high, no line end after the last.
/// Only the command to copy may be longer, where a single word of it is.
pub fn page(figures: &Figures, screen: &Screen) -> String {
    let mut lines = vec![title(figures), plain("")];
    lines.extend(rates(figures));
    lines.push(plain(""));
    lines.extend(figures.workers.iter().flat_map(|worker| worker_lines(worker, screen)));
    let mut foot = vec![plain(""), plain("read a channel, in another terminal:")];
    foot.extend(command_lines(&figures.read_command, screen.columns).into_iter().map(|text| styled(BOLD, text)));
    foot.push(plain("Ctrl-C ends it, and checks the accounts"));
    // What is to be copied stays; of many workers on a low screen the last are left out.
    lines.truncate(screen.rows.saturating_sub(foot.len()));
    lines.extend(foot);
    let first = lines.len().saturating_sub(screen.rows);
    lines[first..].iter().map(|line| render(line, screen)).collect::<Vec<_>>().join("\n")
}

fn title(figures: &Figures) -> Line {
    let of = figures.length.map_or_else(String::new, |length| format!(" of {}", clock(length.as_secs())));
    styled(BOLD, format!("shasta demo  {}{of}  {}  {}", clock(figures.elapsed.as_secs()), figures.stage, figures.setting))
}

fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn rates(figures: &Figures) -> Vec<Line> {
    let row = |label: &str, value: String, note: String| plain(format!("{label:<13}{value:>12}   {note}"));
    let lag = or_unknown(figures.lag, records);
    let age = or_unknown(figures.lag_age, short);
    let [p50, p99] = match figures.latency {
        Some(latency) => [latency.p50_ms, latency.p99_ms].map(|ms| format!("{ms} ms")),
        None => ["?", "?"].map(str::to_owned),
    };
    vec![
        row("in", format!("{:.0}/s", figures.in_per_s), format!("{} published, acknowledged by Kafka", grouped(figures.published))),
        row("out", format!("{:.0}/s", figures.out_per_s), format!("{} stored in Redis", grouped(figures.stored))),
        row("lag", lag, format!("{age}, as the workers see it")),
        row("latency p50", p50, "intended publish to stored, every event".to_owned()),
        row("latency p99", p99, "of the last second".to_owned()),
        row("batch", or_unknown(figures.batch, |mean| format!("{mean:.1} records")), "mean of the last second".to_owned()),
        row("cache hits", or_unknown(figures.cache_hits_percent, |percent| format!("{percent:.1} %")), "of the last second".to_owned()),
        row("redis", or_unknown(figures.redis_round_trip, milliseconds), format!("mean round trip to {}", figures.redis)),
        row("dead letters", grouped(figures.dead_letters), format!("1 record in {INVALID_ONE_IN} is invalid on purpose")),
    ]
}

fn worker_lines(worker: &WorkerFigures, screen: &Screen) -> Vec<Line> {
    let WorkerFigures { number, pid, address, .. } = worker;
    let (style, state) = if worker.ready { (GREEN, "ready") } else { (YELLOW, "not ready") };
    let again = if worker.restarts > 0 { format!("  started again {}x", worker.restarts) } else { String::new() };
    let head = format!("worker {number}  pid {pid}  {state}{again}  partitions {}", ranges(&worker.partitions));
    let urls = format!("http://{address}/state /metrics /readyz");
    if screen.columns >= WIDE {
        return vec![styled(style, format!("{head:<54}  {urls}"))];
    }
    vec![styled(style, head), plain(format!("  {urls}"))]
}

/// Broken between words, as a shell reads it.
fn command_lines(words: &[String], columns: usize) -> Vec<String> {
    const INDENT: usize = 2;
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            // Room for the backslash as well.
            Some(line) if line.len() + 1 + word.len() + 2 <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("{:width$}{word}", "", width = 2 * INDENT));
            }
            None => lines.push(format!("{:INDENT$}{word}", "")),
        }
    }
    lines
}

fn render(line: &Line, screen: &Screen) -> String {
    let is_command = line.text.starts_with("  ") && line.style == Some(BOLD);
    let text: String = if is_command { line.text.clone() } else { line.text.chars().take(screen.columns).collect() };
    match line.style {
        Some(style) if screen.colors => format!("{style}{text}{PLAIN}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Latency;
    use super::*;
    use std::time::Duration;

    fn figures() -> Figures {
        let worker = |number, partitions: &[i32]| WorkerFigures {
            number,
            pid: 4_000_000,
            address: format!("127.0.0.1:4000{number}"),
            ready: number == 1,
            restarts: 0,
            partitions: partitions.to_vec(),
        };
        Figures {
            stage: "publishing",
            elapsed: Duration::from_secs(83),
            length: None,
            setting: "200 events/s, seed 7, 8 partitions, 2 workers".to_owned(),
            published: 16_600,
            stored: 16_560,
            dead_letters: 33,
            in_per_s: 200.3,
            out_per_s: 199.6,
            lag: Some(1_234),
            lag_age: Some(Duration::from_millis(40)),
            latency: Some(Latency { p50_ms: 4, p99_ms: 11 }),
            batch: Some(1.25),
            cache_hits_percent: Some(97.43),
            redis_round_trip: Some(Duration::from_micros(214)),
            workers: vec![worker(1, &[0, 2, 4, 6]), worker(2, &[1, 3, 5, 7])],
            redis: "127.0.0.1:40003".to_owned(),
            read_command: ["target/debug/shasta", "read", "demo/room-1/system", "--set", "redis.nodes=127.0.0.1:40003"]
                .map(str::to_owned)
                .to_vec(),
        }
    }

    fn screen(columns: usize, rows: usize) -> Screen {
        Screen { columns, rows, colors: false }
    }

    #[test]
    fn a_wide_page_says_everything() {
        let page = page(&figures(), &screen(120, 40));
        let squeezed = page.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n");
        for line in [
            "shasta demo 1:23 publishing 200 events/s, seed 7, 8 partitions, 2 workers",
            "in 200/s 16,600 published, acknowledged by Kafka",
            "out 200/s 16,560 stored in Redis",
            "lag 1,234 records 40 ms, as the workers see it",
            "latency p50 4 ms intended publish to stored, every event",
            "latency p99 11 ms of the last second",
            "batch 1.2 records mean of the last second",
            "cache hits 97.4 % of the last second",
            "redis 0.21 ms mean round trip to 127.0.0.1:40003",
            "dead letters 33 1 record in 500 is invalid on purpose",
            "worker 1 pid 4000000 ready partitions 0 2 4 6 http://127.0.0.1:40001/state /metrics /readyz",
            "worker 2 pid 4000000 not ready partitions 1 3 5 7 http://127.0.0.1:40002/state /metrics /readyz",
            "target/debug/shasta read demo/room-1/system --set redis.nodes=127.0.0.1:40003",
        ] {
            assert!(squeezed.lines().any(|squeezed| squeezed == line), "{line:?} in\n{page}");
        }
        let columns =
            ["16,600", "16,560", "of the last", "mean of", "1 record in"].map(|note| page.lines().find_map(|line| line.find(note)));
        assert_eq!(columns, [Some(28); 5], "{page}");
        assert!(!page.contains('\x1b'));
    }

    #[test]
    fn a_narrow_page_has_no_long_line_and_its_command_can_be_copied() {
        let page = page(&figures(), &screen(60, 24));
        assert!(page.lines().all(|line| line.chars().count() <= 60), "{page}");
        assert!(page.contains("  target/debug/shasta read demo/room-1/system --set \\\n    redis.nodes=127.0.0.1:40003\n"), "{page}");
        assert!(page.contains("\n  http://127.0.0.1:40002/state /metrics /readyz\n"), "{page}");
    }

    #[test]
    fn the_page_of_two_workers_fits_a_small_terminal_and_of_many_the_command_stays() {
        assert!(page(&figures(), &screen(80, 24)).lines().count() <= 24);
        let mut many = figures();
        many.workers = vec![many.workers[0].clone(); 30];
        let low = page(&many, &screen(80, 20));
        assert_eq!(low.lines().count(), 20);
        assert!(low.contains("redis.nodes="));
        assert_eq!(page(&many, &screen(80, 3)).lines().count(), 3);
    }

    #[test]
    fn colors_take_no_room_and_what_is_not_known_is_no_zero() {
        let colored = page(&Figures::default(), &Screen { columns: 30, rows: 24, colors: true });
        assert!(colored.starts_with(BOLD) && colored.contains("latency p50             ?"), "{colored}");
        let bare = page(&Figures::default(), &screen(30, 24));
        assert_eq!([BOLD, PLAIN].iter().fold(colored, |text, code| text.replace(code, "")), bare);
    }
}
