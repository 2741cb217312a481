//! Waiting until a service answers, by asking it.

use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::console;

/// A small HTTP client for loopback calls; statuses are answers, not errors.
pub fn client(timeout: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}

/// Polls a URL until it answers with a status below 400.
///
/// `alive` is asked between the tries; its error (a process that has ended) stops the wait at once.
///
/// # Errors
/// When `alive` fails or the time is over; the text tells the last answer.
pub fn wait_until_ready(name: &str, url: &str, limit: Duration, alive: impl Fn() -> Result<()>) -> Result<()> {
    let agent = client(Duration::from_secs(2));
    let started = console::now();
    loop {
        alive()?;
        let last = match agent.get(url).call() {
            Ok(answer) if answer.status().as_u16() < 400 => return Ok(()),
            Ok(mut answer) => {
                let body = answer.body_mut().read_to_string().unwrap_or_default();
                format!("HTTP {} {}", answer.status().as_u16(), body.trim())
            }
            Err(error) => error.to_string(),
        };
        if started.elapsed() > limit {
            bail!("{name} is not ready after {}: {url} says {last}", console::duration(limit));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::wait_until_ready;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    #[test]
    fn waiting_ends_when_the_service_turns_from_503_to_200() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let url = format!("http://{}/health/ready", listener.local_addr().expect("an address"));
        let server = std::thread::spawn(move || {
            for status in ["503 Service Unavailable", "200 OK"] {
                let (mut stream, _) = listener.accept().expect("a client");
                let _ = stream.read(&mut [0; 1024]);
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).expect("an answer");
            }
        });
        wait_until_ready("it", &url, Duration::from_secs(20), || Ok(())).expect("ready");
        server.join().expect("the server");
    }

    #[test]
    fn waiting_stops_at_once_when_the_process_has_ended() {
        let dead = || anyhow::bail!("it has ended");
        let error = wait_until_ready("it", "http://127.0.0.1:9/", Duration::from_secs(3600), dead);
        assert_eq!(error.expect_err("dead").to_string(), "it has ended");
    }
}
