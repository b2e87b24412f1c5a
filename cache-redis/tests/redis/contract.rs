//! What every tier promises, of the one in memory and of the one on Redis alike.

use std::time::Duration;

use cache_core::testing::MemoryTier;
use cache_core::{Change, Fetched, SharedTier, Stamp};

use crate::server::{Server, Setting, until};
use crate::tagging::{a_tag_refuses_what_was_loaded_before, a_tag_removes_what_was_stored_with_it};

pub(crate) const SPACE: &str = "cache";

pub(crate) async fn missing(tier: &impl SharedTier, name: &str) -> Stamp {
    match tier.get(SPACE, name).await.unwrap() {
        Fetched::Missing(stamp) => stamp,
        found => panic!("{name} has {found:?}"),
    }
}

pub(crate) async fn record(tier: &impl SharedTier, name: &str) -> Option<Vec<u8>> {
    match tier.get(SPACE, name).await.unwrap() {
        Fetched::Missing(_) => None,
        Fetched::Found(record) | Fetched::Tagged(record, _) => Some(record),
    }
}

pub(crate) fn set(name: &str, record: &[u8]) -> Change {
    Change::Set { name: name.into(), record: record.into(), ttl: None, tags: Vec::new() }
}

/// Stores a record as the result of a load.
pub(crate) async fn store(tier: &impl SharedTier, name: &str) {
    let stamp = missing(tier, name).await;
    assert!(tier.put(SPACE, name, b"stored", None, stamp, &[]).await.unwrap());
}

macro_rules! contract {
    ($($promise:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(&super::MemoryTier::new()).await;
            })*
        }

        mod on_redis {
            $(#[tokio::test]
            async fn $promise() {
                let server = super::Server::start();
                super::$promise(&server.tier().await).await;
            })*
        }

        /// On one set of servers, emptied in between: they take their time to find each other.
        pub(crate) async fn each_promise(setting: &impl Setting) {
            $(
                println!("{}", stringify!($promise));
                setting.each::<()>(&["FLUSHALL"]);
                $promise(&setting.tier().await).await;
            )*
        }
    };
}

contract!(
    what_was_put_is_read_back_byte_for_byte,
    many_are_read_in_their_order,
    a_record_ends_with_its_time,
    a_stamp_outlives_the_put_of_another,
    every_change_of_a_name_outdates_its_stamps,
    a_change_of_another_name_outdates_nothing,
    changes_are_made_in_their_order,
    changes_made_twice_are_as_made_once,
    removals_reach_what_they_say_and_no_more,
    a_tag_removes_what_was_stored_with_it,
    a_tag_refuses_what_was_loaded_before,
    set_if_absent_stores_once,
    a_record_is_discarded_if_it_is_that_one_still,
    a_count_adds_up_and_keeps_its_time,
    what_is_no_count_is_not_incremented,
    namespaces_are_apart,
);

async fn what_was_put_is_read_back_byte_for_byte(tier: &impl SharedTier) {
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for (name, record) in [("all", bytes), ("none", Vec::new()), ("a:b%*?[é]\\ \0\n", b"odd".to_vec())] {
        let stamp = missing(tier, name).await;
        assert!(tier.put(SPACE, name, &record, None, stamp, &[]).await.unwrap());
        assert_eq!(tier.get(SPACE, name).await.unwrap(), Fetched::Found(record));
    }
}

async fn many_are_read_in_their_order(tier: &impl SharedTier) {
    let names: Vec<String> = (0..600).map(|n| format!("item:{n}")).collect();
    let sets: Vec<Change> = names.iter().step_by(2).map(|name| set(name, name.as_bytes())).collect();
    tier.apply(SPACE, &sets).await.unwrap();
    let all = tier.get_many(SPACE, &names).await.unwrap();
    assert_eq!(all.len(), names.len());
    for (at, (name, fetched)) in names.iter().zip(all).enumerate() {
        match fetched {
            Fetched::Found(record) => assert_eq!((record.as_slice(), at % 2), (name.as_bytes(), 0)),
            Fetched::Tagged(..) => panic!("{name} has no tags"),
            Fetched::Missing(stamp) => {
                assert_eq!(at % 2, 1, "{name}");
                assert!(tier.put(SPACE, name, b"loaded", None, stamp, &[]).await.unwrap(), "{name}");
            }
        }
    }
    assert_eq!(record(tier, "item:599").await.unwrap(), b"loaded");
    assert!(tier.get_many(SPACE, &[]).await.unwrap().is_empty());
}

