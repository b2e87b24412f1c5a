//! A service that hears of changes as events, and has rules which entries each makes wrong.

use cache_core::{Cache, EventRules, Invalidation, cached, init_cache, key};
use futures_util::stream;
use std::any::Any;
use tokio::sync::mpsc;

struct UserUpdated {
    id: u64,
}

struct UserDeleted {
    id: u64,
}

struct LibraryRescanned;

/// Many types in one stream.
type Event = Box<dyn Any + Send>;

#[cached(ttl = "30m", key_prefix = "user")]
async fn get_user(id: u64) -> String {
    format!("user {id}")
}

#[cached(ttl = "30m", key_prefix = "user_profile")]
async fn get_profile(id: u64) -> String {
    format!("profile of {id}")
}

#[cached(ttl = "5m", key_prefix = "session")]
async fn get_session(user: u64, device: &str) -> String {
    format!("{device} of {user}")
}

fn rules() -> EventRules {
    EventRules::new()
        .on(|e: &UserUpdated| [get_user::key(e.id), get_profile::key(e.id)])
        .on(|e: &UserDeleted| [get_user::key(e.id), get_profile::key(e.id)])
        .on(|e: &UserDeleted| [Invalidation::prefix(key!("session:{}", e.id))])
        .on(|_: &LibraryRescanned| [Invalidation::Expired])
}

async fn fill() {
    for id in [1, 2] {
        get_user(id).await;
        get_profile(id).await;
        get_session(id, "phone").await;
        get_session(id, "laptop").await;
    }
}

fn sorted(cache: &Cache) -> Vec<String> {
    let mut keys = cache.keys();
    keys.sort();
    keys
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cache = Cache::builder().build()?;
    init_cache(cache.clone())?;
    let rules = rules();

    fill().await;
    let removed = cache.apply(&rules, &UserUpdated { id: 1 }).await;
    println!("user 1 was updated: {} entries", removed.entries);

    // From a channel, on a task of its own, until the senders are gone.
    fill().await;
    let (sender, mut receiver) = mpsc::channel::<Event>(16);
    let events = stream::poll_fn(move |context| receiver.poll_recv(context));
    let following = tokio::spawn(cache.follow(&rules, events));
    sender.send(Box::new(UserDeleted { id: 1 })).await?;
    sender.send(Box::new(LibraryRescanned)).await?;
    sender.send(Box::new("an event that no rule is about")).await?;
    drop(sender);
    following.await?;
    println!("left: {}", sorted(&cache).join(", "));
    let stats = rules.stats();
    println!("{} events, {} of them about nothing, {} errors", stats.events, stats.unmatched, stats.errors);
    Ok(())
}
