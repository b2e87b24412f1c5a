//! Events of the application, followed by the first instance as they come.

use std::any::Any;

use cache_core::{CacheEvent, EventRules};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::mpsc;

use super::super::events::{ItemDeleted, ItemUpdated, UserDeleted, UserUpdated};
use super::super::instance::Instance;
use super::super::repository as of;
use crate::cluster::{Gone, gone, until};

/// Many types in one stream.
type Event = Box<dyn Any + Send>;

/// An event's name, whom it is about, and how it is made.
type Happened = (&'static str, i64, fn(i64) -> Event);

/// An event, and what it took away.
#[derive(Clone, Debug, Serialize)]
pub struct Applied {
    /// Its name.
    pub event: &'static str,
    /// The entries that went.
    #[serde(flatten)]
    pub gone: Gone,
}

const USERS: [i64; 2] = [21, 22];
const ITEMS: [i64; 2] = [31, 32];

async fn fill(on: &Instance) -> Result<(), sqlx::Error> {
    for id in USERS {
        of::get_user_profile(on, id).await?;
        of::get_profile_page(on, id).await?;
        of::get_payment_token(on, id).await?;
        of::get_billing(on, id).await?;
    }
    of::search_users(on, "User 21").await?;
    for id in ITEMS {
        of::get_item(on, id).await?;
    }
    of::list_items(on, 0, 10).await?;
    Ok(())
}

pub(super) async fn apply(
    rules: &EventRules,
    one: &Instance,
    two: &Instance,
) -> Result<(Vec<Applied>, usize), sqlx::Error> {
    // Other components hear of each invalidation: the cache's own events.
    let mut announcements = one.cache.events();
    let (bus, mut receiver) = mpsc::unbounded_channel::<Event>();
    let events = stream::poll_fn(move |context| receiver.poll_recv(context));
    let handler = tokio::spawn(one.cache.follow(rules, events));

    let happened: [Happened; 4] = [
        ("USER_UPDATED", USERS[0], |id| Box::new(UserUpdated { id })),
        ("USER_DELETED", USERS[1], |id| Box::new(UserDeleted { id })),
        ("ITEM_UPDATED", ITEMS[0], |id| Box::new(ItemUpdated { id })),
        ("ITEM_DELETED", ITEMS[1], |id| Box::new(ItemDeleted { id })),
    ];
    let mut applied = Vec::new();
    for (event, id, make) in happened {
        fill(one).await?;
        fill(two).await?;
        let before = rules.stats().events;
        let ((), gone) = gone(&one.cache, &two.cache, async {
            // The handler ends only with the bus. Once it has taken the next event, memory is done with this one.
            let _ = bus.send(make(id));
            let _ = bus.send(Box::new("an event that no rule is about"));
            until(|| rules.stats().events >= before + 2).await;
        })
        .await;
        applied.push(Applied { event, gone });
    }
    drop(bus);
    // A task that panicked has told of it.
    let _ = handler.await;
    let mut announced = 0;
    while let Some(event) = announcements.try_recv() {
        announced += usize::from(matches!(event, CacheEvent::Invalidated { .. }));
    }
    Ok((applied, announced))
}