async fn a_record_ends_with_its_time(tier: &impl SharedTier) {
    let hour = Some(Duration::from_secs(3_600));
    for (name, ttl) in [("put", Duration::from_millis(30)), ("tiny", Duration::from_nanos(1))] {
        let stamp = missing(tier, name).await;
        assert!(tier.put(SPACE, name, b"1", Some(ttl), stamp, &[]).await.unwrap());
        until("it ends", async || record(tier, name).await.is_none()).await;
        let set = Change::Set { name: name.into(), record: b"2".into(), ttl: Some(ttl), tags: Vec::new() };
        tier.apply(SPACE, &[set]).await.unwrap();
        until("it ends", async || record(tier, name).await.is_none()).await;
        tier.set_if_absent(SPACE, name, b"3", Some(ttl)).await.unwrap();
        until("it ends", async || record(tier, name).await.is_none()).await;
    }
    let stamp = missing(tier, "long").await;
    assert!(tier.put(SPACE, "long", b"1", hour, stamp, &[]).await.unwrap());
    let ever = Change::Set { name: "ever".into(), record: b"1".into(), ttl: Some(Duration::MAX), tags: Vec::new() };
    tier.apply(SPACE, &[ever]).await.unwrap();
    assert!(record(tier, "long").await.is_some() && record(tier, "ever").await.is_some());
}

async fn a_stamp_outlives_the_put_of_another(tier: &impl SharedTier) {
    let (first, second) = (missing(tier, "a").await, missing(tier, "a").await);
    assert!(tier.put(SPACE, "a", b"1", None, first, &[]).await.unwrap());
    assert!(tier.put(SPACE, "a", b"2", None, second, &[]).await.unwrap(), "both were loaded after the last change");
    assert_eq!(record(tier, "a").await.unwrap(), b"2");
}

async fn every_change_of_a_name_outdates_its_stamps(tier: &impl SharedTier) {
    let shortened = format!("list:7:~{}", "0c".repeat(16));
    for name in ["list:7", "list:7:new", &shortened] {
        let changes = [
            Change::remove(name),
            Change::remove_prefix("list").unwrap(),
            Change::remove_prefix("list:7").unwrap(),
            Change::remove_pattern("list:*").unwrap(),
            Change::remove_pattern("*").unwrap(),
            Change::remove_pattern("l?st:[6-8]*").unwrap(),
            Change::remove_all(),
            set(name, b"set"),
        ];
        for change in changes {
            tier.apply(SPACE, &[Change::remove(name)]).await.unwrap();
            let stamp = missing(tier, name).await;
            tier.apply(SPACE, std::slice::from_ref(&change)).await.unwrap();
            assert!(!tier.put(SPACE, name, b"old", None, stamp, &[]).await.unwrap(), "{name} after {change:?}");
            assert_ne!(record(tier, name).await.as_deref(), Some(&b"old"[..]));
        }
        tier.apply(SPACE, &[Change::remove(name)]).await.unwrap();
        let before = missing(tier, name).await;
        let renewed = tier.renew(SPACE, name).await.unwrap();
        assert!(!tier.put(SPACE, name, b"old", None, before, &[]).await.unwrap(), "renewed since");
        assert!(tier.put(SPACE, name, b"new", None, renewed, &[]).await.unwrap());

        tier.apply(SPACE, &[Change::remove(name)]).await.unwrap();
        let before = missing(tier, name).await;
        assert!(tier.set_if_absent(SPACE, name, b"absent", None).await.unwrap());
        assert!(!tier.put(SPACE, name, b"old", None, before, &[]).await.unwrap(), "set since");

        tier.apply(SPACE, &[Change::remove(name)]).await.unwrap();
        let before = missing(tier, name).await;
        assert_eq!(tier.increment(SPACE, name, 2, None).await.unwrap(), 2);
        assert!(!tier.put(SPACE, name, b"old", None, before, &[]).await.unwrap(), "incremented since");
    }
    // What a removal asks for may stand in the part of a name that a digest stands for.
    let stamp = missing(tier, &format!("tour:7:~{}", "0c".repeat(16))).await;
    tier.apply(SPACE, &[Change::remove_prefix("tour:7:nina").unwrap()]).await.unwrap();
    assert!(!tier.put(SPACE, &format!("tour:7:~{}", "0c".repeat(16)), b"old", None, stamp, &[]).await.unwrap());
}

