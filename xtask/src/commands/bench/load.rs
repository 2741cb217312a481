//! The load generators: `wrk` for single requests, a few threads of our own for what takes several.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::console;
use crate::runner;

/// How to put load on a server.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) wrk: PathBuf,
    pub(super) seconds: u64,
    pub(super) connections: u16,
}

/// What came out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) per_second: f64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    pub(super) requests: u64,
}

impl Load {
    /// Asks for one URL as fast as it is answered. Answers other than 2xx and 3xx are an error: a server that
    /// refuses quickly is not fast.
    pub(super) fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Figures> {
        self.wrk(url, headers, 1)?;
        self.wrk(url, headers, self.seconds)
    }

    fn wrk(&self, url: &str, headers: &[(&str, &str)], seconds: u64) -> Result<Figures> {
        let mut command = Command::new(&self.wrk);
        command.args(["--latency", "--threads", "1", "--timeout", "10s"]);
        command.arg("--connections").arg(self.connections.to_string());
        command.arg("--duration").arg(format!("{seconds}s"));
        for (name, value) in headers {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
        let text = runner::answer(command.arg(url)).with_context(|| format!("wrk failed on {url}"))?;
        parse(&text).with_context(|| format!("{url}: wrk says:\n{text}"))
    }

    /// Repeats something that takes several requests, in as many threads as there are connections.
    pub(super) fn repeat(&self, step: impl Fn(&ureq::Agent) -> Result<Duration> + Sync) -> Result<Figures> {
        let limit = Duration::from_secs(self.seconds);
        let times = Mutex::new(Vec::new());
        let failure = Mutex::new(None);
        let started = console::now();
        thread::scope(|scope| {
            for _ in 0..self.connections {
                scope.spawn(|| {
                    let agent = crate::probe::client(Duration::from_secs(30));
                    let mut own = Vec::new();
                    while started.elapsed() < limit {
                        match step(&agent) {
                            Ok(time) => own.push(time),
                            Err(error) => {
                                failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                                break;
                            }
                        }
                    }
                    times.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(own);
                });
            }
        });
        if let Some(error) = failure.into_inner().unwrap_or_default() {
            return Err(error);
        }
        let times = times.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(summarise(times, started.elapsed()))
    }
}

/// Sorts the times of all requests and picks the percentiles.
pub(super) fn summarise(mut times: Vec<Duration>, elapsed: Duration) -> Figures {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default();
    let requests = times.len() as u64;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let per_second = requests as f64 / elapsed.as_secs_f64();
    Figures { per_second, p50: at(50), p99: at(99), requests }
}

fn parse(text: &str) -> Result<Figures> {
    let mut figures = Figures::default();
    for line in text.lines().map(str::trim) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Requests/sec:", number] => figures.per_second = number.parse().context("not a rate")?,
            ["50%", time] => figures.p50 = duration(time)?,
            ["99%", time] => figures.p99 = duration(time)?,
            [number, "requests", "in", ..] => figures.requests = number.parse().context("not a count")?,
            ["Non-2xx", "or", "3xx", "responses:", number] => bail!("{number} answers were errors"),
            ["Socket", "errors:", ..] => bail!("{line}"),
            _ => {}
        }
    }
    if figures.requests == 0 {
        bail!("nothing was answered");
    }
    Ok(figures)
}

fn duration(text: &str) -> Result<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().with_context(|| format!("not a time: {text}"))?;
    let factor = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => bail!("not a time: {text}"),
    };
    Ok(Duration::from_secs_f64(number * factor))
}

#[cfg(test)]
mod tests {
    use super::{parse, summarise};
    use std::time::Duration;

    const OUTPUT: &str = "Running 5s test @ http://127.0.0.1:1/\n  1 threads and 16 connections\n  \
        Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   640.32us  1.02ms  14.85ms   93.24%\n  \
        Latency Distribution\n     50%  410.00us\n     75%  620.00us\n     90%    1.10ms\n     99%    5.50ms\n  \
        181222 requests in 5.00s, 24.37MB read\nRequests/sec:  36241.17\nTransfer/sec:      4.87MB\n";

    #[test]
    fn the_load_generators_report_is_read() {
        let figures = parse(OUTPUT).expect("figures");
        assert_eq!(figures.requests, 181_222);
        assert!((figures.per_second - 36241.17).abs() < 0.01);
        assert_eq!(figures.p50, Duration::from_micros(410));
        assert_eq!(figures.p99, Duration::from_micros(5500));
    }

    #[test]
    fn refusals_are_not_counted_as_speed() {
        let refused = format!("{OUTPUT}  Non-2xx or 3xx responses: 12\n");
        assert!(parse(&refused).expect_err("refused").to_string().contains("12 answers were errors"));
    }

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        let figures = summarise(times, Duration::from_secs(2));
        assert_eq!(figures.p50, Duration::from_millis(50));
        assert_eq!(figures.p99, Duration::from_millis(99));
        assert!((figures.per_second - 50.0).abs() < 0.01);
    }
}
