use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, LitBool, LitStr, Path, Token, token};

use super::key::KeyArg;
use super::ttl::Ttl;
use super::{Entry, key, krate, list, ttl};
use crate::errors::Errors;

/// The options of `#[cached]`.
#[derive(Default)]
pub(crate) struct CachedArgs {
    pub(crate) ttl: Ttl,
    pub(crate) key_prefix: Option<LitStr>,
    pub(crate) key: Option<KeyArg>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) cache: Option<Expr>,
    pub(crate) single_flight: Option<bool>,
    pub(crate) krate: Option<Path>,
}

const OPTIONS: &[Entry<CachedArgs>] = &[
    Entry::Known("ttl", "ttl = \"5m\"", |input, args| ttl::parse(input, &mut args.ttl)),
    Entry::Known("key_prefix", "key_prefix = \"artist\"", |input, args| key::prefix(input, &mut args.key_prefix)),
    Entry::Known("key", "key = \"artist:{artist_id}\"` or `key(artist_id)", |input, args| {
        key::parse(input, &mut args.key)
    }),
    Entry::Known("skip", "skip(db, trace)", skip),
    Entry::Known("cache", "cache = MY_CACHE", cache),
    Entry::Known("single_flight", "single_flight = false", single_flight),
    Entry::Known("crate", "crate = cache_core", |input, args| krate::parse(input, &mut args.krate)),
    Entry::Later("ttl_with"),
    Entry::Later("ttl_none"),
    Entry::Later("ttl_err"),
    Entry::Later("key_with"),
    Entry::Later("tags"),
    Entry::Later("tags_with"),
    Entry::Later("tier"),
    Entry::Later("when"),
    Entry::Later("refresh_when"),
    Entry::Later("cache_if"),
    Entry::Later("validate"),
    Entry::Later("stale_while_revalidate"),
    Entry::Later("stale_if_error"),
    Entry::Later("retry_after"),
    Entry::Later("refresh_ahead"),
    Entry::Later("soft_timeout"),
    Entry::Later("timeout"),
    Entry::Later("jitter"),
    Entry::Later("adaptive_ttl"),
    Entry::Later("cluster_flight"),
    Entry::Later("batch"),
    Entry::Later("version"),
    Entry::Later("weight"),
    Entry::Later("share_err"),
    Entry::Later("companion"),
];

pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> CachedArgs {
    super::options("#[cached]", OPTIONS, tokens, errors)
}

fn skip(input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    if !input.peek(token::Paren) {
        return Err(syn::Error::new(input.span(), "expected a list of arguments: write `skip(db, trace)`"));
    }
    let (_, names) = list(input, |input| {
        if input.peek(Token![self]) {
            return Ident::parse_any(input);
        }
        input.parse().map_err(|error: syn::Error| {
            syn::Error::new(error.span(), "`skip` takes the names of arguments: write `skip(db, trace)`")
        })
    })?;
    args.skip = names;
    Ok(())
}

fn cache(input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    args.cache = Some(input.parse()?);
    Ok(())
}

fn single_flight(input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let value: LitBool =
        input.parse().map_err(|error| syn::Error::new(error.span(), "`single_flight` is `true` or `false`"))?;
    args.single_flight = Some(value.value);
    Ok(())
}
