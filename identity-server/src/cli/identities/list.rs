//! `identities list`.

use super::{Format, head, row};
use crate::cli::api::Endpoint;
use crate::cli::output;
use serde_json::{Value, json};

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    endpoint: Endpoint,
    /// How many a page has
    #[arg(long, default_value_t = 250)]
    page_size: u32,
    /// Where the page begins, as the page before it said
    #[arg(long)]
    page_token: Option<String>,
    /// Every page, one after the other
    #[arg(long, conflicts_with = "page_token")]
    all: bool,
    /// Only what a search finds, e.g. `ada state:active verified:true created:2024-01-01..`
    #[arg(long)]
    search: Option<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Taken for Kratos' sake: what was committed is always read
    #[arg(long, hide = true)]
    consistency: Option<String>,
}

/// Prints them.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let api = args.endpoint.connect()?;
    let size = args.page_size.to_string();
    let mut token = args.page_token.clone();
    let mut found: Vec<Value> = Vec::new();
    loop {
        let mut query = vec![("page_size", size.as_str())];
        query.extend(token.as_deref().map(|token| ("page_token", token)));
        query.extend(args.search.as_deref().map(|search| ("search", search)));
        let mut answer = api.get("admin/identities", &query).await?;
        token = answer.next_page.take();
        if let Value::Array(page) = answer.success("listing the identities")? {
            found.extend(page);
        }
        if !args.all || token.is_none() {
            break;
        }
    }
    let next = token.unwrap_or_default();
    args.format.print(&json!({ "identities": found, "next_page_token": next }), || {
        std::iter::once(head()).chain(found.iter().map(row)).collect()
    });
    if args.format == Format::Table && !next.is_empty() {
        output::error(&format!("there are more; go on with --page-token {next}"));
    }
    Ok(())
}
