//! How long a decorated call takes whose answer is in the cache.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::super::database::Database;
use super::super::model::{Source, Status};
use super::super::repository::{self, Function};
use super::request::Read;

/// How many different keys are asked for in turn.
const KEYS: usize = 64;
/// How long each function is timed.
const TIMED: Duration = Duration::from_millis(50);

/// The time of one hit for each of [`Function::ALL`]; `None` where no call could be timed.
pub type HitTimes = [Option<Duration>; Function::ALL.len()];

/// Calls each function with arguments that were asked for, over and over, while nothing else runs, and takes the
/// median round. A round in which anything missed does not count.
///
/// # Errors
///
/// When the database fails.
pub async fn time_hits(db: &Database, asked: &[Read]) -> Result<HitTimes, sqlx::Error> {
    let mut times = HitTimes::default();
    for function in Function::ALL {
        let reads: Vec<Read> = asked.iter().copied().filter(|read| read.function() == function).take(KEYS).collect();
        let Ok(calls) = u32::try_from(reads.len()) else {
            continue;
        };
        if calls == 0 {
            continue;
        }
        round(db, &reads).await?;
        let mut rounds = Vec::new();
        let begun = Instant::now();
        while begun.elapsed() < TIMED {
            let misses = db.queries(function);
            let round_begun = Instant::now();
            round(db, &reads).await?;
            let taken = round_begun.elapsed();
            if db.queries(function) == misses {
                rounds.push(taken / calls);
            }
        }
        rounds.sort_unstable();
        times[function as usize] = rounds.get(rounds.len() / 2).copied();
    }
    Ok(times)
}

async fn round(db: &Database, reads: &[Read]) -> Result<(), sqlx::Error> {
    for read in reads {
        match *read {
            Read::Artist { id } => drop(black_box(repository::get_artist(db, id).await?)),
            Read::Work { id } => drop(black_box(repository::get_work(db, id).await?)),
            Read::ArtistWorks { id, skip, limit } => {
                drop(black_box(repository::list_artist_works(db, id, skip, limit).await?));
            }
            Read::WorkRecordings { id, status, source } => {
                let (status, source) = (status.map(Status::as_str), source.map(Source::as_str));
                drop(black_box(repository::list_work_recordings(db, id, status, source).await?));
            }
        }
    }
    Ok(())
}
