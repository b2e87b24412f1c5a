//! How rows become values.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::model::{Billing, Item, PaymentToken, Session, UserProfile};

impl FromRow<'_, SqliteRow> for UserProfile {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.try_get("id")?, name: row.try_get("name")?, email: row.try_get("email")? })
    }
}

impl FromRow<'_, SqliteRow> for Item {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.try_get("id")?, name: row.try_get("name")?, cents: row.try_get("cents")? })
    }
}

impl FromRow<'_, SqliteRow> for Session {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { user_id: row.try_get("user_id")?, valid_until: row.try_get("valid_until")? })
    }
}

impl FromRow<'_, SqliteRow> for PaymentToken {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { token: row.try_get("token")?, last_digits: row.try_get("last_digits")? })
    }
}

impl FromRow<'_, SqliteRow> for Billing {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { invoices: row.try_get("invoices")?, cents: row.try_get("cents")? })
    }
}
