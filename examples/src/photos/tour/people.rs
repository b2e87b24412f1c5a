//! A person whom both instances make at the same time.

use cache_core::key;
use serde::Serialize;

use super::super::people::get_or_create_person;
use super::super::service::Service;
use super::TourError;

const ALBUM: i64 = 2;
const NAME: &str = "Ben";

/// Who was set once.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// The entry's name.
    pub key: String,
    /// The ids that the callers were given.
    pub ids: Vec<i64>,
    /// How many persons of that name the database has.
    pub rows: i64,
    /// How often the same key was then set, of two tries: none, where the instances share what they know.
    pub set_again: usize,
}

pub(super) async fn set_once(one: &Service, two: &Service) -> Result<Person, TourError> {
    let (a, b, c) = tokio::try_join!(
        get_or_create_person(one, ALBUM, NAME),
        get_or_create_person(two, ALBUM, NAME),
        get_or_create_person(one, ALBUM, NAME),
    )?;
    let query = sqlx::query_scalar("SELECT count(*) FROM persons WHERE album_id = ? AND name = ?");
    let rows = query.bind(ALBUM).bind(NAME).fetch_one(one.db.writing()).await?;
    let key = key!("person_id:{}:{}", ALBUM, NAME);
    let hour = std::time::Duration::from_secs(3_600);
    let mut set_again = 0;
    for on in [one, two] {
        set_again += usize::from(on.cache.set_if_absent(&*key, -1_i64, hour).await?);
    }
    Ok(Person { key, ids: vec![a, b, c], rows, set_again })
}
