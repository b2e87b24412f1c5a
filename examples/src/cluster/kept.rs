//! One entry, as a call of a cached function has left it.

use cache_core::{Cache, ObservedCall, observe, observe_blocking};
use serde::Serialize;

/// An entry.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// What it is.
    pub what: &'static str,
    /// Whose value it is.
    pub function: &'static str,
    /// Its name.
    pub key: String,
    /// The rest of its time in memory, in seconds, rounded up; none for what is kept until it is removed or evicted.
    pub seconds: Option<u64>,
    /// Whether it is in memory alone.
    pub local: bool,
}

/// Calls a function and finds the entry by the name that the call was observed under.
///
/// # Errors
///
/// The function's.
pub async fn kept<T, E>(
    what: &'static str,
    cache: &Cache,
    call: impl Future<Output = Result<T, E>>,
) -> Result<Option<Kept>, E> {
    let (answer, calls) = observe(call).await;
    answer?;
    Ok(calls.last().and_then(|call| found(what, cache, call, false)))
}

/// The same of a sync function, whose values are in memory alone.
pub fn kept_blocking<T>(what: &'static str, cache: &Cache, call: impl FnOnce() -> T) -> Option<Kept> {
    let (_, calls) = observe_blocking(call);
    calls.last().and_then(|call| found(what, cache, call, true))
}

fn found(what: &'static str, cache: &Cache, call: &ObservedCall, local: bool) -> Option<Kept> {
    let entry = cache.entry(&*call.key)?;
    let seconds = entry.remaining.map(|left| left.as_secs_f64().ceil() as u64);
    Some(Kept { what, function: call.function, key: call.key.clone(), seconds, local })
}