async fn a_change_of_another_name_outdates_nothing(tier: &impl SharedTier) {
    let stamp = missing(tier, "artist:42").await;
    let others = [
        Change::remove("artist:4"),
        Change::remove_prefix("work").unwrap(),
        Change::remove_pattern("artist:43*").unwrap(),
        set("artist:420", b"1"),
    ];
    tier.apply(SPACE, &others).await.unwrap();
    tier.apply("elsewhere", &[Change::remove_all(), Change::remove("artist:42")]).await.unwrap();
    tier.renew(SPACE, "artist:7").await.unwrap();
    assert!(tier.put(SPACE, "artist:42", b"1", None, stamp, &[]).await.unwrap());
}

async fn changes_are_made_in_their_order(tier: &impl SharedTier) {
    let changes = [
        set("a", b"1"),
        Change::remove_all(),
        set("a", b"2"),
        set("b", b"1"),
        Change::remove_prefix("b").unwrap(),
        Change::remove_pattern("c*").unwrap(),
        set("c", b"3"),
        Change::remove("d"),
        set("d", b"4"),
        Change::remove("c"),
    ];
    tier.apply(SPACE, &changes).await.unwrap();
    assert_eq!(record(tier, "a").await.unwrap(), b"2");
    assert_eq!(record(tier, "b").await, None);
    assert_eq!(record(tier, "c").await, None);
    assert_eq!(record(tier, "d").await.unwrap(), b"4");
}

async fn changes_made_twice_are_as_made_once(tier: &impl SharedTier) {
    let changes = [set("a", b"1"), Change::remove_prefix("b").unwrap(), set("b", b"2"), Change::remove("c")];
    for _ in 0..2 {
        tier.apply(SPACE, &changes).await.unwrap();
    }
    assert_eq!(record(tier, "a").await.unwrap(), b"1");
    assert_eq!(record(tier, "b").await.unwrap(), b"2");
}

async fn removals_reach_what_they_say_and_no_more(tier: &impl SharedTier) {
    let (kept, bare) = (format!("list:7:~{}", "0a".repeat(16)), format!("~{}", "0b".repeat(16)));
    let names = ["list", "list:7", "list:7:new", "list:8", "lists:7", "a*b", "axb", "a[1]:x", "a1:x", &kept, &bare];
    let cases = [
        Change::remove("list:7"),
        Change::remove_prefix("list").unwrap(),
        Change::remove_prefix("list:7:new").unwrap(),
        Change::remove_prefix("a[1]").unwrap(),
        Change::remove_pattern("list:?").unwrap(),
        Change::remove_pattern(r"a\*b").unwrap(),
        Change::remove_pattern("*:[78]").unwrap(),
        Change::remove_all(),
    ];
    for change in cases {
        let sets: Vec<Change> = names.iter().map(|name| set(name, b"1")).collect();
        tier.apply(SPACE, &sets).await.unwrap();
        tier.apply(SPACE, std::slice::from_ref(&change)).await.unwrap();
        for name in names {
            assert_eq!(record(tier, name).await.is_none(), change.reaches(name), "{name} after {change:?}");
        }
    }
}

