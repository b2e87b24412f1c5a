//! Many callers who miss one key at the same time, on both instances.

use std::time::Instant;

use futures_util::future::try_join_all;
use serde::Serialize;

/// A key that many miss at once.
#[derive(Clone, Debug, Serialize)]
pub struct Stampede {
    /// How it is asked for.
    pub by: &'static str,
    /// All callers.
    pub callers: usize,
    /// How often the database was asked.
    pub loads: u64,
    /// Until all were answered.
    pub took_ms: f64,
}

impl Stampede {
    /// So many callers on each of two instances, all at once.
    pub(crate) async fn on<I, T, E, F: Future<Output = Result<T, E>>>(
        by: &'static str,
        (one, two): (I, I),
        callers: usize,
        queries: impl Fn() -> u64,
        call: impl Fn(I) -> F,
    ) -> Result<Self, E>
    where
        I: Copy,
    {
        let callers = 2 * callers;
        let (before, begun) = (queries(), Instant::now());
        try_join_all((0..callers).map(|number| call(if number.is_multiple_of(2) { one } else { two }))).await?;
        Ok(Self { by, callers, loads: queries() - before, took_ms: 1e3 * begun.elapsed().as_secs_f64() })
    }
}
