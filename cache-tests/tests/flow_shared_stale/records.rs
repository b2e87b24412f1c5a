//! The records themselves: of other formats, garbled, too long, of another clock; and in which form values are written.

use std::time::Duration;

use cache_core::testing::{ManualClock, MemoryTier};
use cache_core::{Cache, Encoding, Fetched, SharedTier, Ttl, cached};
use serde::{Deserialize, Serialize};

use super::SECOND;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Title {
    id: u32,
    text: String,
}

fn title(len: usize) -> Title {
    Title { id: 7, text: "x".repeat(len) }
}

async fn bytes(tier: &MemoryTier, name: &str) -> Vec<u8> {
    match tier.get("cache", name).await.unwrap() {
        Fetched::Found(record) => record,
        Fetched::Tagged(..) | Fetched::Missing(_) => Vec::new(),
    }
}

#[tokio::test]
async fn a_record_that_nobody_can_read_goes_and_others_stay() {
    let tier = MemoryTier::new();
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    cache.set("title", title(3), Ttl::Default).await;
    let whole = bytes(&tier, "title").await;
    cache.local().clear();
    let older = [&[0xCA, 1][..], &whole[2..]].concat();
    let cut = whole[..whole.len() - 1].to_vec();
    let mut garbled = whole.clone();
    let last = garbled.len() - 2;
    garbled[last] = 0xFF;
    for (what, record, goes) in [
        ("of an older format", older, false),
        ("cut", cut, true),
        ("garbled", garbled, true),
        ("of another program", b"hello".to_vec(), true),
        ("a count", b"42".to_vec(), false),
    ] {
        tier.plant("cache", "title", record.clone());
        let before = cache.shared_stats().unwrap();
        assert_eq!(cache.get::<Title>("title").await, None, "{what}");
        assert_eq!(cache.get_many::<Title>(["title"]).await, [None], "{what}");
        let stats = cache.shared_stats().unwrap();
        assert_eq!(tier.is_empty(), goes, "{what}");
        assert_eq!(stats.discarded - before.discarded, u64::from(goes), "{what}");
        assert_eq!(stats.errors - before.errors, u64::from(goes), "{what}");
        assert_eq!(stats.misses - before.misses, 2, "{what}");
        // Whatever it was, the next result takes its place.
        tier.plant("cache", "title", record);
        assert_eq!(cache.get_or_set("title", Ttl::Default, async || title(5)).await, title(5), "{what}");
        cache.local().clear();
        assert_eq!(cache.get::<Title>("title").await, Some(title(5)), "{what}");
        cache.local().clear();
    }
}

#[tokio::test]
async fn of_two_records_the_one_that_was_not_read_stays() {
    let tier = MemoryTier::new();
    tier.plant("cache", "a", "new");
    assert!(!tier.discard("cache", "a", b"old").await.unwrap());
    assert!(!tier.is_empty() && tier.discard("cache", "a", b"new").await.unwrap());
    assert!(tier.is_empty());
}

#[tokio::test]
async fn what_is_too_long_is_neither_written_nor_read() {
    let tier = MemoryTier::new();
    let cache = |most| Cache::builder().shared(tier.clone()).max_record_bytes(most).build().unwrap();
    let (small, large) = (cache(200), cache(2_000));
    large.set("a", title(1_000), Ttl::Default).await;
    assert_eq!(tier.len(), 1);
    assert_eq!(small.get::<Title>("a").await, None, "it is not even unpacked");
    assert_eq!((small.shared_stats().unwrap().oversized, tier.len()), (1, 1));
    assert!(small.set("a", title(500), Ttl::Default).await.memory);
    assert!(tier.is_empty(), "what was there is not what there is");
    assert_eq!(small.get_or_set("b", Ttl::Default, async || title(500)).await, title(500));
    assert!(tier.is_empty());
    assert_eq!(small.shared_stats().unwrap().oversized, 3);
    let error = small.set_if_absent("c", title(500), Ttl::Default).await.unwrap_err();
    assert!(error.to_string().contains("max_record_bytes"), "{error}");
    assert!(Cache::builder().shared(tier.clone()).max_record_bytes(0).build().is_err());
}

