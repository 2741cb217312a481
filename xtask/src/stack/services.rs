//! How each part is started.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::Stack;
use crate::process::{LogSink, Service, ServiceSpec, StopSignal};
use crate::tools::python::Environment;

impl Stack {
    pub(super) fn start_gateway(&self, log: &LogSink) -> Result<Service> {
        let spec = &self.spec;
        let words = ["run", "-c"].map(str::to_owned).into_iter();
        Service::start(
            ServiceSpec {
                name: "gateway",
                program: spec.artefacts.gateway.clone(),
                args: words.chain([self.config.gateway.display().to_string()]).collect(),
                env: vec![
                    ("NEXUS_ENVOY".to_owned(), spec.envoy.display().to_string()),
                    ("NEXUS_FILTER".to_owned(), spec.artefacts.filter.display().to_string()),
                ],
                folder: spec.workspace.root.clone(),
                grace: Duration::from_secs(20),
                stop_signal: StopSignal::Terminate,
            },
            log,
        )
    }

    pub(super) fn start_api(&self, python: &Environment, log: &LogSink) -> Result<Service> {
        let spec = &self.spec;
        let folder = spec.workspace.existing("examples/django-api")?;
        let env = vec![
            ("DJANGO_DATABASE".to_owned(), spec.data.join("example-api.sqlite").display().to_string()),
            ("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()),
        ];
        let migrated = Command::new(python.program("python"))
            .args(["manage.py", "migrate", "--verbosity", "0"])
            .envs(env.iter().map(|(key, value)| (key, value)))
            .current_dir(&folder)
            .output()
            .context("cannot run the example API's migrations")?;
        if !migrated.status.success() {
            bail!("the example API cannot migrate: {}", String::from_utf8_lossy(&migrated.stderr).trim());
        }
        let bind = format!("127.0.0.1:{}", spec.ports.api);
        // The control socket would lie in the home folder and stay there.
        let args = ["--bind", &bind, "--workers", "2", "--access-logfile", "-", "--no-control-socket", "config.wsgi"];
        Service::start(
            ServiceSpec {
                name: "api",
                program: python.program("gunicorn"),
                args: args.map(str::to_owned).into(),
                env,
                folder,
                grace: Duration::from_secs(10),
                stop_signal: StopSignal::Terminate,
            },
            log,
        )
    }
}
