//! The forms that a value's bytes can have in a shared tier.

/// How values are written in a shared tier. Each record says how it was written, so any of them is read, whatever is
/// written now.
///
/// JSON can be read with the store's own tools, and a field that is added with `#[serde(default)]` invalidates nothing.
/// The other two are smaller and need a feature each.
///
#[cfg_attr(
    feature = "shared",
    doc = "```
use cache_core::testing::MemoryTier;
use cache_core::{Cache, Encoding};

let cache = Cache::builder().shared(MemoryTier::new()).codec(Encoding::Json).build()?;
# let _ = cache;
# Ok::<(), cache_core::Error>(())
```"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// JSON.
    #[default]
    Json,
    /// MessagePack, with the names of fields: what was said of added fields holds for it too.
    #[cfg(feature = "msgpack")]
    MessagePack,
    /// Postcard: without names, and the smallest. It is read by the order of fields alone, so that a struct that was
    /// changed may be read as other values than were written: raise `version` with every change.
    #[cfg(feature = "postcard")]
    Postcard,
}

#[cfg(feature = "shared")]
impl Encoding {
    /// Its number in a record.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Json => 0,
            #[cfg(feature = "msgpack")]
            Self::MessagePack => 1,
            #[cfg(feature = "postcard")]
            Self::Postcard => 2,
        }
    }

    /// None where it is not known here: a later one, or one whose feature is off.
    pub(super) fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Json),
            #[cfg(feature = "msgpack")]
            1 => Some(Self::MessagePack),
            #[cfg(feature = "postcard")]
            2 => Some(Self::Postcard),
            _ => None,
        }
    }
}

/// `codec = "msgpack"`
#[cfg(feature = "msgpack")]
#[doc(hidden)]
#[macro_export]
macro_rules! __msgpack {
    () => {
        $crate::private::Encoding::MessagePack
    };
}

/// `codec = "msgpack"`, where it cannot be.
#[cfg(not(feature = "msgpack"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __msgpack {
    () => {
        compile_error!(
            "`codec = \"msgpack\"` needs cache-core's feature `msgpack`: write `features = [\"msgpack\"]` in Cargo.toml"
        )
    };
}

/// `codec = "postcard"`
#[cfg(feature = "postcard")]
#[doc(hidden)]
#[macro_export]
macro_rules! __postcard {
    () => {
        $crate::private::Encoding::Postcard
    };
}

/// `codec = "postcard"`, where it cannot be.
#[cfg(not(feature = "postcard"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __postcard {
    () => {
        compile_error!(
            "`codec = \"postcard\"` needs cache-core's feature `postcard`: write `features = [\"postcard\"]` in Cargo.toml"
        )
    };
}
