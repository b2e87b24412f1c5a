//! What is cached.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cache_core::Weigh;
use serde::{Deserialize, Serialize};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct UserProfile {
    /// The user's id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// A user's page: the profile and what is drawn from other tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct ProfilePage {
    /// The user.
    pub user: UserProfile,
    /// How many invoices the user has.
    pub invoices: i64,
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Item {
    /// The item's id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The price in cents.
    pub cents: i64,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Session {
    /// Whose it is.
    pub user_id: i64,
    /// When it ends, in seconds since 1970.
    pub valid_until: i64,
}

impl Session {
    /// How long it is still valid: for so long it may be cached.
    #[must_use]
    pub fn left(&self) -> Duration {
        Duration::from_secs(self.valid_until.saturating_sub(now()).try_into().unwrap_or(0))
    }
}

/// A means of payment, as the payment provider names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct PaymentToken {
    /// The provider's token.
    pub token: String,
    /// What the user recognises it by.
    pub last_digits: String,
}

/// What a user is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Billing {
    /// Invoices.
    pub invoices: i64,
    /// Their sum.
    pub cents: i64,
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
