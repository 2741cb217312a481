//! TCP ports of this machine: the stack's own, free ones for tests, and who holds a taken one.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// The ports of one running stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Envoy: everything a browser or native client talks to.
    pub proxy: u16,
    /// Identity server, public API.
    pub public: u16,
    /// Identity server, admin API.
    pub admin: u16,
    /// The gateway's decision API.
    pub decisions: u16,
    /// Envoy's own admin interface.
    pub envoy_admin: u16,
    /// The static files of the web app.
    pub ui: u16,
    /// The example API.
    pub api: u16,
}

impl Ports {
    /// The documented ports, those of the Ory stack.
    pub const STANDARD: Self =
        Self { proxy: 4455, public: 4433, admin: 4434, decisions: 4456, envoy_admin: 9901, ui: 4457, api: 8000 };

    /// Ports that nobody listens on now, for a stack that runs beside others.
    ///
    /// # Errors
    /// When the machine has no free port left in the range.
    pub fn free() -> Result<Self> {
        Ok(Self {
            proxy: free_port()?,
            public: free_port()?,
            admin: free_port()?,
            decisions: free_port()?,
            envoy_admin: free_port()?,
            ui: free_port()?,
            api: free_port()?,
        })
    }

    /// Every port with what listens there.
    pub fn named(&self) -> [(&'static str, u16); 7] {
        [
            ("gateway (Envoy)", self.proxy),
            ("identity server, public", self.public),
            ("identity server, admin", self.admin),
            ("decision API", self.decisions),
            ("Envoy admin", self.envoy_admin),
            ("web app", self.ui),
            ("example API", self.api),
        ]
    }

    /// Fails with one line when a port of the stack is taken.
    ///
    /// # Errors
    /// Names the first taken port, what it is for, and the process that holds it if it can be known.
    pub fn check_free(&self) -> Result<()> {
        for (purpose, port) in self.named() {
            if is_free(port) {
                continue;
            }
            let holder = holder(port).map_or_else(|| "another process".to_owned(), |who| format!("`{who}`"));
            bail!("port {port} ({purpose}) is in use by {holder}; stop it and start again");
        }
        Ok(())
    }
}

/// Whether a listener could be opened there on loopback now.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A port below the ephemeral range, so that no outgoing connection takes it between this call and its use;
/// one process never gets the same port twice.
///
/// # Errors
/// When the whole range is taken.
pub fn free_port() -> Result<u16> {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 18_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Each process starts elsewhere, so that test binaries that run side by side rarely meet.
    let offset = u16::try_from(std::process::id() % 900).unwrap_or(0) * 20;
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + offset.wrapping_add(step) % COUNT;
        if is_free(port) {
            return Ok(port);
        }
    }
    bail!("no free TCP port between {FIRST} and {}", FIRST + COUNT)
}

/// The process that listens on a port, as `name (pid 123)`, if the system tells.
pub fn holder(port: u16) -> Option<String> {
    let process = listeners::get_process_by_port(port, listeners::Protocol::TCP).ok()?;
    Some(format!("{} (pid {})", process.name, process.pid))
}

#[cfg(test)]
mod tests {
    use super::{Ports, free_port, is_free};
    use std::net::TcpListener;

    #[test]
    fn a_taken_port_is_reported_with_its_purpose_and_holder() {
        let mut ports = Ports::free().expect("free ports");
        let held = TcpListener::bind("127.0.0.1:0").expect("a listener");
        ports.decisions = held.local_addr().expect("an address").port();
        let error = ports.check_free().expect_err("the port is taken").to_string();
        assert!(error.contains(&format!("port {} (decision API)", ports.decisions)), "{error}");
        assert!(error.contains(&format!("pid {}", std::process::id())), "{error}");
    }

    #[test]
    fn free_ports_are_free_and_differ() {
        let (one, two) = (free_port().expect("a port"), free_port().expect("a port"));
        assert_ne!(one, two);
        assert!(is_free(one) && is_free(two));
    }
}