async fn a_record_is_discarded_if_it_is_that_one_still(tier: &impl SharedTier) {
    let garbled = [0xCA, 2, 0, 0xFF, 0];
    assert!(!tier.discard(SPACE, "a", &garbled).await.unwrap(), "there is nothing");
    assert!(tier.set_if_absent(SPACE, "a", &garbled, None).await.unwrap());
    assert!(!tier.discard(SPACE, "a", &garbled[..4]).await.unwrap());
    assert!(matches!(tier.get(SPACE, "a").await.unwrap(), Fetched::Found(record) if record == garbled));
    assert!(tier.discard(SPACE, "a", &garbled).await.unwrap());
    let Fetched::Missing(stamp) = tier.get(SPACE, "a").await.unwrap() else { panic!("it is gone") };
    assert!(tier.put(SPACE, "a", b"new", None, stamp, &[]).await.unwrap());
    assert!(!tier.discard(SPACE, "a", &garbled).await.unwrap(), "what took its place stays");
    assert!(matches!(tier.get(SPACE, "a").await.unwrap(), Fetched::Found(record) if record == b"new"));
}

async fn set_if_absent_stores_once(tier: &impl SharedTier) {
    assert!(tier.set_if_absent(SPACE, "a", b"1", None).await.unwrap());
    assert!(!tier.set_if_absent(SPACE, "a", b"2", None).await.unwrap());
    assert_eq!(record(tier, "a").await.unwrap(), b"1");
    let stamp = missing(tier, "b").await;
    assert!(!tier.set_if_absent(SPACE, "a", b"3", None).await.unwrap());
    assert!(tier.put(SPACE, "b", b"1", None, stamp, &[]).await.unwrap());
}

async fn a_count_adds_up_and_keeps_its_time(tier: &impl SharedTier) {
    assert_eq!(tier.increment(SPACE, "n", 5, None).await.unwrap(), 5);
    assert_eq!(tier.increment(SPACE, "n", -7, Some(Duration::from_millis(1))).await.unwrap(), -2);
    assert_eq!(record(tier, "n").await.unwrap(), b"-2");
    assert_eq!(tier.increment(SPACE, "big", i64::MAX - 1, None).await.unwrap(), i64::MAX - 1);
    assert_eq!(tier.increment(SPACE, "big", 1, None).await.unwrap(), i64::MAX);
    assert_eq!(tier.increment(SPACE, "short", 1, Some(Duration::from_millis(50))).await.unwrap(), 1);
    let _ = tier.increment(SPACE, "short", 1, Some(Duration::from_secs(3_600))).await.unwrap();
    until("it ends", async || record(tier, "short").await.is_none()).await;
    assert_eq!(record(tier, "n").await.unwrap(), b"-2", "a time is for a count that is new");
}

async fn what_is_no_count_is_not_incremented(tier: &impl SharedTier) {
    tier.apply(SPACE, &[set("text", b"\xCA\x01 no digits")]).await.unwrap();
    let error = tier.increment(SPACE, "text", 1, None).await.unwrap_err();
    assert!(error.to_string().contains("count"), "{error}");
    assert_eq!(record(tier, "text").await.unwrap(), b"\xCA\x01 no digits");
    tier.increment(SPACE, "full", i64::MAX, None).await.unwrap();
    let error = tier.increment(SPACE, "full", 1, None).await.unwrap_err();
    assert!(error.to_string().contains("64-bit"), "{error}");
    assert_eq!(record(tier, "full").await.unwrap(), i64::MAX.to_string().as_bytes());
}

async fn namespaces_are_apart(tier: &impl SharedTier) {
    let spaces = ["shop", "shop:eu", "shop%3Aeu", "shop%lease", "sh*"];
    for space in spaces {
        tier.apply(space, &[set("a", space.as_bytes()), set("eu:a", space.as_bytes())]).await.unwrap();
    }
    for space in spaces {
        assert_eq!(tier.get(space, "a").await.unwrap(), Fetched::Found(space.into()));
        tier.apply(space, &[Change::remove_all()]).await.unwrap();
        assert!(matches!(tier.get(space, "a").await.unwrap(), Fetched::Missing(_)));
        for other in spaces.iter().skip_while(|other| **other != space).skip(1) {
            assert_eq!(tier.get(other, "eu:a").await.unwrap(), Fetched::Found((*other).into()), "{space} cleared");
        }
    }
}
