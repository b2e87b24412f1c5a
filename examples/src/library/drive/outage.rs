//! The database fails: what do visitors see who ask for what was known?

use std::collections::HashSet;
use std::net::SocketAddr;

use super::super::database::Database;
use super::super::repository::Function;
use super::http::Http;
use super::{DriveError, Read};

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// Requests for what was in the cache, all of it past its time.
    pub asked: u64,
    /// Of these, how many were refused.
    pub failed: u64,
    /// Answers with a value past its time, by the cache's count.
    pub stale: u64,
}

/// Takes the freshness of what was asked for and is known, has `db` fail, and asks for it again.
///
/// # Errors
///
/// When the service cannot be reached.
pub async fn endure(address: SocketAddr, db: &Database, asked: &[Read]) -> Result<Outage, DriveError> {
    let (http, cache) = (Http::new(address)?, cache_core::get_cache());
    let (mut seen, mut known) = (HashSet::new(), Vec::new());
    for read in asked.iter().filter(|read| seen.insert(**read)) {
        if cache.expire(read.key()).await {
            known.push(*read);
        }
    }
    let served = || Function::ALL.iter().map(|function| function.stats().stale_served).sum::<u64>();
    let before = served();
    let mut outage = Outage::default();
    db.fail(true);
    for read in known {
        outage.asked += 1;
        match http.get(&read.path()).await {
            Ok(_) => {}
            Err(DriveError::Status { .. }) => outage.failed += 1,
            Err(other) => {
                db.fail(false);
                return Err(other);
            }
        }
    }
    db.fail(false);
    outage.stale = served() - before;
    Ok(outage)
}
