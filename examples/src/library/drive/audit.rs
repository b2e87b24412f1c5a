//! Compares answers with the database.

use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;

use super::super::database::Database;
use super::super::model::{Artist, ArtistWorks, Source, Status, Work, WorkRecordings};
use super::super::repository;
use super::renames::Renames;
use super::request::Read;

/// How many differences are kept to be shown.
const SHOWN: usize = 5;

/// The comparison so far. It reads with connections of its own, whose queries count for nobody.
#[derive(Debug)]
pub(super) struct Audit {
    db: Database,
    pub(super) renames: Renames,
    compared: AtomicU64,
    differed: AtomicU64,
    differences: Mutex<Vec<String>>,
}

impl Audit {
    pub(super) fn new(db: Database, renames: Renames) -> Self {
        Self {
            db,
            renames,
            compared: AtomicU64::new(0),
            differed: AtomicU64::new(0),
            differences: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    pub(super) fn differed(&self) -> u64 {
        self.differed.load(Ordering::Relaxed)
    }

    /// The first few differences, in words.
    pub(super) fn differences(&self) -> Vec<String> {
        self.differences.lock().expect("nothing panics under this lock").clone()
    }

    /// To be called before a request is sent: the take that its answer has to show at least.
    pub(super) fn before(&self, read: Read) -> u64 {
        read.shows_name_of().map_or(0, |artist| self.renames.confirmed(artist))
    }

    /// Compares what `read` was answered with the row as it is now. `before` is what [`Audit::before`] said.
    ///
    /// Everything has to be equal but the name: the answer's is one of those that were current while the request
    /// ran, the row's is the same or a later one.
    pub(super) async fn compare(&self, read: Read, before: u64, body: &[u8]) -> Result<(), sqlx::Error> {
        let verdict = self.verdict(read, before, body).await?;
        self.compared.fetch_add(1, Ordering::Relaxed);
        if let Err(difference) = verdict {
            self.differed.fetch_add(1, Ordering::Relaxed);
            let mut differences = self.differences.lock().expect("nothing panics under this lock");
            if differences.len() < SHOWN {
                differences.push(format!("GET {}: {difference}", read.path()));
            }
        }
        Ok(())
    }

    async fn verdict(&self, read: Read, before: u64, body: &[u8]) -> Result<Result<(), String>, sqlx::Error> {
        Ok(match read {
            Read::Artist { id } => {
                let received = self.renames.sent(id);
                let row = repository::get_artist::uncached(&self.db, id).await?;
                parsed::<Artist>(body, row).and_then(|(mut answer, row)| {
                    self.excuse(id, &mut answer.name, &row.name, before..=received)?;
                    equal(&answer, &row)
                })
            }
            Read::ArtistWorks { id, skip, limit } => {
                let received = self.renames.sent(id);
                let row = repository::list_artist_works::uncached(&self.db, id, skip, limit).await?;
                parsed::<ArtistWorks>(body, row.as_deref().cloned()).and_then(|(mut answer, row)| {
                    self.excuse(id, &mut answer.artist_name, &row.artist_name, before..=received)?;
                    equal(&answer, &row)
                })
            }
            Read::Work { id } => {
                let row = repository::get_work::uncached(&self.db, id).await?;
                parsed::<Work>(body, row).and_then(|(answer, row)| equal(&answer, &row))
            }
            Read::WorkRecordings { id, status, source } => {
                let (status, source) = (status.map(Status::as_str), source.map(Source::as_str));
                let row = repository::list_work_recordings::uncached(&self.db, id, status, source).await?;
                let row = row.as_deref().cloned();
                parsed::<WorkRecordings>(body, row).and_then(|(answer, row)| equal(&answer, &row))
            }
        })
    }

    /// Excuses a name that was current while the request ran and has been overtaken since.
    fn excuse(&self, id: i64, answer: &mut String, row: &str, takes: RangeInclusive<u64>) -> Result<(), String> {
        let answered = self.renames.take(id, answer, takes)?;
        let now = self.renames.take(id, row, answered..=self.renames.sent(id))?;
        if now != answered {
            row.clone_into(answer);
        }
        Ok(())
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8], row: Option<T>) -> Result<(T, T), String> {
    let answer = serde_json::from_slice(body).map_err(|error| format!("the answer does not parse: {error}"))?;
    let row = row.ok_or("the database knows nothing of it")?;
    Ok((answer, row))
}

fn equal<T: PartialEq + std::fmt::Debug>(answer: &T, row: &T) -> Result<(), String> {
    if answer == row { Ok(()) } else { Err(format!("answered {answer:?}, the database has {row:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stale_name_and_a_foreign_field_differ_and_an_overtaken_name_does_not() {
        let scratch = tempfile::tempdir().expect("a directory is made");
        let file = scratch.path().join("library.db");
        let db = Database::open(&file, |_, _| {}).await.expect("a library is made");
        let names = repository::artists_by_catalogue(&db).await.expect("the artists are listed");
        let audit = Audit::new(db, Renames::from_names(&names));
        let id = names[0].0;
        let read = Read::Artist { id };
        let old =
            repository::get_artist::uncached(&audit.db, id).await.expect("the query runs").expect("the artist exists");
        let old = serde_json::to_vec(&old).expect("it serialises");

        let before = audit.before(read);
        let name = audit.renames.send(id);
        let new = repository::rename_artist(&audit.db, id, &name).await.expect("the query runs");
        let mut new = new.expect("the artist exists");
        audit.compare(read, before, &old).await.expect("the query runs");
        assert_eq!((audit.compared(), audit.differed()), (1, 0), "asked for before the rename was confirmed");

        audit.renames.confirm(id);
        let before = audit.before(read);
        audit.compare(read, before, &serde_json::to_vec(&new).expect("it serialises")).await.expect("the query runs");
        assert_eq!((audit.compared(), audit.differed()), (2, 0), "up to date");
        audit.compare(read, before, &old).await.expect("the query runs");
        assert_eq!((audit.compared(), audit.differed()), (3, 1), "stale");
        new.work_count += 1;
        audit.compare(read, before, &serde_json::to_vec(&new).expect("it serialises")).await.expect("the query runs");
        assert_eq!((audit.compared(), audit.differed()), (4, 2), "another field");
        audit.compare(read, before, b"{").await.expect("the query runs");
        assert_eq!((audit.compared(), audit.differed()), (5, 3), "not an answer");
        assert!(audit.differences()[0].contains(", take 1 to 1"), "{:?}", audit.differences());
    }
}