#[tokio::test]
async fn a_long_value_is_compressed_and_comes_back() {
    let tier = MemoryTier::new();
    let plain = Cache::builder().shared(tier.clone()).build().unwrap();
    let squeezing = Cache::builder().shared(tier.clone()).compress_above(500).build().unwrap();
    squeezing.set("short", title(100), Ttl::Default).await;
    assert!(bytes(&tier, "short").await.ends_with(b"\"}"), "as it is");
    squeezing.set("long", title(10_000), Ttl::Default).await;
    assert!(bytes(&tier, "long").await.len() < 500);
    assert_eq!(plain.get_many::<Title>(["short", "long"]).await, [Some(title(100)), Some(title(10_000))]);
    let lying = Cache::builder().shared(tier.clone()).max_record_bytes(5_000).build().unwrap();
    assert_eq!(lying.get::<Title>("long").await, None, "it would be too long");
}

#[cached(ttl = "5m", key_prefix = "title", codec = "msgpack")]
async fn packed(id: u32) -> Title {
    Title { id, text: "packed".to_owned() }
}

#[cached(ttl = "5m", key_prefix = "title", codec = "json")]
async fn spelled(id: u32) -> Title {
    Title { id, text: "spelled".to_owned() }
}

#[tokio::test]
async fn each_function_writes_as_it_says_and_reads_what_is_there() {
    let tier = MemoryTier::new();
    let scope =
        || cache_core::testing::Scope::with(|builder| builder.shared(tier.clone()).codec(Encoding::MessagePack));
    let (here, there) = (scope(), scope());
    here.run(packed(1)).await;
    let record = bytes(&tier, "title:1").await;
    assert!(record.windows(6).any(|part| part == b"packed") && !record.ends_with(b"}"));
    assert_eq!(there.run(spelled(1)).await.text, "packed", "a record says how it was written");
    here.run(spelled(2)).await;
    assert!(bytes(&tier, "title:2").await.ends_with(b"{\"id\":2,\"text\":\"spelled\"}"), "and JSON stays JSON");
    assert_eq!(there.run(packed(2)).await.text, "spelled");
    here.cache().set("manual", title(3), Ttl::Default).await;
    assert!(!bytes(&tier, "manual").await.ends_with(b"}"), "the cache's own");
    assert_eq!(there.cache().get::<Title>("manual").await, Some(title(3)));
    here.cache().set("count", 5_i64, Ttl::Default).await;
    assert_eq!(bytes(&tier, "count").await, b"5", "counts stay digits");
}

#[tokio::test]
async fn a_clock_that_is_ahead_lengthens_no_life() {
    let (here, there) = (ManualClock::new(), ManualClock::new());
    let tier = MemoryTier::with_clock(&there);
    let cache = |clock| Cache::builder().clock(clock).shared(tier.clone()).build().unwrap();
    let (ahead, behind) = (cache(&here), cache(&there));
    here.advance(3_600 * SECOND);
    ahead.set("a", 1_u8, 10 * SECOND).await;
    assert_eq!(behind.get::<u8>("a").await, None, "an hour ahead");
    assert_eq!(tier.len(), 1, "others may read it");
    there.advance(3_599 * SECOND + Duration::from_millis(500));
    ahead.set("b", 2_u8, 10 * SECOND).await;
    assert_eq!(behind.get::<u8>("b").await, Some(2), "half a second");
    assert_eq!(behind.entry("b").unwrap().remaining, Some(10 * SECOND), "no longer than it was to live");
}

#[tokio::test]
async fn a_rolling_deployment_misses_and_removes_nothing() {
    let (tier, clock) = (MemoryTier::new(), ManualClock::new());
    let cache = Cache::builder().clock(&clock).shared(tier.clone()).build().unwrap();
    // As the format before this one wrote it: a header of 24 bytes, then JSON.
    let mut older = vec![0xCA, 1, 0, 0];
    older.extend([0; 20]);
    older.extend(b"\"old\"");
    tier.plant("cache", "a", older.clone());
    assert_eq!(cache.get::<String>("a").await, None);
    assert_eq!(bytes(&tier, "a").await, older);
    let stats = cache.shared_stats().unwrap();
    assert_eq!((stats.misses, stats.errors, stats.discarded), (1, 0, 0));
}
