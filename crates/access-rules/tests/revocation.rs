//! Sessions in memory end with the change that ends them, whatever order things happen in.
use access_rules::{
    facts::{Change, FactCache, Facts, Id, Keeping, Kept, parse_id},
    feed::{Follower, Page, Published},
};
use go_template::Value;
use std::{sync::Arc, time::Duration};

const FEED: Keeping = Keeping { feed: true, ttl_ms: 60_000, refusal_ttl_ms: 1_000 };
const PLAIN: Keeping = Keeping { feed: false, ttl_ms: 5_000, refusal_ttl_ms: 1_000 };

fn at(millis: u64) -> Duration {
    Duration::from_millis(1_000_000 + millis)
}

fn id(n: u8) -> Id {
    [n; 16]
}

fn session(session: u8, identity: u8) -> Kept {
    Kept::Session(Arc::new(Facts {
        subject: "u".into(),
        extra: Value::Nil,
        session: Some(id(session)),
        identity: Some(id(identity)),
        expires: None,
    }))
}

fn cache() -> FactCache {
    FactCache::new(100, 1 << 20, Duration::from_secs(1))
}

#[test]
fn a_change_drops_the_session_and_all_sessions_of_an_identity() {
    let cache = cache();
    cache.hear(&[], at(0));
    for (key, s, i) in [(1, 11, 21), (2, 12, 21), (3, 13, 22)] {
        assert!(!cache.put(id(key), session(s, i), FEED, at(1), cache.mark()));
    }
    cache.hear(&[Change::Session(id(13))], at(100));
    assert!(cache.get(&id(3), at(101)).is_none());
    assert!(cache.get(&id(1), at(101)).is_some());
    cache.hear(&[Change::Identity(id(21))], at(200));
    assert!(cache.get(&id(1), at(201)).is_none() && cache.get(&id(2), at(201)).is_none());
    assert_eq!(cache.counts().0.revoked, 3);
}

#[test]
fn a_silent_feed_makes_misses_of_its_sessions_and_of_no_others() {
    let cache = cache();
    cache.hear(&[], at(0));
    cache.put(id(1), session(1, 1), FEED, at(1), cache.mark());
    cache.put(id(2), session(2, 2), PLAIN, at(1), cache.mark());
    assert!(cache.get(&id(1), at(1_000)).is_some());
    assert!(cache.get(&id(1), at(1_001)).is_none(), "the feed has been silent for longer than the bound");
    assert!(cache.get(&id(2), at(1_001)).is_some());
    cache.hear(&[], at(1_100));
    assert!(cache.get(&id(1), at(1_101)).is_some(), "the feed is back and told of no change");
    assert!(cache.get(&id(2), at(5_002)).is_none(), "its time is over");
}

#[test]
fn an_answer_that_a_change_has_overtaken_is_not_kept() {
    let cache = cache();
    assert_eq!(cache.mark(), None);
    cache.put(id(1), session(1, 1), FEED, at(0), cache.mark());
    cache.hear(&[], at(1));
    assert!(cache.get(&id(1), at(2)).is_none(), "asked before the feed was heard");
    let mark = cache.mark();
    cache.hear(&[Change::Session(id(1))], at(10));
    assert!(cache.put(id(1), session(1, 1), FEED, at(5), mark), "the change came while the store was asked");
    assert!(cache.get(&id(1), at(11)).is_none());
    let mark = cache.mark();
    cache.reset(Some(at(20)));
    assert!(cache.put(id(1), session(1, 1), FEED, at(15), mark), "a reset may hide any change");
    assert!(!cache.put(id(1), session(1, 1), FEED, at(21), cache.mark()));
    assert!(cache.get(&id(1), at(22)).is_some());
}

#[test]
fn sessions_end_by_themselves_and_refusals_are_short() {
    let cache = cache();
    let facts = Facts { subject: "u".into(), extra: Value::Nil, session: None, identity: None, expires: Some(at(50)) };
    cache.put(id(1), Kept::Session(Arc::new(facts)), PLAIN, at(0), None);
    assert!(cache.get(&id(1), at(49)).is_some() && cache.get(&id(1), at(50)).is_none());
    cache.put(id(2), Kept::Refusal, PLAIN, at(0), None);
    assert!(matches!(cache.get(&id(2), at(999)), Some(Kept::Refusal)));
    assert!(cache.get(&id(2), at(1_000)).is_none());
}

#[test]
fn memory_stays_within_its_bounds_and_keeps_what_is_used() {
    let cache = FactCache::new(50, 1 << 20, Duration::from_secs(1));
    for n in 0..200u8 {
        cache.put(id(n), session(n, n), PLAIN, at(0), None);
        assert!(cache.get(&id(0), at(1)).is_some(), "used all the time, so it stays: {n}");
    }
    let (counts, entries, _) = cache.counts();
    assert!(entries <= 50 && counts.evicted >= 150, "{entries} {counts:?}");
    let small = FactCache::new(1_000, 2_000, Duration::from_secs(1));
    for n in 0..100u8 {
        small.put(id(n), session(n, n), PLAIN, at(0), None);
    }
    assert!(small.counts().2 <= 2_000);
}

#[test]
fn what_one_worker_hears_every_worker_follows() {
    let page = |body: &str| Page::parse(body.as_bytes()).unwrap();
    let (a, b) = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
    let mut leader = Published::default();
    leader.take(page(r#"{"cursor":"c0","reset":false,"more":false,"changes":[]}"#), at(0), at(1), 7);
    let cache = cache();
    let mut follower = Follower::default();
    follower.follow(&Published::decode(&leader.encode()).unwrap(), &cache);
    cache.put(
        id(1),
        Kept::Session(Arc::new(Facts {
            subject: "u".into(),
            extra: Value::Nil,
            session: parse_id(a),
            identity: parse_id(b),
            expires: None,
        })),
        FEED,
        at(2),
        cache.mark(),
    );
    assert!(cache.get(&id(1), at(3)).is_some());
    let body = format!(
        r#"{{"cursor":"c1","more":true,"changes":[{{"kind":"session","session_id":"{a}","identity_id":"{b}","at":"2026-01-01T00:00:00Z"}}]}}"#
    );
    leader.take(page(&body), at(300), at(301), 8);
    assert_eq!(leader.as_of, at(0), "not before everything was heard");
    let copy = Published::decode(&leader.encode()).unwrap();
    assert_eq!(copy, leader);
    follower.follow(&copy, &cache);
    assert!(cache.get(&id(1), at(302)).is_none());
    // A reset, and a worker that was asleep for longer than changes are remembered, start anew.
    cache.put(id(2), session(2, 2), FEED, at(303), cache.mark());
    leader.take(page(r#"{"cursor":"c2","reset":true,"more":false,"changes":[]}"#), at(400), at(401), 9);
    follower.follow(&leader, &cache);
    assert!(cache.get(&id(2), at(402)).is_none());
    cache.put(id(3), session(3, 3), FEED, at(403), cache.mark());
    let other =
        r#"{"cursor":"c3","changes":[{"kind":"identity","identity_id":"33333333-3333-3333-3333-333333333333"}]}"#;
    leader.take(page(other), at(500), at(501), 9);
    leader.take(page(r#"{"cursor":"c4","changes":[]}"#), at(20_000), at(20_001), 9);
    follower.follow(&leader, &cache);
    assert!(cache.get(&id(3), at(20_002)).is_none());
    // A change of a kind that is not known could be any change.
    assert!(page(r#"{"cursor":"c","changes":[{"kind":"new"}]}"#).reset);
    assert!(Page::parse(b"<html>").is_err());
    assert!(Published::decode(b"short").is_none());
}
