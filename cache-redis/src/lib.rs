//! A second tier on Redis or Valkey for `cache-core`: what one process has computed, the others read.
//!
//! Two lines switch it on:
//!
//! ```no_run
//! use cache_core::Cache;
//! use cache_redis::RedisTier;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tier = RedisTier::connect("redis://127.0.0.1").await?;
//! cache_core::init_cache(Cache::builder().shared(tier).build()?)?;
//! # Ok(())
//! # }
//! ```
//!
//! or, with the server named in `CACHE_REDIS_URL`, one: [`init_from_env`], and for caches of one's own
//! [`RedisTier::from_env`]. Nothing else changes: decorated functions whose
//! values are `Serialize + DeserializeOwned` live in both tiers.
//!
//! `redis-cluster://` is a cluster, `redis-sentinel://` a master that sentinels name: see [`RedisTier::connect`].
//!
//! # What is promised
//! - A value whose load began before an invalidation is not stored after it, whichever process loaded it and whichever made
//!   the change: the server compares and stores in one step.
//! - The server slow, down, full, emptied or restarted fails no call and stores nothing wrong. What it was not told is
//!   kept and told before it is read again.
//! - Each namespace is its own: nothing here looks at, or removes, another program's keys.
//! - No user name and no password is in an error, a log line or a `Debug` text.
//!
//! - What one process invalidates or sets, the others take out of their memories. One that cannot hear them trusts its memory's
//!   copies for a bounded time ([`backplane_patience`](cache_core::CacheBuilder::backplane_patience)), and misses nothing
//!   without noticing.
//!
//! # What it costs
//! | | round trips |
//! |---|---|
//! | a hit | one `GET`; of more than four side by side those beyond go together, as one `MGET` of up to 16 (not in a cluster or behind sentinels) |
//! | a miss | two, and one to store the result |
//! | `get_many` | one `MGET`; one more for each 256 names that are missing. In a cluster those of all nodes are at once |
//! | values and removals of one name each | two for all that is owed, up to 128: it is done, and told |
//! | a miss with `cluster_flight` | two more |
//! | nothing at all | one every half second, which waits for messages on a connection of its own |
//! | a removal of many names | one for each 500 keys of the database (`SCAN`, twice where the pattern begins with a literal), and one; the server is never kept from others (`KEYS`, `FLUSHDB` are not used) |
//!
//! One connection to each server serves all callers, another one waits for messages; commands of different callers share packets.
//! Redis 5 or newer, or Valkey; in RESP3 where the server speaks it. The user of
//! an ACL needs the keys `cache:*` and `cache%*` and the commands `GET SET MGET UNLINK SCAN EVALSHA EVAL MULTI EXEC
//! TIME INCRBY PEXPIRE ZADD ZCARD ZSCORE ZRANGE ZRANGEBYSCORE ZREMRANGEBYRANK HMGET HSET XADD XREAD XREVRANGE`; in a cluster
//! the keys `cache{*`, and also `CLUSTER|SLOTS CLUSTER|NODES CLUSTER|INFO ASKING TYPE`; behind sentinels also `ROLE`, and of the
//! sentinels `SENTINEL|MASTER`.

mod address;
mod backplane;
mod changes;
mod cluster;
mod connect;
mod crowd;
mod environment;
mod error;
mod frame;
mod hello;
mod keys;
mod link;
mod moves;
mod parts;
mod reading;
mod request;
mod scripts;
mod sentinel;
mod slots;
mod sweeps;
mod tagged;
mod tier;
mod try_out;
mod walk;
mod wire;

pub use redis;

#[doc(hidden)]
pub use backplane::{__read_message, __write_message};
pub use connect::RedisTier;
pub use environment::init_from_env;
pub use error::{Error, ErrorKind};
