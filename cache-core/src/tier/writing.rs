//! Values of a type, on their way into a shared tier.

use std::time::Duration;

use super::codec::Limited;
use super::compression::compress;
use super::envelope::{HEADER, Outside, Sealed, begin, look, seal};
use super::guard::{Owed, Remote};
use super::reading::Fetch;
use super::record::Form;
use super::{Change, Reach};
use crate::entry::Lived;
use crate::error::{Error, ErrorKind};
use crate::key::Names;

/// How a cache writes its records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writing {
    /// Values' bytes are made smaller from so many on.
    pub(crate) compress_above: Option<usize>,
    /// No value is written, or read, whose bytes are more.
    pub(crate) most: usize,
}

impl Remote {
    /// A value's bytes as they are stored, behind an empty header.
    fn encode<T>(&self, name: &str, form: Form<T>, value: &T) -> Option<(Vec<u8>, Sealed)> {
        let Writing { compress_above, most } = self.0.writing;
        let encoding = form.encoding;
        let most = most.min(u32::MAX as usize).saturating_add(HEADER);
        let mut bytes = Limited { bytes: begin(), most, exceeded: false };
        if let Err(error) = (form.codec.encode)(value, encoding, &mut bytes) {
            match bytes.exceeded {
                true => self.too_long("put", name),
                false => self.no_record("put", name, error),
            }
            return None;
        }
        let mut record = bytes.bytes;
        let plain = &record[HEADER..];
        // No more than `u32::MAX`, by the bound above.
        let len = plain.len() as u32;
        let smaller = compress_above.filter(|above| plain.len() > *above).and_then(|_| compress(plain));
        if let Some(smaller) = &smaller {
            record.truncate(HEADER);
            record.extend_from_slice(smaller);
        }
        Some((record, Sealed::Value { encoding, len, compressed: smaller.is_some() }))
    }

    /// The record of a value, or of an absence at that depth. None where it cannot be written.
    pub(crate) fn seal<T>(&self, name: &str, form: Form<T>, content: Result<&T, u8>, lived: &Lived) -> Option<Vec<u8>> {
        let (record, sealed) = match content {
            Err(depth) => (begin(), Sealed::Absent(depth)),
            Ok(value) if form.plain && (form.codec.digits)(value).is_some() => {
                return (form.codec.digits)(value).map(|count| count.to_string().into_bytes());
            }
            Ok(value) => self.encode(name, form, value)?,
        };
        Some(seal(record, &sealed, form.schema(), lived, self.0.clock.unix_millis()))
    }

    /// Stores a value unless the name has one. An absence, and what is past its time, are none.
    pub(crate) async fn set_if_absent<T>(
        &self,
        name: &str,
        form: Form<T>,
        value: &T,
        ttl: Option<Duration>,
    ) -> Result<bool, Error> {
        let record = self.seal(name, form, Ok(value), &Lived::plain(ttl)).ok_or_else(|| {
            let prefix = name.split(':').next().unwrap_or(name);
            let what = "the value cannot be serialised, or is longer than `max_record_bytes`";
            Error::new(ErrorKind::Tier, format!("`set_if_absent` under `{prefix}`: {what}"))
        })?;
        loop {
            let set = self
                .ask("set_if_absent", name, |tier, namespace| tier.set_if_absent(namespace, name, &record, ttl))
                .await?;
            if set {
                return Ok(true);
            }
            let until = self.until();
            let Fetch::Found(there, _) = self.fetch(name, until).await else { return Ok(false) };
            let is_nothing = look(&there, self.0.clock.unix_millis()) == Outside::Nothing;
            // Each turn takes something away, or is the last.
            if !is_nothing || !self.discard(name, &there, until).await {
                return Ok(false);
            }
        }
    }

    /// Owes a value. One that cannot be written is a removal of what there is.
    pub(crate) fn owe_value<T>(&self, name: &str, form: Form<T>, value: &T, lived: &Lived, tags: Vec<String>) -> Owed {
        self.owe(match self.seal(name, form, Ok(value), lived) {
            Some(record) => Change::Set { name: name.to_owned(), record, ttl: lived.remaining(), tags },
            None => Change::remove(name),
        })
    }

    /// Owes a removal.
    pub(crate) fn owe_removal(&self, names: Names) -> Owed {
        self.owe(Change::Remove(Reach(names)))
    }
}
