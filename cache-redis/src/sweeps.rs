//! What is being removed of many names, for instances that were not told because they have just begun to listen.

use std::time::Duration;

use cache_core::{Reach, Sweep};
use redis::cmd;

use crate::RedisTier;
use crate::error::{Cause, is_full};
use crate::keys::Keys;
use crate::scripts::{NOTE_SWEEP, UNSWEPT};

/// Whoever has not said for so long that it is at it is gone.
const LONGEST: Duration = Duration::from_secs(10);

impl RedisTier {
    pub(crate) async fn note_sweep(&self, keys: &Keys, sweep: Sweep, reaches: &[Reach]) -> Result<(), Cause> {
        let texts: Vec<String> = reaches.iter().map(Reach::to_text).collect();
        // A list of texts is always JSON.
        let texts = serde_json::to_string(&texts).unwrap_or_default();
        let mut note = NOTE_SWEEP.prepare_invoke();
        note.key(keys.sweeps()).arg(sweep.0).arg(texts).arg(LONGEST.as_millis() as u64);
        match self.link.call::<i64>(&note).await {
            // A full server: those who listen were told.
            Err(error) if is_full(&error) => Ok(()),
            noted => Ok(noted.map(drop)?),
        }
    }

    pub(crate) async fn end_sweep(&self, keys: &Keys, sweep: Sweep) -> Result<(), Cause> {
        Ok(self.link.send(cmd("HDEL").arg(keys.sweeps()).arg(sweep.0)).await?)
    }

    pub(crate) async fn read_sweeps(&self, keys: &Keys) -> Result<Vec<(Sweep, Vec<Reach>)>, Cause> {
        let mut unswept = UNSWEPT.prepare_invoke();
        unswept.key(keys.sweeps()).arg(LONGEST.as_millis() as u64);
        let unswept: Vec<(String, Vec<u8>)> = self.link.call(&unswept).await?;
        Ok(unswept.iter().filter_map(|(id, texts)| Some((Sweep(id.parse().ok()?), reaches(texts)?))).collect())
    }
}

/// What was noted. None where nobody has written it so.
fn reaches(texts: &[u8]) -> Option<Vec<Reach>> {
    let texts: Vec<String> = serde_json::from_slice(texts).ok()?;
    texts.iter().map(|text| Reach::from_text(text)).collect()
}
