//! `nexus-gateway explain METHOD URL`

use super::ConfigArgs;
use access_rules::{Headers, Parts, Request};

/// Arguments of `explain`.
#[derive(clap::Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    config: ConfigArgs,
    /// The method.
    method: String,
    /// The URL, as in http://host/path?query.
    url: String,
    /// A header of the request.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
}

impl Explain {
    #[expect(clippy::print_stdout, reason = "what it finds is what it is asked for")]
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let setup = self.config.load().await?;
        let parts = self.parts()?;
        let request = match Request::new(parts) {
            Ok(request) => request,
            Err(refused) => {
                println!("refused with 400 before any rule: {}", refused.0);
                return Ok(());
            }
        };
        for line in setup.loaded.engine.explain(&request) {
            println!("{line}");
        }
        Ok(())
    }

    fn parts(&self) -> anyhow::Result<Parts> {
        let (scheme, rest) = self
            .url
            .split_once("://")
            .ok_or_else(|| anyhow::anyhow!("{:?} is no URL; write http://host/path", self.url))?;
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let mut headers = Vec::new();
        for header in &self.headers {
            let (name, value) = header
                .split_once(':')
                .ok_or_else(|| anyhow::anyhow!("{header:?} is no header; write 'Name: value'"))?;
            headers.push((name.trim().to_ascii_lowercase(), value.trim().as_bytes().to_vec()));
        }
        Ok(Parts {
            method: self.method.clone(),
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            target: if target.is_empty() { "/".to_owned() } else { target.to_owned() },
            headers: Headers::new(headers),
            ..Parts::default()
        })
    }
}
