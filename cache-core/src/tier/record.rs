//! Values of a type, as they are read from a shared tier.

use super::codec::digits;
use super::envelope::{Content, Opened, Outside, Schema, Unread, expired, look, open};
use super::guard::Remote;
use super::reading::Fetch;
use super::stats::count;
use super::{Codec, Encoding, Stamp};
use crate::clock::Ticks;
use crate::entry::Lived;

/// A value's way into the tier and back.
#[derive(Debug)]
pub(crate) struct Form<T> {
    pub(crate) codec: Codec<T>,
    /// How it is written.
    pub(crate) encoding: Encoding,
    /// The schema's version, as the function says it.
    pub(crate) version: u32,
    /// A count is stored as its digits, to be incremented.
    pub(crate) plain: bool,
}

impl<T> Clone for Form<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Form<T> {}

/// What the tier has for a call.
#[derive(Debug)]
pub(crate) enum Loaded<T> {
    /// A value, which may be past its time, and the tags that it is stored with.
    Value(T, Lived, Vec<String>),
    /// A count: it changes elsewhere, so it is not kept in memory.
    Count(T),
    /// A `None` at that depth, and its tags.
    Absent(u8, Lived, Vec<String>),
    /// Nothing; what is loaded now may be stored with the stamp.
    Missing(Stamp),
    /// It was not asked, or has not answered, or what it has is not for us to replace.
    Away,
}

impl<T> Loaded<T> {
    fn is_fresh(&self) -> bool {
        match self {
            Self::Value(_, lived, _) | Self::Absent(_, lived, _) => lived.is_fresh(),
            Self::Count(_) => true,
            Self::Missing(_) | Self::Away => false,
        }
    }
}

/// What a record is to a reader.
enum Read<T> {
    Loaded(Loaded<T>),
    /// Not for this reader: a miss, which a load may replace.
    Foreign,
    /// Of no use to anybody: a miss, and it is to go.
    Garbled,
}

/// A record that is of no use to its reader; where it is of none to anybody, what is to go.
pub(crate) struct Useless(Option<Vec<u8>>);

/// What came of taking a name's freshness.
pub(crate) struct Expired {
    /// It had a fresh value.
    pub(crate) was_fresh: bool,
    /// It is kept for its grace.
    pub(crate) done: bool,
}

impl<T> Form<T> {
    pub(super) fn schema(&self) -> Schema {
        Schema { version: self.version, fingerprint: (self.codec.fingerprint)() }
    }
}

impl Remote {
    /// Reads a value.
    pub(crate) async fn load<T>(&self, name: &str, form: Form<T>, until: Ticks) -> Loaded<T> {
        let fetched = self.fetch(name, until).await;
        self.judge(name, form, fetched, until).await
    }

    /// Reads values, at once as far as the tier can. What is not for this reader is as if it were away.
    pub(crate) async fn load_many<T>(&self, names: &[String], form: Form<T>, until: Ticks) -> Vec<Loaded<T>> {
        let fetched = self.fetch_many(names, until).await;
        let mut all = Vec::with_capacity(names.len());
        for (name, fetched) in names.iter().zip(fetched) {
            all.push(match fetched {
                Fetch::Found(record, tags) => self.take(name, form, record, tags, until).await.unwrap_or(Loaded::Away),
                Fetch::Missing(stamp) => {
                    self.count_read(false);
                    Loaded::Missing(stamp)
                }
                Fetch::Away => Loaded::Away,
            });
        }
        all
    }

    /// [`load`](Self::load) of many, which are read at once as far as the tier can.
    pub(crate) async fn load_each<T>(&self, names: &[String], form: Form<T>, until: Ticks) -> Vec<Loaded<T>> {
        let fetched = self.fetch_many(names, until).await;
        let mut all = Vec::with_capacity(names.len());
        for (name, fetched) in names.iter().zip(fetched) {
            all.push(self.judge(name, form, fetched, until).await);
        }
        all
    }

    /// What a name has, without the leave to replace it.
    pub(crate) async fn show<T>(&self, name: &str, form: Form<T>, until: Ticks) -> Option<Loaded<T>> {
        match self.fetch(name, until).await {
            Fetch::Found(record, tags) => self.take(name, form, record, tags, until).await,
            Fetch::Missing(_) | Fetch::Away => None,
        }
    }

    /// What a read is for the load that asked.
    async fn judge<T>(&self, name: &str, form: Form<T>, fetched: Fetch, until: Ticks) -> Loaded<T> {
        match self.judge_at_once(name, form, fetched) {
            Ok(loaded) => loaded,
            Err(useless) => self.replace(name, useless, until).await,
        }
    }

    /// What a read is for the load that asked, as far as the tier is not to be asked again.
    pub(crate) fn judge_at_once<T>(&self, name: &str, form: Form<T>, fetched: Fetch) -> Result<Loaded<T>, Useless> {
        match fetched {
            Fetch::Found(record, tags) => self.take_at_once(name, form, record, tags),
            Fetch::Missing(stamp) => {
                self.count_read(false);
                Ok(Loaded::Missing(stamp))
            }
            Fetch::Away => Ok(Loaded::Away),
        }
    }

