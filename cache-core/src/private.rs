//! Everything that generated code may name. Not for writing by hand: it changes without notice.

pub use core::future::Future;
pub use core::option::Option::{self, None, Some};
pub use core::result::Result::{self, Err, Ok};
pub use core::time::Duration;
pub use std::string::String;
pub use std::vec::Vec;

pub use cache_macros::__key;
pub use inventory::submit;

pub use crate::__companion as companion;
pub use crate::__comparison as comparison;
pub use crate::__function as function;
pub use crate::__layers as layers;
pub use crate::__local_probed as local_probed;
pub use crate::__msgpack as msgpack;
pub use crate::__postcard as postcard;
pub use crate::__probed as probed;
pub use crate::__same as same;
pub use crate::__site as site;
pub use crate::cache::{DEFAULT, Removed, Stored};
pub use crate::call::*;
pub use crate::entry::{Freshness, Weigh};
pub use crate::key::{
    ByValue, CacheKey, Handle, HandleProbe, IsKey, Kept, KeptSegment, NoKey, NotKey, NotKeyFallback, OfSegments, Open,
    Part, Segments, SelfParams, Sink, TypeSegment, Verbatim, assert_handle, assert_key, hash, lower, rendered,
    self_params, type_segment, verbatim,
};
pub use crate::lookup::{Ttl, after};
pub use crate::registry::{Described, Kind, KindProbe, KindUnknown, Linked, Site, SiteInfo, Tier, kind};
pub use crate::stats::Stats;
pub use crate::tier::{Codec, Encoding};

/// Which cache a call is for.
pub type CacheRef<'a> = Option<&'a crate::Cache>;
