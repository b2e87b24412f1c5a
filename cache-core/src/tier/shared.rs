//! What a shared tier has to be able to do.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::backplane::{Backplane, Message, Origin, Sweep, Swept};
use super::change::{Change, Reach};
use crate::sync::block_on;

/// What a tier's operation is on its way to. Dropping it gives the operation up; it may have been carried out.
pub type TierFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, TierError>> + Send + 'a>>;

/// Work that a tier runs in the background.
pub type TierTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why an operation of a tier failed.
pub type TierError = Box<dyn std::error::Error + Send + Sync>;

/// A store that several processes share, behind their memories: Redis, a disk.
///
/// Names come without the namespace that they stand under. What is stored is bytes, which the tier gives back as they
/// were. Nothing here has to be reliable: the cache bounds each operation in time, keeps a failing tier off the path
/// of its callers, remembers the changes that it still owes, and applies them before it trusts the tier again.
///
/// # The order of changes
/// A tier is the one authority on what came first. [`get`](Self::get) of a name that has nothing gives a [`Stamp`];
/// [`put`](Self::put) with that stamp stores nothing if the name was changed since by [`apply`](Self::apply), whoever
/// applied it. So a value that was loaded before an invalidation never lands after it.
///
/// ```
/// use cache_core::testing::MemoryTier;
/// use cache_core::{Change, Fetched, SharedTier};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let tier = MemoryTier::new();
/// let Fetched::Missing(stamp) = tier.get("cache", "artist:42").await? else { panic!("it is empty") };
/// tier.apply("cache", &[Change::remove("artist:42")]).await?;
/// assert!(!tier.put("cache", "artist:42", b"old", None, stamp, &[]).await?, "loaded before, stored after");
/// # Ok::<(), cache_core::TierError>(())
/// # }).unwrap();
/// ```
pub trait SharedTier: fmt::Debug + Send + Sync + 'static {
    /// What is stored under a name, or the stamp to store it with.
    fn get<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Fetched>;

    /// [`get`](Self::get) of many, in their order.
    fn get_many<'a>(&'a self, namespace: &'a str, names: &'a [String]) -> TierFuture<'a, Vec<Fetched>> {
        Box::pin(async move {
            let mut all = Vec::with_capacity(names.len());
            for name in names {
                all.push(self.get(namespace, name).await?);
            }
            Ok(all)
        })
    }

    /// A stamp that outdates all that were given before for the name: results stored with those are refused from now
    /// on. What is stored stays.
    fn renew<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Stamp>;

    /// Stores the result of a load, for `ttl` (`None`: until it is removed), and with it what it is removed by beside its name.
    /// Gives false, and stores nothing, if the name was changed or renewed since the stamp was given, or a tag removed, or if
    /// the tier cannot tell.
    fn put<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
        stamp: Stamp,
        tags: &'a [String],
    ) -> TierFuture<'a, bool>;

    /// Makes changes, in their order, each of them newer than every stamp given so far. After an error some of the
    /// first may have been made; all of them come again, so making one twice must be the same as making it once.
    fn apply<'a>(&'a self, namespace: &'a str, changes: &'a [Change]) -> TierFuture<'a, ()>;

    /// How long [`apply`](Self::apply) of these may take, where that is longer than the cache's `shared_timeout`: a removal
    /// of many names may have to look at all of them. Nobody waits that long: it runs beside the callers. Default: no
    /// longer.
    fn longest_apply(&self, changes: &[Change]) -> Option<Duration> {
        let _ = changes;
        None
    }

    /// Notes that removals of many names are about to be [applied](Self::apply), or are by now. From the first on nothing older is
    /// stored under those names, and nobody who is told of it reads there, however long it takes until all is freed. Default: does
    /// nothing.
    fn announce<'a>(
        &'a self,
        namespace: &'a str,
        sweep: Sweep,
        swept: Swept,
        reaches: &'a [Reach],
    ) -> TierFuture<'a, ()> {
        let _ = (namespace, sweep, swept, reaches);
        Box::pin(async { Ok(()) })
    }

    /// What is [announced](Self::announce) and not applied yet, by whatever instance: for one that was not told, because it has
    /// just begun to listen. Default: nothing.
    fn unswept<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, Vec<(Sweep, Vec<Reach>)>> {
        let _ = namespace;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Tells the other instances of changes that are made: whoever reads after it is told finds them made. Twice must be the
    /// same as once. Results of loads are not told, but that they have come, where somebody waits for them.
    fn tell<'a>(&'a self, namespace: &'a str, message: &'a Message) -> TierFuture<'a, ()> {
        let _ = (namespace, message);
        Box::pin(async { Ok(()) })
    }

    /// What the other instances [`tell`](Self::tell) from now on; asked for once per cache. None, the default, where instances
    /// cannot tell each other: what one changes, another may have in its memory for what is left of its time.
    fn backplane(&self, namespace: &str) -> Option<Box<dyn Backplane>> {
        let _ = namespace;
        None
    }

    /// Lets a holder be the one that loads a name, for `lease` from now on; a holder may claim again to keep it. False, at
    /// once, where another holder has it, by an equal stamp or by one that is not outdated. Who is to replace a record comes with
    /// the stamp 0. Default: true, every instance loads for itself.
    fn claim<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        stamp: Stamp,
        holder: Origin,
        lease: Duration,
    ) -> TierFuture<'a, bool> {
        let _ = (namespace, name, stamp, holder, lease);
        Box::pin(async { Ok(true) })
    }

    /// Gives a claim up, if it is that holder's. Says whether others were refused meanwhile: they are to be
    /// [told](Self::tell).
    fn disclaim<'a>(&'a self, namespace: &'a str, name: &'a str, holder: Origin) -> TierFuture<'a, bool> {
        let _ = (namespace, name, holder);
        Box::pin(async { Ok(false) })
    }

    /// Stores a record unless the name has one. Says whether it did.
    fn set_if_absent<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
    ) -> TierFuture<'a, bool>;

    /// Removes a name's record, if it is that one still, byte for byte. Says whether it did. It is asked for where a record
    /// cannot be read by anybody. Default: does nothing.
    fn discard<'a>(&'a self, namespace: &'a str, name: &'a str, record: &'a [u8]) -> TierFuture<'a, bool> {
        let _ = (namespace, name, record);
        Box::pin(async { Ok(false) })
    }

    /// Adds to a count, which begins with 0, and gives the sum. Its record is its decimal digits. `ttl` holds for a
    /// count that is new.
    ///
    /// # Errors
    /// Where the name has another record, or the sum is no `i64`.
    fn increment<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        by: i64,
        ttl: Option<Duration>,
    ) -> TierFuture<'a, i64>;

    /// Runs a task beside its callers, where the tier's own input and output can run. Default: on a thread of its own.
    fn spawn(&self, task: TierTask) {
        let name = "cache-shared-tier".to_owned();
        if let Err(error) = std::thread::Builder::new().name(name).spawn(|| block_on(task)) {
            tracing::error!(target: "cache", %error, "no thread for the shared tier: what it is owed has to wait");
        }
    }

    /// Ends connections and what runs in the background.
    fn close(&self) -> TierFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// What a tier has under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// A record.
    Found(Vec<u8>),
    /// A record that was stored with tags, none of which was removed since.
    Tagged(Vec<u8>, Vec<String>),
    /// Nothing. A load that begins now may store its result with this stamp.
    Missing(Stamp),
}

/// A moment in a tier's own order of changes. What its bits mean is the tier's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(pub u128);
