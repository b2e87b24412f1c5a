//! Refusals: everything that is wrong is reported at once, each on the option, argument or type at fault.

mod batch;
mod conflicts;
mod freshness;
mod sessions;
pub(crate) mod signature;

use crate::attr::cached::CachedArgs;
use crate::errors::Errors;
use crate::model::Cached;

pub(crate) fn cached(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    batch::check(options, function, errors);
    conflicts::check(options, function, errors);
    freshness::check(options, function, errors);
    signature::cached(function, errors);
    sessions::check(options, function, errors);
}
