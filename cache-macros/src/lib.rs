//! The attribute, derive and function-like macros of `cache-core`, which re-exports them.
//!
//! A call flows through four stages: `attr` parses tokens, `model` resolves facts, `check` collects
//! refusals, `codegen` writes the output. The stages are joined in `expand`.

mod attr;
mod check;
mod codegen;
mod errors;
mod expand;
mod model;

use proc_macro::TokenStream;

/// Caches what a function returns, under a key made of its arguments.
///
/// # Which arguments make the key
///
/// Every argument does, and its type has to implement `CacheKey`, except:
///
/// - handles, known by the last segment of their type (behind `&`, `Arc`, `Rc`, `Box`, `Data`, `State`, `Extension`, `Mutex`, `RwLock`):
///   `SqlitePool`, `PgPool`, `MySqlPool`, `AnyPool`, `SqliteConnection`, `PgConnection`, `MySqlConnection`,
///   `MysqlConnection`, `AnyConnection`, `AsyncPgConnection`, `AsyncMysqlConnection`, `DatabaseConnection`,
///   `DatabaseTransaction`, `DbConn`, `PgTransaction`, `SqliteTransaction`, `MySqlTransaction`,
///   `MultiplexedConnection`, `ConnectionManager`, and, with generic arguments, `Pool<_>`, `PoolConnection<_>`,
///   `PooledConnection<_>`, `Transaction<'_, _>`;
/// - arguments named `db`, `conn`, `connection`, `pool`, `tx`, `txn`, `transaction`, `executor`, unless their type is
///   a standard key type (`db: &str` is data); where such a type proves to be a `CacheKey`, the compiler asks for
///   `key(…)` or `skip(…)`;
/// - `impl Trait` arguments and type parameters bounded by `Executor`, `Acquire`, `PgExecutor`, `SqliteExecutor`,
///   `MySqlExecutor`, `ConnectionTrait`, `TransactionTrait`, `StreamTrait`, `Connection`, `AsyncConnection`,
///   `LoadConnection`, `GenericClient`, `ConnectionLike`, `Commands`, `AsyncCommands`;
/// - what `skip(…)` names.
///
/// `impl AsRef<T>` is keyed by `as_ref()`, `impl Into<T>` is converted before the look-up. With an explicit key, an
/// argument that is neither mentioned, nor a handle, nor skipped is a compile error.
///
/// # Options
///
/// `ttl`, `key_prefix`, `key = "…"`, `key(…)`, `skip(…)`, `cache`, `single_flight`, `crate`.
#[proc_macro_attribute]
pub fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::cached(args.into(), item.into()).into()
}

/// Invalidates what other functions have cached, after the function it stands on has succeeded.
///
/// Takes calls of cached functions (`get_artist(artist_id)`; `_` and `..` are wildcards; `result` is the returned
/// value), `key = "…"` and `pattern = "…"`.
#[proc_macro_attribute]
pub fn invalidates(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::invalidates(args.into(), item.into()).into()
}

/// Stores what the function it stands on returns as other functions' value, after it has succeeded.
///
/// Takes calls of cached functions, with all of their arguments; `result` is the returned value:
/// `#[updates(get_artist(result.id))]`. Where the function's future is dropped before its end, the entries are
/// invalidated: the write may have happened.
#[proc_macro_attribute]
pub fn updates(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::updates(args.into(), item.into()).into()
}

/// Implements `CacheKey` for a struct or an enum whose fields implement it.
///
/// `#[cache_key(crate = path)]` says where `cache_core` is.
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(item: TokenStream) -> TokenStream {
    expand::derive_cache_key(item.into()).into()
}

/// Implements `Weigh` for a struct or an enum whose fields implement it.
///
/// `#[weigh(crate = path)]` says where `cache_core` is.
#[proc_macro_derive(Weigh, attributes(weigh))]
pub fn derive_weigh(item: TokenStream) -> TokenStream {
    expand::derive_weigh(item.into()).into()
}

/// What `cache_core::key!` expands to; takes the path of `cache_core`, `;`, a template and its arguments.
#[proc_macro]
#[doc(hidden)]
pub fn __key(input: TokenStream) -> TokenStream {
    expand::key(input.into()).into()
}
