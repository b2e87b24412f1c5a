//! The functions of a round with graces, tags and batches: what is past its time may be served, what was removed may not.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::{cached, invalidates};

use super::ages::GRACE;
use super::record::{Key, Value};
use super::work::{Failure, Loading, Script, World};

#[cached(
    ttl = script.ttl,
    stale_while_revalidate = "3ms",
    stale_if_error = GRACE,
    retry_after = "1ms",
    refresh_ahead = 0.5,
    tags = ["group:{group}"],
    tags_with = |value| [format!("number:{}", value.key.number)],
    key_prefix = "g",
    skip(world, script),
)]
pub(super) async fn served(world: &Arc<World>, script: Script, group: u8, number: u8) -> Result<Value, Failure> {
    let load = Loading::begin(world, script, Key { group, number });
    for _ in 0..script.yields {
        tokio::task::yield_now().await;
    }
    load.end(script.ends)
}

#[cached(
    ttl = script.ttl,
    stale_while_revalidate = "3ms",
    stale_if_error = GRACE,
    retry_after = "1ms",
    refresh_ahead = 0.5,
    tags = ["group:{group}"],
    tags_with = |value| [format!("number:{}", value.key.number)],
    key_prefix = "g",
    skip(world, script),
)]
pub(super) fn served_sync(world: &Arc<World>, script: Script, group: u8, number: u8) -> Result<Value, Failure> {
    let load = Loading::begin(world, script, Key { group, number });
    for _ in 0..script.yields {
        std::thread::yield_now();
    }
    load.end(script.ends)
}

/// `script.call` is the call for number 0, the next one that for number 1, and so on.
#[cached(
    ttl = script.ttl,
    stale_if_error = GRACE,
    retry_after = "1ms",
    tags = ["group:{group}"],
    tags_with = |value| [format!("number:{}", value.key.number)],
    key_prefix = "g",
    batch = numbers,
    skip(world, script),
)]
pub(super) async fn many(
    world: &World,
    script: Script,
    group: u8,
    numbers: &[u8],
) -> Result<HashMap<u8, Value>, Failure> {
    let begin = |number: u8| {
        let script = Script { call: script.call + u64::from(number), ..script };
        (number, Loading::begin(world, script, Key { group, number }))
    };
    let loads: Vec<_> = numbers.iter().map(|number| begin(*number)).collect();
    for _ in 0..script.yields {
        tokio::task::yield_now().await;
    }
    // The first error, or the first panic, is that of all: it drops the other loads.
    loads.into_iter().map(|(number, load)| Ok((number, load.end(script.ends)?))).collect()
}

#[invalidates(tag = "group:{group}")]
pub(super) async fn write(world: &World, written: &AtomicU64, group: u8, yields: u64) {
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
    written.store(world.stamp(), SeqCst);
}
