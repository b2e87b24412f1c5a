//! What a batch asks of its types.

use std::collections::HashMap;

use cache_core::{CacheKey, cached};

#[derive(CacheKey, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct NoHash(u64);

#[cached(batch = ids)]
async fn items_without_hash(ids: &[NoHash]) -> std::collections::BTreeMap<NoHash, u64> {
    ids.iter().map(|id| (NoHash(id.0), 1)).collect()
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct NoKey(u64);

#[cached(batch = ids)]
async fn items_without_key(ids: &[NoKey]) -> HashMap<NoKey, u64> {
    ids.iter().map(|id| (id.clone(), id.0)).collect()
}

#[derive(CacheKey)]
struct NoClone(u64);

#[cached(batch = ids)]
async fn argument_without_clone(tenant: NoClone, ids: &[u64]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, tenant.0)).collect()
}

struct Opaque;

#[cached(batch = ids)]
async fn value_that_is_none(ids: &[u64]) -> HashMap<u64, Opaque> {
    ids.iter().map(|id| (*id, Opaque)).collect()
}

fn main() {}
