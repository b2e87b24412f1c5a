//! What happens in the application, and which entries it makes wrong.

use cache_core::{EventRules, Invalidation, key};

/// `USER_UPDATED`.
#[derive(Clone, Copy, Debug)]
pub struct UserUpdated {
    /// The user.
    pub id: i64,
}

/// `USER_DELETED`.
#[derive(Clone, Copy, Debug)]
pub struct UserDeleted {
    /// The user.
    pub id: i64,
}

/// `ITEM_UPDATED`.
#[derive(Clone, Copy, Debug)]
pub struct ItemUpdated {
    /// The item.
    pub id: i64,
}

/// `ITEM_DELETED`.
#[derive(Clone, Copy, Debug)]
pub struct ItemDeleted {
    /// The item.
    pub id: i64,
}

/// What the handler that follows the event bus goes by.
pub fn rules() -> EventRules {
    EventRules::new()
        .on(|event: &UserUpdated| [key!("user:{}", event.id), key!("user_profile:{}", event.id)])
        .on(|event: &UserDeleted| [key!("user:{}", event.id), key!("user_profile:{}", event.id)])
        .on(|event: &UserDeleted| [key!("payment_token:{}", event.id), key!("billing:{}", event.id)])
        .on(|_: &UserDeleted| [Invalidation::pattern("user_search:*")])
        .on(|event: &ItemUpdated| [Invalidation::from(key!("item:{}", event.id)), Invalidation::prefix("item_list")])
        .on(|event: &ItemDeleted| [Invalidation::from(key!("item:{}", event.id)), Invalidation::prefix("item_list")])
}
