//! Removals of many names: nobody reads what they reach, though it is still there.

use std::time::Duration;

use cache_core::Ttl;
use cache_core::testing::Fault;
use cache_tests::{in_time, until};
use futures_util::FutureExt;

use super::{Instances, in_memory, instances};

/// Has a removal of many names stop half-way: it is announced and told, and what is there stays.
fn half_remove(all: &Instances) {
    all.faults.decide(|operation| if operation == "apply" { Fault::Error } else { Fault::None });
    // Nobody waits for it: the clock stands still.
    assert!(all.there.invalidate_prefix("list").now_or_never().is_none());
}

#[tokio::test]
async fn a_removal_of_many_names_is_known_before_what_they_have_is_freed() {
    let all = instances().await;
    all.here.set("list:1", 1, Ttl::Default).await;
    all.here.set("other", 1, Ttl::Default).await;
    half_remove(&all);
    // Not from memory, nor from the tier, where it is still.
    in_time(until(|| !in_memory(&all.here, "list:1"))).await;
    assert!(all.tier_has("list:1").await);
    assert_eq!((all.here.get::<i32>("list:1").await, all.there.get::<i32>("list:1").await), (None, None));
    assert_eq!(all.here.get::<i32>("other").await, Some(1), "another name is read");
    let loaded = all.here.get_or_set("list:1", Ttl::Default, async || 2).await;
    assert_eq!((loaded, all.tier_has("list:1").await), (2, true));
    all.faults.decide(|_| Fault::None);
    in_time(async {
        while all.tier_has("list:1").await {
            all.wait(Duration::from_millis(250)).await;
        }
    })
    .await;
    // Once it is freed, and that is told, the tier is read and written as before.
    in_time(async {
        loop {
            all.here.invalidate("list:1").await;
            all.here.get_or_set("list:1", Ttl::Default, async || 3).await;
            if all.tier_has("list:1").await {
                return;
            }
            all.wait(Duration::from_millis(250)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_removes_and_is_gone_keeps_nobody_from_the_tier_for_ever() {
    let all = instances().await;
    all.here.set("list:1", 1, Ttl::Never).await;
    half_remove(&all);
    in_time(until(|| !in_memory(&all.here, "list:1"))).await;
    all.faults.decide(|operation| if operation == "hear" { Fault::None } else { Fault::Error });
    assert_eq!(all.here.get::<i32>("list:1").await, None);
    all.wait(Duration::from_secs(11)).await;
    assert_eq!(all.here.get::<i32>("list:1").await, Some(1), "its TTL bounds what a process owed that is no more");
}
