//! A real browser, driven by WebDriver.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use thirtyfour::{By, ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver, WebElement};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::world::given;
use crate::{PATIENCE, eventually};

/// A headless Chromium with an empty profile.
pub struct Browser {
    /// The WebDriver session.
    pub page: WebDriver,
    _driver: Child,
}

impl Browser {
    /// Starts ChromeDriver on a port of its choice and opens a browser.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn open() -> Result<Self> {
        let (driver, url) = start_driver().await?;
        let mut wanted: ChromeCapabilities = DesiredCapabilities::chrome();
        wanted.set_binary(&given("NEXUS_CHROMIUM")?.to_string_lossy())?;
        for argument in [
            "--headless=new",
            // The sandbox needs privileges that a container, where tests run as root, does not have.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--window-size=1280,900",
        ] {
            wanted.add_arg(argument)?;
        }
        let page = WebDriver::new(&url, wanted).await.context("the browser does not start")?;
        Ok(Self { page, _driver: driver })
    }

    /// Waits until an element that can be seen matches a CSS selector.
    ///
    /// # Errors
    /// When there is none in time; shows the page.
    pub async fn visible(&self, selector: &str) -> Result<WebElement> {
        let found = eventually(
            selector,
            PATIENCE,
            || async move {
                for element in self.page.find_all(By::Css(selector)).await? {
                    if element.is_displayed().await? {
                        return Ok(Some(element));
                    }
                }
                Ok(None)
            },
            Option::is_some,
        )
        .await;
        match found {
            Ok(element) => element.context("it was there a moment ago"),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Types into the field of a name.
    ///
    /// # Errors
    /// When there is no such field that can be seen.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        let field = self.visible(&format!("[name='{name}']")).await?;
        field.clear().await?;
        field.send_keys(text).await.with_context(|| format!("cannot type into {name}"))
    }

    /// Presses the button that submits a method.
    ///
    /// # Errors
    /// When there is no such button.
    pub async fn submit(&self, method: &str) -> Result<()> {
        let button = self.visible(&format!("button[name='method'][value='{method}']")).await?;
        button.click().await.with_context(|| format!("cannot press the button of {method}"))
    }

    /// Waits until the page's text contains something.
    ///
    /// # Errors
    /// When it does not in time; shows the page.
    pub async fn reads(&self, text: &str) -> Result<()> {
        let ask = || async { Ok(self.page.find(By::Tag("body")).await?.text().await?) };
        match eventually(text, PATIENCE, ask, |body: &String| body.contains(text)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Waits until the address of the page fulfils a condition, and returns it.
    ///
    /// # Errors
    /// When it does not in time; shows the page.
    pub async fn address(&self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let ask = || async { Ok(self.page.current_url().await?.to_string()) };
        match eventually("the address", PATIENCE, ask, |url: &String| wanted(url)).await {
            Ok(url) => Ok(url),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// The cookies of the page as a `Cookie` header, HttpOnly ones too.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn cookie_header(&self) -> Result<String> {
        let cookies = self.page.get_all_cookies().await?;
        Ok(cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect::<Vec<_>>().join("; "))
    }

    /// What the page's own script gets from the protected API: status and body.
    ///
    /// # Errors
    /// When the script cannot run.
    pub async fn fetch_me(&self) -> Result<(u64, String)> {
        let script = "const done = arguments[arguments.length - 1];
            fetch('/graphql/', {method: 'POST', headers: {'content-type': 'application/json'},
                                body: JSON.stringify({query: '{ me { id } }'})})
              .then(async answer => done([answer.status, await answer.text()]), error => done([0, String(error)]));";
        let answer = self.page.execute_async(script, vec![]).await?;
        answer.convert().context("the script's answer")
    }

    /// Ends the browser.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn close(self) -> Result<()> {
        self.page.quit().await.context("the browser does not end")
    }

    async fn describe(&self) -> String {
        let url = self.page.current_url().await.map(|url| url.to_string()).unwrap_or_default();
        let source = self.page.source().await.unwrap_or_default();
        let start: String = source.chars().take(6000).collect();
        format!("at {url}, a page that begins: {start}")
    }
}

async fn start_driver() -> Result<(Child, String)> {
    let mut driver = Command::new(given("NEXUS_CHROMEDRIVER")?)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("ChromeDriver does not start")?;
    let output = driver.stdout.take().context("no output")?;
    let mut lines = BufReader::new(output).lines();
    let find = async {
        while let Some(line) = lines.next_line().await? {
            if let Some((_, rest)) = line.split_once("started successfully on port ") {
                return Ok(rest.trim_end_matches('.').to_owned());
            }
        }
        anyhow::bail!("ChromeDriver ended before it was ready")
    };
    let port = tokio::time::timeout(Duration::from_secs(60), find).await.context("ChromeDriver is not ready")??;
    // Read on, or the driver stops when the pipe is full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((driver, format!("http://127.0.0.1:{port}")))
}
