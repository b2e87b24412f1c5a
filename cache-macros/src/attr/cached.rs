use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, LitBool, LitInt, LitStr, Path, Token, token};

use super::freshness::FreshnessArgs;
use super::key::KeyArg;
use super::ttl::Ttl;
use super::{Entry, freshness, key, krate, list, template, ttl};
use crate::errors::Errors;

/// The options of `#[cached]`.
#[derive(Default)]
pub(crate) struct CachedArgs {
    pub(crate) ttl: Ttl,
    pub(crate) key_prefix: Option<LitStr>,
    pub(crate) key: Option<KeyArg>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) batch: Option<Ident>,
    pub(crate) cache: Option<Expr>,
    pub(crate) single_flight: Option<bool>,
    pub(crate) cluster_flight: Option<LitBool>,
    pub(crate) freshness: FreshnessArgs,
    pub(crate) tags: Vec<Tag>,
    pub(crate) tags_with: Option<Given>,
    pub(crate) ttl_with: Option<Given>,
    pub(crate) ttl_none: Option<(Ident, Ttl)>,
    pub(crate) ttl_err: Option<(Ident, Ttl)>,
    pub(crate) key_with: Option<Given>,
    pub(crate) tier: Option<(LitStr, Tier)>,
    pub(crate) when: Option<Given>,
    pub(crate) refresh_when: Option<Given>,
    pub(crate) cache_if: Option<Given>,
    pub(crate) validate: Option<Given>,
    pub(crate) share_err: Option<Given>,
    pub(crate) weight: Option<Given>,
    pub(crate) version: Option<u32>,
    pub(crate) codec: Option<(LitStr, Codec)>,
    pub(crate) companion: Companion,
    pub(crate) krate: Option<Path>,
}

/// One of `tags`.
#[derive(Clone)]
pub(crate) struct Tag {
    pub(crate) text: LitStr,
    /// What its placeholders name.
    pub(crate) placeholders: Vec<(Ident, proc_macro2::Span)>,
}

/// An option whose value is an expression, and the option's name.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) name: Ident,
    pub(crate) expr: Expr,
}

/// `companion = …`
#[derive(Default, Clone)]
pub(crate) enum Companion {
    #[default]
    Default,
    Named(Ident),
    /// There is to be none.
    None,
}

/// `codec = "…"`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Json,
    MessagePack,
    Postcard,
}

/// `tier = "…"`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    Auto,
    Local,
    Shared,
    Both,
}

