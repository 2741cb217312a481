//! Following the feed of changed sessions, for the decision API.

use access_rules::{
    State,
    feed::{Follower, Page, Published, question},
    plan::FeedPlan,
};
use std::{sync::Arc, time::Duration};

/// Asks for changes for ever and drops what has changed.
pub(crate) async fn follow(feed: FeedPlan, state: Arc<State>) {
    let Ok(endpoint) = access_rules::Endpoint::parse(&feed.url) else { return };
    let Ok(client) = reqwest::Client::builder()
        .timeout(Duration::from_millis(feed.deadline_ms))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
    else {
        return;
    };
    let (mut published, mut follower, mut failed) = (Published::default(), Follower::default(), false);
    loop {
        let asked = super::now();
        let cursor = (published.epoch != 0).then_some(published.cursor.as_str());
        let url = format!("{}{}", endpoint.origin(), question(&endpoint.path, cursor));
        match ask(&client, &url).await {
            Ok(page) => {
                let more = page.more;
                let [epoch, _] = split(super::calls::random());
                published.take(page, asked, super::now(), epoch);
                follower.follow(&published, &state.facts);
                if std::mem::take(&mut failed) {
                    tracing::info!("the feed of changed sessions answers again");
                }
                if more {
                    continue;
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut failed, true) {
                    tracing::warn!(%error, "the feed of changed sessions fails; sessions are not taken from memory until it answers again");
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(feed.interval_ms)).await;
    }
}

fn split(bytes: [u8; 16]) -> [u64; 2] {
    let number = u128::from_le_bytes(bytes);
    [(number >> 64) as u64, (number & u128::from(u64::MAX)) as u64]
}

async fn ask(client: &reqwest::Client, url: &str) -> anyhow::Result<Page> {
    let answer = client.get(url).send().await.map_err(reqwest::Error::without_url)?;
    anyhow::ensure!(answer.status() == 200, "status {}", answer.status());
    Page::parse(&answer.bytes().await?).map_err(anyhow::Error::msg)
}
