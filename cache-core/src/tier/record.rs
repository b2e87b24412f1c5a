//! Values of a type, to and from a shared tier.

use std::time::Duration;

use super::envelope::{Content, Opened, Schema, Unread, open, seal};
use super::guard::{Fetch, Owed, Remote};
use super::{Change, Codec, Reach, Stamp};
use crate::clock::Ticks;
use crate::error::{Error, ErrorKind};
use crate::key::Names;

/// A value's way into the tier and back.
#[derive(Debug)]
pub(crate) struct Form<T> {
    pub(crate) codec: Codec<T>,
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
    Value(T, Freshness),
    /// A `None` at that depth.
    Absent(u8, Freshness),
    /// Nothing; what is loaded now may be stored with the stamp.
    Missing(Stamp),
    /// It was not asked, or has not answered, or what it has is not for us to replace.
    Away,
}

/// How much longer a record is fresh; `None` for ever.
pub(crate) type Freshness = Option<Duration>;

impl<T> Form<T> {
    fn schema(&self) -> Schema {
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
        let read = |(name, fetched): (&String, Fetch)| {
            let read = match fetched {
                Fetch::Found(record) => self.read(name, form, &record).unwrap_or(Loaded::Away),
                Fetch::Missing(stamp) => Loaded::Missing(stamp),
                Fetch::Away => return Loaded::Away,
            };
            self.count_read(matches!(read, Loaded::Value(..) | Loaded::Absent(..)));
            read
        };
        names.iter().zip(fetched).map(read).collect()
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

    /// What a read is for the load that asked.
    async fn judge<T>(&self, name: &str, form: Form<T>, fetched: Fetch, until: Ticks) -> Loaded<T> {
        let read = match fetched {
            Fetch::Found(record) => self.read(name, form, &record),
            Fetch::Missing(stamp) => Some(Loaded::Missing(stamp)),
            Fetch::Away => return Loaded::Away,
        };
        self.count_read(matches!(read, Some(Loaded::Value(..) | Loaded::Absent(..))));
        match read {
            Some(loaded) => loaded,
            None => self.outdate(name, until).await,
        }
    }

    /// None where what is there is not for this reader: a miss, which a load may replace.
    fn read<T>(&self, name: &str, form: Form<T>, record: &[u8]) -> Option<Loaded<T>> {
        if let Some(value) = (form.codec.count)(record) {
            // A count changes elsewhere: it is not kept in memory.
            return Some(Loaded::Value(value, Some(Duration::ZERO)));
        }
        match open(record, form.schema(), self.0.clock.unix_millis()) {
            Ok(Opened { content: Content::Absent(depth), remaining }) => Some(Loaded::Absent(depth, remaining)),
            Ok(Opened { content: Content::Value(bytes), remaining }) => match (form.codec.decode)(bytes) {
                Ok(value) => Some(Loaded::Value(value, remaining)),
                Err(error) => {
                    self.no_record("get", name, error);
                    None
                }
            },
            Err(Unread::Corrupt) => {
                self.no_record("get", name, "it is cut or garbled");
                None
            }
            Err(Unread::Foreign | Unread::Expired) => None,
        }
    }

    /// A stamp for a load that is to replace what there is.
    pub(crate) async fn outdate<T>(&self, name: &str, until: Ticks) -> Loaded<T> {
        self.renew(name, until).await.map_or(Loaded::Away, Loaded::Missing)
    }

    fn expires(&self, ttl: Option<Duration>) -> u64 {
        let millis = ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        millis.map_or(0, |millis| self.0.clock.unix_millis().saturating_add(millis))
    }

    fn seal<T>(&self, name: &str, form: Form<T>, content: Result<&T, u8>, ttl: Option<Duration>) -> Option<Vec<u8>> {
        let expires = self.expires(ttl);
        match content {
            Err(depth) => Some(seal(Content::Absent(depth), form.schema(), expires)),
            Ok(value) if form.plain && (form.codec.digits)(value).is_some() => {
                (form.codec.digits)(value).map(|count| count.to_string().into_bytes())
            }
            Ok(value) => match (form.codec.encode)(value) {
                Ok(bytes) => Some(seal(Content::Value(&bytes), form.schema(), expires)),
                Err(error) => {
                    self.no_record("put", name, error);
                    None
                }
            },
        }
    }

    /// Stores what a load gave, a value or an absence, unless its name was changed since. Says whether it did.
    pub(crate) async fn store<T>(
        &self,
        name: &str,
        form: Form<T>,
        content: Result<&T, u8>,
        ttl: Option<Duration>,
        stamp: Stamp,
        until: Ticks,
    ) -> bool {
        match self.seal(name, form, content, ttl) {
            Some(record) => self.put(name, &record, ttl, stamp, until).await,
            None => false,
        }
    }

    /// Stores a value unless the name has a record.
    pub(crate) async fn set_if_absent<T>(
        &self,
        name: &str,
        form: Form<T>,
        value: &T,
        ttl: Option<Duration>,
    ) -> Result<bool, Error> {
        let record = self.seal(name, form, Ok(value), ttl).ok_or_else(|| {
            let prefix = name.split(':').next().unwrap_or(name);
            Error::new(ErrorKind::Tier, format!("`set_if_absent` under `{prefix}`: the value cannot be serialised"))
        })?;
        self.ask("set_if_absent", name, |tier, namespace| tier.set_if_absent(namespace, name, &record, ttl)).await
    }

    /// Owes a value. One that cannot be written is a removal of what there is.
    pub(crate) fn owe_value<T>(&self, name: &str, form: Form<T>, value: &T, ttl: Option<Duration>) -> Owed {
        self.owe(match self.seal(name, form, Ok(value), ttl) {
            Some(record) => Change::Set { name: name.to_owned(), record, ttl },
            None => Change::remove(name),
        })
    }

    /// Owes a removal.
    pub(crate) fn owe_removal(&self, names: Names) -> Owed {
        self.owe(Change::Remove(Reach(names)))
    }
}
