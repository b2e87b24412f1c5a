//! What every tier promises of tags.

use std::time::Duration;

use cache_core::{Change, Fetched, SharedTier};

use crate::contract::{self, SPACE, missing, record};

/// What a name is stored with, if anything.
async fn tags_of(tier: &impl SharedTier, name: &str) -> Option<Vec<String>> {
    match tier.get(SPACE, name).await.unwrap() {
        Fetched::Missing(_) => None,
        Fetched::Found(_) => Some(Vec::new()),
        Fetched::Tagged(_, tags) => Some(tags),
    }
}

pub(crate) async fn a_tag_removes_what_was_stored_with_it(tier: &impl SharedTier) {
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    let (both, one) = (tags(&["a b", "c%\n"]), tags(&["c%\n"]));
    let hour = Some(Duration::from_secs(3_600));
    let stamp = missing(tier, "both").await;
    assert!(tier.put(SPACE, "both", b"1", None, stamp, &both).await.unwrap());
    let set = |tags: &[String]| Change::Set { name: "one".into(), record: b"2".into(), ttl: hour, tags: tags.into() };
    tier.apply(SPACE, &[set(&one), contract::set("none", b"3")]).await.unwrap();
    assert_eq!((tags_of(tier, "both").await, tags_of(tier, "one").await), (Some(both.clone()), Some(one.clone())));
    tier.apply(SPACE, &[Change::remove_tag("a b"), Change::remove_tag("a")]).await.unwrap();
    assert_eq!((tags_of(tier, "both").await, tags_of(tier, "one").await), (None, Some(one.clone())));
    // Stored again, it has nothing to do with what was removed.
    let stamp = missing(tier, "both").await;
    assert!(tier.put(SPACE, "both", b"1", hour, stamp, &both).await.unwrap());
    tier.apply(SPACE, &[Change::remove_tag("c%\n"), set(&both)]).await.unwrap();
    let names = ["both", "one", "none"].map(str::to_owned);
    let found = tier.get_many(SPACE, &names).await.unwrap();
    let [Fetched::Missing(_), set, none] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((set, none), (&Fetched::Tagged(b"2".into(), both), &Fetched::Found(b"3".into())));
    // What has its tags no more is no record to anybody.
    tier.apply(SPACE, &[Change::remove_tag("a b")]).await.unwrap();
    assert!(!tier.set_if_absent(SPACE, "none", b"4", None).await.unwrap());
    assert_eq!(tags_of(tier, "one").await, None);
    assert!(tier.set_if_absent(SPACE, "one", b"%4 x\n", None).await.unwrap());
    assert_eq!(record(tier, "one").await.as_deref(), Some(b"%4 x\n".as_slice()));
}

pub(crate) async fn a_tag_refuses_what_was_loaded_before(tier: &impl SharedTier) {
    let tags = ["t".to_owned()];
    let (before, other) = (missing(tier, "a").await, missing(tier, "b").await);
    tier.apply(SPACE, &[Change::remove_tag("t")]).await.unwrap();
    assert!(!tier.put(SPACE, "a", b"old", None, before, &tags).await.unwrap());
    assert!(tier.put(SPACE, "b", b"1", None, other, &["u".to_owned()]).await.unwrap(), "another tag");
    // Some load before, and store after, one that began after: each by its own stamp.
    let (first, second) = (missing(tier, "a").await, missing(tier, "c").await);
    assert!(tier.put(SPACE, "c", b"2", None, second, &tags).await.unwrap());
    assert!(tier.put(SPACE, "a", b"1", None, first, &tags).await.unwrap());
    assert_eq!((tags_of(tier, "a").await, tags_of(tier, "c").await), (Some(tags.to_vec()), Some(tags.to_vec())));
}
