//! The tables and the tracks they start with: the same for the same number of tracks.

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, QueryBuilder, Sqlite};

use super::analysis::to_bytes;
use super::draw;
use super::features::Features;

const SEED: u64 = 1313;
/// The last second on which anything was played.
const NOW: i64 = 1_800_000_000;
/// Listeners 1 to this have libraries of their own.
const LISTENERS: i64 = 4;

const SCHEMA: &str = "
CREATE TABLE tracks (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist TEXT NOT NULL, genre TEXT NOT NULL,
    plays INTEGER NOT NULL, last_played INTEGER NOT NULL
) STRICT;
CREATE INDEX tracks_by_genre ON tracks (genre);
CREATE TABLE windows (
    track_id INTEGER NOT NULL REFERENCES tracks, position INTEGER NOT NULL, features BLOB NOT NULL,
    PRIMARY KEY (track_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE saved (
    listener INTEGER NOT NULL, track_id INTEGER NOT NULL REFERENCES tracks, PRIMARY KEY (listener, track_id)
) STRICT, WITHOUT ROWID;
";

const GENRES: [&str; 5] = ["ambient", "choral", "dub", "folk", "jazz"];
const FIRST: [&str; 12] = [
    "Amber", "Broken", "Copper", "Distant", "Early", "Falling", "Golden", "Hollow", "Inner", "Late", "Northern", "Slow",
];
const SECOND: [&str; 12] = [
    "Bridge", "Circle", "Dawn", "Echo", "Field", "Garden", "Harbour", "Island", "Lantern", "Mirror", "River", "Winter",
];
const PLAYERS: [&str; 10] = [
    "Anouk Veld",
    "Bram Osei",
    "Carla Montes",
    "Dai Kobayashi",
    "Esi Boateng",
    "Finn Aalto",
    "Gia Romano",
    "Hale Quartet",
    "Ilka Trio",
    "Juno Ensemble",
];

/// Makes the tables and fills them with so many tracks, in one transaction: a file is filled whole or stays empty.
pub(super) async fn fill(
    connection: &mut SqliteConnection,
    application_id: i32,
    tracks: u32,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), sqlx::Error> {
    let random = &mut ChaCha8Rng::seed_from_u64(SEED);
    let genres = GENRES.map(|genre| (genre, draw::sound(random)));
    let mut transaction = connection.begin().await?;
    let tables = format!("{SCHEMA} PRAGMA application_id = {application_id};");
    // The text is this file's own and a number.
    sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut *transaction).await?;
    for id in 1..=i64::from(tracks) {
        let (genre, sound) = genres.choose(random).expect("there are genres");
        let title = format!("{} {}", pick(random, &FIRST), pick(random, &SECOND));
        let artist = pick(random, &PLAYERS);
        // The lower its number, the more a track was played.
        let plays = 20_000 / id + random.random_range(0..20);
        sqlx::query("INSERT INTO tracks (id, title, artist, genre, plays, last_played) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(id)
            .bind(title)
            .bind(artist)
            .bind(genre)
            .bind(plays)
            .bind(NOW - random.random_range(0..30 * 86_400))
            .execute(&mut *transaction)
            .await?;
        for listener in (1..=LISTENERS).filter(|_| random.random_bool(0.2)) {
            let saved = sqlx::query("INSERT INTO saved (listener, track_id) VALUES (?, ?)");
            saved.bind(listener).bind(id).execute(&mut *transaction).await?;
        }
        let (sound, unrest) = (draw::near(random, sound), draw::unrest(random));
        write_windows(&mut transaction, id, &draw::windows(random, &sound, unrest)).await?;
        progress(id as u64, u64::from(tracks));
    }
    transaction.commit().await
}

/// Writes the windows of a track that has none.
pub(super) async fn write_windows(
    connection: &mut SqliteConnection,
    track_id: i64,
    windows: &[Features],
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO windows (track_id, position, features) ");
    insert.push_values(windows.iter().enumerate(), |mut row, (position, window)| {
        row.push_bind(track_id).push_bind(position as i64).push_bind(to_bytes(window));
    });
    insert.build().execute(connection).await?;
    Ok(())
}

fn pick<'a>(random: &mut ChaCha8Rng, words: &[&'a str]) -> &'a str {
    words.choose(random).expect("a word list is not empty")
}