const OPTIONS: &[Entry<CachedArgs>] = &[
    Entry("ttl", "ttl = \"5m\"", |_, input, args| ttl::parse(input, &mut args.ttl)),
    Entry("key_prefix", "key_prefix = \"artist\"", |_, input, args| key::prefix(input, &mut args.key_prefix)),
    Entry("key", "key = \"artist:{artist_id}\"` or `key(artist_id)", |_, input, args| key::parse(input, &mut args.key)),
    Entry("skip", "skip(db, trace)", skip),
    Entry("cache", "cache = MY_CACHE", cache),
    Entry("single_flight", "single_flight = false", single_flight),
    Entry("crate", "crate = cache_core", |_, input, args| krate::parse(input, &mut args.krate)),
    Entry("ttl_with", "ttl_with = |session| session.remaining()", |name, input, args| {
        rule(name, input, &mut args.ttl_with)
    }),
    Entry("ttl_none", "ttl_none = \"30s\"", |name, input, args| negative(name, input, &mut args.ttl_none)),
    Entry("ttl_err", "ttl_err = \"1s\"", |name, input, args| negative(name, input, &mut args.ttl_err)),
    Entry("key_with", "key_with = user_key", |name, input, args| rule(name, input, &mut args.key_with)),
    Entry("tags", "tags = [\"artist:{artist_id}\"]", tags),
    Entry("tags_with", "tags_with = |album| [key!(\"artist:{}\", album.artist_id)]", |name, input, args| {
        rule(name, input, &mut args.tags_with)
    }),
    Entry("tier", "tier = \"local\"", tier),
    Entry("when", "when = page == 0", |name, input, args| given(name, input, &mut args.when)),
    Entry("refresh_when", "refresh_when = force", |name, input, args| given(name, input, &mut args.refresh_when)),
    Entry("cache_if", "cache_if = |found| !found.is_empty()", |name, input, args| {
        rule(name, input, &mut args.cache_if)
    }),
    Entry("validate", "validate = |found| found.confidence >= 0.7", |name, input, args| {
        rule(name, input, &mut args.validate)
    }),
    Entry("stale_while_revalidate", "stale_while_revalidate = \"1m\"", |name, input, args| {
        freshness::span(name, input, &mut args.freshness.stale_while_revalidate)
    }),
    Entry("stale_if_error", "stale_if_error = \"1h\"", |name, input, args| {
        freshness::span(name, input, &mut args.freshness.stale_if_error)
    }),
    Entry("retry_after", "retry_after = \"1s\"", |name, input, args| {
        freshness::span(name, input, &mut args.freshness.retry_after)
    }),
    Entry("refresh_ahead", "refresh_ahead = 0.8", |name, input, args| {
        freshness::share(name, input, &mut args.freshness.refresh_ahead, "0.8")
    }),
    Entry("soft_timeout", "soft_timeout = \"200ms\"", |name, input, args| {
        freshness::span(name, input, &mut args.freshness.soft_timeout)
    }),
    Entry("timeout", "timeout = \"2s\"", |name, input, args| freshness::span(name, input, &mut args.freshness.timeout)),
    Entry("jitter", "jitter = 0.1", |name, input, args| {
        freshness::share(name, input, &mut args.freshness.jitter, "0.1")
    }),
    Entry("adaptive_ttl", "adaptive_ttl = \"30s..1h\"", |name, input, args| {
        freshness::adaptive(name, input, &mut args.freshness.adaptive)
    }),
    Entry("cluster_flight", "cluster_flight = true", cluster_flight),
    Entry("batch", "batch = ids", batch),
    Entry("version", "version = 2", version),
    Entry("codec", "codec = \"msgpack\"", codec),
    Entry("weight", "weight = |blob| blob.len()", |name, input, args| rule(name, input, &mut args.weight)),
    Entry("share_err", "share_err = copy_error", |name, input, args| rule(name, input, &mut args.share_err)),
    Entry("companion", "companion = artist_cache` or `companion = false", companion),
];

pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> CachedArgs {
    super::options("#[cached]", OPTIONS, tokens, errors)
}

/// The options of `#[cached]` on an `impl` block.
pub(crate) fn parse_block(tokens: TokenStream, errors: &mut Errors) -> Option<Path> {
    const OPTIONS: &[Entry<Option<Path>>] =
        &[Entry("crate", "crate = cache_core", |_, input, path| krate::parse(input, path))];
    super::options("#[cached] on an `impl` block (the other options go on its methods)", OPTIONS, tokens, errors)
}

fn companion(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let what = "`companion` is a name for it, or `false` for none: write `companion = artist_cache`";
    if input.peek(LitBool) {
        let value: LitBool = input.parse()?;
        if value.value {
            return Err(syn::Error::new(value.span(), what));
        }
        args.companion = Companion::None;
        return Ok(());
    }
    args.companion = Companion::Named(input.parse().map_err(|error| syn::Error::new(error.span(), what))?);
    Ok(())
}

