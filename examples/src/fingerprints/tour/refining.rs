//! One track that a coarse look leaves unsure: how its fingerprint is refined as it is asked for.

use serde::Serialize;

use super::super::model::{Ask, Depth};
use super::super::optimizer::{Origin, Strategy, peek};
use super::super::repository::{get_fingerprint, popular_tracks};
use super::super::server::Service;
use super::millis;

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct Refinement {
    /// What was done.
    pub step: &'static str,
    /// The track.
    pub track_id: i64,
    /// The strategy that was chosen; none where none was asked.
    pub strategy: Option<Strategy>,
    /// Where the answer came from.
    pub source: Origin,
    /// How sure the answer is.
    pub confidence: f64,
    /// From how many windows it is.
    pub windows: u32,
    /// How sure the fingerprint is that is cached now.
    pub cached_confidence: Option<f64>,
    /// From the call to the answer.
    pub took_ms: f64,
}

/// The most popular track of which a coarse fingerprint is stored, and too unsure to be used.
async fn unsure(service: &Service) -> Result<Option<i64>, sqlx::Error> {
    let ask = Ask::new(Depth::Coarse, service.least);
    for id in popular_tracks(&service.db, u32::MAX).await?.iter() {
        let coarse = get_fingerprint::uncached(&service.db, *id, ask).await?;
        if coarse.is_some_and(|coarse| ask.keeps(&coarse) && !ask.takes(&coarse)) {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

/// Nothing where a coarse look is sure enough of every track.
pub(super) async fn refine(service: &Service) -> Result<Vec<Refinement>, sqlx::Error> {
    let Some(id) = unsure(service).await? else {
        return Ok(Vec::new());
    };
    get_fingerprint::invalidate(id).await;
    let mut steps = Vec::new();
    for step in ["asked for, nothing cached", "asked for again", "and again"] {
        let found = service.optimizer.find(&service.db, id, service.least, None).await?;
        let cached_confidence = peek(id).await.map(|cached| cached.confidence);
        for item in &found.items {
            let Some(print) = item.fingerprint else {
                continue;
            };
            steps.push(Refinement {
                step,
                track_id: id,
                strategy: Some(found.strategy),
                source: item.source,
                confidence: print.confidence,
                windows: print.windows,
                cached_confidence,
                took_ms: millis(found.took),
            });
        }
    }
    // A coarse look that comes late, say from a warming: it does not take the place of what is surer.
    let known = peek(id).await.map(|cached| cached.confidence);
    let late = Ask { depth: Depth::Coarse, least: service.least, known };
    let begun = std::time::Instant::now();
    if let Some(print) = get_fingerprint::refresh(&service.db, id, late).await? {
        let took_ms = millis(begun.elapsed());
        steps.push(Refinement {
            step: "a coarse look, late",
            track_id: id,
            strategy: None,
            source: Origin::Computed,
            confidence: print.confidence,
            windows: print.windows,
            cached_confidence: peek(id).await.map(|cached| cached.confidence),
            took_ms,
        });
    }
    Ok(steps)
}