    /// The leave to replace what is of no use.
    pub(crate) async fn replace<T>(&self, name: &str, useless: Useless, until: Ticks) -> Loaded<T> {
        self.dispose(name, useless, until).await;
        self.outdate(name, until).await
    }

    /// What is garbled goes, unless it was replaced meanwhile.
    async fn dispose(&self, name: &str, Useless(garbled): Useless, until: Ticks) {
        if let Some(record) = garbled
            && self.discard(name, &record, until).await
        {
            count(&self.0.stats.discarded);
        }
    }

    /// What a record is to this reader, if it is anything.
    async fn take<T>(
        &self,
        name: &str,
        form: Form<T>,
        record: Vec<u8>,
        tags: Vec<String>,
        until: Ticks,
    ) -> Option<Loaded<T>> {
        match self.take_at_once(name, form, record, tags) {
            Ok(loaded) => Some(loaded),
            Err(useless) => {
                self.dispose(name, useless, until).await;
                None
            }
        }
    }

    fn take_at_once<T>(
        &self,
        name: &str,
        form: Form<T>,
        record: Vec<u8>,
        tags: Vec<String>,
    ) -> Result<Loaded<T>, Useless> {
        let read = self.read(name, form, &record, tags);
        self.count_read(matches!(&read, Read::Loaded(loaded) if loaded.is_fresh()));
        match read {
            Read::Loaded(loaded) => Ok(loaded),
            Read::Foreign => Err(Useless(None)),
            Read::Garbled => Err(Useless(Some(record))),
        }
    }

    fn read<T>(&self, name: &str, form: Form<T>, record: &[u8], tags: Vec<String>) -> Read<T> {
        if let Some(value) = (form.codec.count)(record) {
            return Read::Loaded(Loaded::Count(value));
        }
        if digits(record).is_some() {
            // A count, to be read as something else.
            return Read::Foreign;
        }
        match open(record, form.schema(), self.0.clock.unix_millis(), self.0.writing.most) {
            Ok(Opened { content: Content::Absent(depth), lived }) => Read::Loaded(Loaded::Absent(depth, lived, tags)),
            Ok(Opened { content: Content::Value(encoding, bytes), lived }) => {
                match (form.codec.decode)(&bytes, encoding) {
                    Ok(value) => Read::Loaded(Loaded::Value(value, lived, tags)),
                    Err(error) => {
                        self.no_record("get", name, error);
                        Read::Garbled
                    }
                }
            }
            Err(Unread::Corrupt) => {
                self.no_record("get", name, "it is cut or garbled");
                Read::Garbled
            }
            Err(Unread::TooLong) => {
                self.too_long("get", name);
                Read::Foreign
            }
            Err(Unread::Foreign) => Read::Foreign,
        }
    }

    /// Removes a record, if it is that one still. Says whether it did.
    pub(super) async fn discard(&self, name: &str, record: &[u8], until: Ticks) -> bool {
        if !self.trusts(name) {
            return false;
        }
        let guard = &self.0;
        guard.run("discard", name, until, guard.tier.discard(&guard.namespace, name, record)).await.unwrap_or_else(
            |_| {
                self.keep();
                false
            },
        )
    }

    /// A stamp for a load that is to replace what there is.
    pub(crate) async fn outdate<T>(&self, name: &str, until: Ticks) -> Loaded<T> {
        self.renew(name, until).await.map_or(Loaded::Away, Loaded::Missing)
    }

    /// Whether a name has a fresh value.
    pub(crate) async fn contains(&self, name: &str) -> bool {
        match self.fetch(name, self.until()).await {
            Fetch::Found(record, _) => look(&record, self.0.clock.unix_millis()) == Outside::Value,
            Fetch::Missing(_) | Fetch::Away => false,
        }
    }

    /// Ends the freshness of what a name has and leaves it its grace. `done` is false where that cannot be done, or what
    /// there is has none: then it is to be removed.
    pub(crate) async fn expire(&self, name: &str) -> Expired {
        let until = self.until();
        let mut outcome = Expired { was_fresh: false, done: false };
        // Outdates the loads under way, and tells whether anything is changed after this.
        let Some(stamp) = self.renew(name, until).await else { return outcome };
        let Fetch::Found(record, tags) = self.fetch(name, until).await else { return outcome };
        let now = self.0.clock.unix_millis();
        outcome.was_fresh = look(&record, now) == Outside::Value;
        if let Some((record, grace)) = expired(&record, now) {
            outcome.done = self.put(name, &record, Some(grace), stamp, &tags, until).await;
        }
        outcome
    }

    pub(super) fn too_long(&self, operation: &'static str, name: &str) {
        count(&self.0.stats.oversized);
        let (prefix, most) = (name.split(':').next().unwrap_or(name), self.0.writing.most);
        tracing::warn!(target: "cache", operation, prefix, most, "a value is longer than `max_record_bytes`");
    }
}