fn skip(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
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

fn tags(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    let what = "`tags` is a list of templates: write `tags = [\"artist:{artist_id}\"]`";
    input.parse::<Token![=]>()?;
    let list: syn::ExprArray = input.parse().map_err(|error| syn::Error::new(error.span(), what))?;
    for tag in list.elems {
        let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = tag else {
            return Err(syn::Error::new_spanned(tag, what));
        };
        let template = template::parse(&text)?;
        let mut placeholders = Vec::new();
        for placeholder in &template.placeholders {
            let Some((name, _)) = &placeholder.path else {
                return Err(syn::Error::new(placeholder.span, "`{}` names no argument: write `{artist_id}`"));
            };
            placeholders.push((name.clone(), placeholder.span));
        }
        args.tags.push(Tag { text, placeholders });
    }
    Ok(())
}

fn cache(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    args.cache = Some(input.parse()?);
    Ok(())
}

fn batch(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    let what = "`batch` is the name of the argument that lists the items: write `batch = ids`";
    input.parse::<Token![=]>()?;
    args.batch = Some(input.parse().map_err(|error| syn::Error::new(error.span(), what))?);
    Ok(())
}

fn cluster_flight(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let value =
        input.parse().map_err(|error| syn::Error::new(error.span(), "`cluster_flight` is `true` or `false`"))?;
    args.cluster_flight = Some(value);
    Ok(())
}

fn single_flight(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let value: LitBool =
        input.parse().map_err(|error| syn::Error::new(error.span(), "`single_flight` is `true` or `false`"))?;
    args.single_flight = Some(value.value);
    Ok(())
}

/// A rule over something: a closure, or the path of a function.
fn rule(name: &Ident, input: ParseStream, given: &mut Option<Given>) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let expr: Expr = input.parse()?;
    let mut inner = &expr;
    while let Expr::Group(group) = inner {
        inner = &group.expr;
    }
    if !matches!(inner, Expr::Closure(_) | Expr::Path(_)) {
        return Err(syn::Error::new_spanned(
            &expr,
            format!("`{name}` takes a closure or the path of a function, not a value"),
        ));
    }
    *given = Some(Given { name: name.clone(), expr });
    Ok(())
}

fn given(name: &Ident, input: ParseStream, given: &mut Option<Given>) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    *given = Some(Given { name: name.clone(), expr: input.parse()? });
    Ok(())
}

fn negative(name: &Ident, input: ParseStream, ttl: &mut Option<(Ident, Ttl)>) -> syn::Result<()> {
    let mut parsed = Ttl::Default;
    ttl::parse(input, &mut parsed)?;
    *ttl = Some((name.clone(), parsed));
    Ok(())
}

fn tier(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    const WHAT: &str = "`tier` is `\"auto\"`, `\"local\"`, `\"shared\"` or `\"both\"`";
    input.parse::<Token![=]>()?;
    let text: LitStr = input.parse().map_err(|error| syn::Error::new(error.span(), WHAT))?;
    let tier = match text.value().as_str() {
        "auto" => Tier::Auto,
        "local" => Tier::Local,
        "shared" => Tier::Shared,
        "both" => Tier::Both,
        _ => return Err(syn::Error::new(text.span(), WHAT)),
    };
    args.tier = Some((text, tier));
    Ok(())
}

fn codec(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    const WHAT: &str = "`codec` is `\"json\"`, `\"msgpack\"` or `\"postcard\"`";
    input.parse::<Token![=]>()?;
    let text: LitStr = input.parse().map_err(|error| syn::Error::new(error.span(), WHAT))?;
    let codec = match text.value().as_str() {
        "json" => Codec::Json,
        "msgpack" => Codec::MessagePack,
        "postcard" => Codec::Postcard,
        _ => return Err(syn::Error::new(text.span(), WHAT)),
    };
    args.codec = Some((text, codec));
    Ok(())
}

fn version(_: &Ident, input: ParseStream, args: &mut CachedArgs) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let what = "`version` is a whole number from 0 to 4294967295: write `version = 2`";
    let version: LitInt = input.parse().map_err(|error| syn::Error::new(error.span(), what))?;
    args.version = Some(version.base10_parse().map_err(|_| syn::Error::new(version.span(), what))?);
    Ok(())
}
