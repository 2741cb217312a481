//! Which language a message is written in.

use crate::model::Identity;

/// The languages somebody reads, the dearest first, in lower case: what the identity says of itself, then what the
/// browser says (`Accept-Language`, RFC 9110 §12.5.4).
pub(super) fn wishes(identity: Option<&Identity>, accept_language: Option<&str>) -> Vec<String> {
    let own = identity.into_iter().flat_map(|identity| {
        let places = [&identity.traits, &identity.metadata_public];
        places.into_iter().flat_map(|place| {
            ["locale", "language", "lang"].iter().filter_map(|key| place.get(key)?.as_str().map(str::to_owned))
        })
    });
    let mut wishes: Vec<String> = own.collect();
    let mut browser: Vec<(f32, String)> = accept_language
        .unwrap_or_default()
        .split(',')
        .filter_map(|entry| {
            let (tag, parameter) = entry.split_once(';').unwrap_or((entry, ""));
            let quality = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |text| text.trim().parse().ok())?;
            let tag = tag.trim();
            (!tag.is_empty() && tag.len() <= 35 && quality > 0.0).then(|| (quality, tag.to_owned()))
        })
        .collect();
    browser.sort_by(|a, b| b.0.total_cmp(&a.0));
    wishes.extend(browser.into_iter().map(|(_, tag)| tag));
    let tags = wishes.into_iter().flat_map(|tag| {
        let tag = tag.replace('_', "-").to_ascii_lowercase();
        let bare = tag.split('-').next().map(str::to_owned);
        [Some(tag), bare].into_iter().flatten()
    });
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::wishes;

    #[test]
    fn the_browser_languages_count_by_their_weight() {
        assert_eq!(wishes(None, Some("fr;q=0.4, de-AT, en;q=0.8, xx;q=0")), ["de-at", "de", "en", "fr"]);
        assert!(wishes(None, None).is_empty());
    }
}
