//! Fingerprints that are measured before anybody asks.

use std::time::Duration;

use cache_core::{Cache, WarmProgress, WarmReport};

use super::database::Database;
use super::model::{Ask, Depth};
use super::repository::{get_fingerprint, popular_tracks, recent_tracks, saved_tracks};

/// So many tracks of each strategy.
const MOST: u32 = 100;
/// Whose library is warmed.
const LISTENER: i64 = 1;
/// So many tracks at a time, …
const BATCH: usize = 50;
/// … and so long between them, for others to reach the database.
const DELAY: Duration = Duration::from_millis(100);

/// Warms what is played most, what was played last, and a listener's library: coarsely, and once for each track.
///
/// # Errors
///
/// When the tracks cannot be listed. A track that cannot be measured is in the report.
pub async fn warm(
    cache: &Cache,
    db: &Database,
    progress: impl FnMut(WarmProgress<'_>) + Send,
) -> Result<WarmReport, sqlx::Error> {
    let popular = popular_tracks(db, MOST).await?.to_vec();
    let recent = recent_tracks(db, MOST).await?;
    let saved = saved_tracks(db, LISTENER).await?;
    // Anything that is there already will do.
    let ask = Ask::new(Depth::Coarse, 0.0);
    let warmed = cache
        .warm()
        .strategy("popular_tracks", popular, |id| get_fingerprint(db, id, ask))
        .strategy("recent_plays", recent, |id| get_fingerprint(db, id, ask))
        .strategy("user_library", saved, |id| get_fingerprint(db, id, ask))
        .batch(BATCH)
        .delay(DELAY)
        .progress(progress);
    Ok(warmed.run().await)
}
