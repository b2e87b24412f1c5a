//! The library's tables and the rows it starts with, the same in every new file.

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, QueryBuilder, Sqlite};

use super::model::{Source, Status};

const SEED: u64 = 1722;
const ARTISTS: i64 = 1_000;
/// SQLite takes 32,766 parameters in one statement; a row has seven at most.
const ROWS_PER_INSERT: usize = 1_000;

const SCHEMA: &str = "
CREATE TABLE artists (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, genre TEXT NOT NULL, active_since INTEGER NOT NULL
) STRICT;
CREATE TABLE works (
    id INTEGER PRIMARY KEY, artist_id INTEGER NOT NULL REFERENCES artists,
    title TEXT NOT NULL, form TEXT NOT NULL, year INTEGER NOT NULL
) STRICT;
CREATE INDEX works_of_artist ON works (artist_id, year, id);
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY, work_id INTEGER NOT NULL REFERENCES works,
    performer TEXT NOT NULL, duration_ms INTEGER NOT NULL, status TEXT NOT NULL, source TEXT NOT NULL, path TEXT NOT NULL
) STRICT;
CREATE INDEX recordings_of_work ON recordings (work_id);
";

const GIVEN: [&str; 16] = [
    "Amara", "Bela", "Cosima", "Davit", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kaja", "Leander", "Mirela",
    "Nuno", "Oksana", "Paulo",
];
const FAMILY: [&str; 16] = [
    "Adeyemi",
    "Bergström",
    "Castellano",
    "Dvorsky",
    "Ekholm",
    "Fontaine",
    "Grünwald",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalczyk",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
];
const COUNTRIES: [&str; 8] = ["Brazil", "Czechia", "Finland", "France", "Georgia", "Japan", "Nigeria", "Portugal"];
const GENRES: [&str; 6] = ["chamber music", "choral", "electronic", "folk", "jazz", "orchestral"];
const FORMS: [&str; 8] = ["cantata", "étude", "mass", "nocturne", "quartet", "sonata", "song", "suite"];
const MOODS: [&str; 8] = ["Autumn", "Bright", "Distant", "Evening", "Frozen", "Hidden", "Silver", "Wandering"];
const IMAGES: [&str; 8] = ["Bells", "Gardens", "Harbour", "Lanterns", "Rivers", "Roads", "Shadows", "Windows"];
const ENSEMBLES: [&str; 6] = ["Chamber Players", "Ensemble", "Orchestra", "Quartet", "Sinfonietta", "Trio"];

/// Makes the tables and fills them, in one transaction: a file is filled whole or stays empty.
pub(super) async fn fill(
    connection: &mut SqliteConnection,
    application_id: i32,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), sqlx::Error> {
    let library = Library::draw(&mut ChaCha8Rng::seed_from_u64(SEED));
    let total = (library.artists.len() + library.works.len() + library.recordings.len()) as u64;
    let mut written = 0;
    let mut advance = |rows: usize| {
        written += rows as u64;
        progress(written, total);
    };

    let mut transaction = connection.begin().await?;
    let tables = format!("{SCHEMA} PRAGMA application_id = {application_id};");
    // The text is this file's own and a number.
    sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut *transaction).await?;
    for rows in library.artists.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO artists (id, name, country, genre, active_since) ");
        insert.push_values(rows, |mut row, artist| {
            row.push_bind(artist.id).push_bind(&artist.name).push_bind(artist.country);
            row.push_bind(artist.genre).push_bind(artist.active_since);
        });
        insert.build().persistent(false).execute(&mut *transaction).await?;
        advance(rows.len());
    }
    for rows in library.works.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO works (id, artist_id, title, form, year) ");
        insert.push_values(rows, |mut row, work| {
            row.push_bind(work.id).push_bind(work.artist_id).push_bind(&work.title);
            row.push_bind(work.form).push_bind(work.year);
        });
        insert.build().persistent(false).execute(&mut *transaction).await?;
        advance(rows.len());
    }
    for rows in library.recordings.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO recordings (id, work_id, performer, duration_ms, status, source, path) ",
        );
        insert.push_values(rows, |mut row, recording| {
            row.push_bind(recording.id).push_bind(recording.work_id).push_bind(&recording.performer);
            row.push_bind(recording.duration_ms).push_bind(recording.status.as_str());
            row.push_bind(recording.source.as_str()).push_bind(&recording.path);
        });
        insert.build().persistent(false).execute(&mut *transaction).await?;
        advance(rows.len());
    }
    transaction.commit().await
}

struct ArtistRow {
    id: i64,
    name: String,
    country: &'static str,
    genre: &'static str,
    active_since: i64,
}

struct WorkRow {
    id: i64,
    artist_id: i64,
    title: String,
    form: &'static str,
    year: i64,
}

struct RecordingRow {
    id: i64,
    work_id: i64,
    performer: String,
    duration_ms: i64,
    status: Status,
    source: Source,
    path: String,
}

#[derive(Default)]
struct Library {
    artists: Vec<ArtistRow>,
    works: Vec<WorkRow>,
    recordings: Vec<RecordingRow>,
}

impl Library {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        let mut library = Self::default();
        for id in 1..=ARTISTS {
            let artist = ArtistRow {
                id,
                name: format!("{} {}. {}", pick(random, &GIVEN), random.random_range('A'..='Z'), pick(random, &FAMILY)),
                country: pick(random, &COUNTRIES),
                genre: pick(random, &GENRES),
                active_since: random.random_range(1650..2015),
            };
            for _ in 0..heavy_tailed(random, 4.0, 150) {
                library.draw_work(random, &artist);
            }
            library.artists.push(artist);
        }
        library
    }

    fn draw_work(&mut self, random: &mut ChaCha8Rng, artist: &ArtistRow) {
        let id = self.works.len() as i64 + 1;
        let form = pick(random, &FORMS);
        let opus = random.random_range(1..200);
        self.works.push(WorkRow {
            id,
            artist_id: artist.id,
            title: format!("{} {}, {form}, op. {opus}", pick(random, &MOODS), pick(random, &IMAGES)),
            form,
            year: artist.active_since + random.random_range(0..40),
        });
        for _ in 0..heavy_tailed(random, 1.5, 120) {
            let recording = self.recordings.len() as i64 + 1;
            self.recordings.push(RecordingRow {
                id: recording,
                work_id: id,
                performer: format!("{} {}", pick(random, &FAMILY), pick(random, &ENSEMBLES)),
                duration_ms: random.random_range(90_000..2_400_000),
                status: early(random, Status::ALL),
                source: early(random, Source::ALL),
                path: format!("{}/{}/{id}-{recording:06}.flac", artist.genre, artist.id),
            });
        }
    }
}

fn pick<'a>(random: &mut ChaCha8Rng, words: &[&'a str]) -> &'a str {
    words.choose(random).expect("a word list is not empty")
}

/// Two in three the first, two in nine the second, the third otherwise.
fn early<T: Copy>(random: &mut ChaCha8Rng, [first, second, third]: [T; 3]) -> T {
    match random.random_range(0..9) {
        0..6 => first,
        6..8 => second,
        _ => third,
    }
}

/// Pareto with exponent 1.2, from `least` up to `most`: few have many.
fn heavy_tailed(random: &mut ChaCha8Rng, least: f64, most: u64) -> u64 {
    let uniform: f64 = random.random_range(f64::EPSILON..1.0);
    ((least / uniform.powf(1.0 / 1.2)) as u64).min(most)
}
