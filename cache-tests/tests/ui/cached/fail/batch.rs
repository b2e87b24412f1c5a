//! What a batch cannot say.

use std::collections::HashMap;

use cache_core::{Cache, cached};

type Found = Result<HashMap<u64, u64>, String>;

#[cached(batch = "ids")]
async fn no_name(ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, 1)).collect())
}

#[cached(batch = idz)]
async fn another_name(ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, 1)).collect())
}

#[cached(batch = ids)]
async fn a_part((ids, page): (&'static [u64], u32)) -> Found {
    Ok(ids.iter().map(|id| (*id, u64::from(page))).collect())
}

#[cached(batch = ids, ttl_err = "1s", stale_while_revalidate = "1m", refresh_ahead = 0.8)]
async fn beside(ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, 1)).collect())
}

#[cached(batch = ids, timeout = "1s", stale_if_error = "1m", soft_timeout = "100ms")]
async fn bounded(ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, 1)).collect())
}

#[cached(batch = ids, skip(ids))]
async fn skipped(ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, 1)).collect())
}

#[cached(batch = ids, key(tenant))]
async fn told_apart_by_nothing(tenant: u64, ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, tenant)).collect())
}

#[cached(batch = ids)]
async fn hidden(ids: impl IntoIterator<Item = u64>) -> Found {
    Ok(ids.into_iter().map(|id| (id, 1)).collect())
}

#[cached(batch = ids)]
async fn mutable(ids: &mut Vec<u64>) -> Found {
    Ok(ids.iter().map(|id| (*id, 1)).collect())
}

#[cached(batch = ids, cache = caches[*ids as usize], skip(caches))]
async fn many_caches(caches: &[&'static Cache], ids: &[u64]) -> Found {
    Ok(ids.iter().map(|id| (*id, caches.len() as u64)).collect())
}

#[cached(batch = id)]
async fn no_list(id: u64) -> HashMap<u64, u64> {
    HashMap::from([(id, 1)])
}

#[cached(batch = ids)]
async fn no_map(ids: &[u64]) -> Result<Vec<u64>, String> {
    Ok(ids.to_vec())
}

#[cached(batch = ids)]
async fn map_of_others(ids: &[u64]) -> HashMap<String, u64> {
    ids.iter().map(|id| (id.to_string(), *id)).collect()
}

fn main() {}
