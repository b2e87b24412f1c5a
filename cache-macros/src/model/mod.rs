//! Resolved facts about a decorated function: what its arguments are, what makes its key, how long values live.

mod argument;
mod generics;
mod key;
mod mentions;
mod segments;
pub(crate) mod types;

pub(crate) use argument::{Arg, Conversion, Role};
pub(crate) use generics::subset;
pub(crate) use key::Key;
pub(crate) use mentions::{mentioned, mentions, mentions_ident};
pub(crate) use segments::{Segment, Value, at, compact};

use syn::ext::IdentExt;
use syn::{AttrStyle, Expr, ItemFn, Path, ReturnType, Type};

use crate::attr::cached::CachedArgs;
use crate::attr::krate;
use crate::attr::ttl::Ttl;
use crate::errors::Errors;

/// A function under `#[cached]`.
pub(crate) struct Cached {
    pub(crate) item: ItemFn,
    pub(crate) args: Vec<Arg>,
    pub(crate) output: Type,
    pub(crate) key: Key,
    pub(crate) ttl: Ttl,
    /// Arguments that the TTL is computed from.
    pub(crate) ttl_args: Vec<usize>,
    pub(crate) cache: Option<CacheExpr>,
    pub(crate) single_flight: bool,
    pub(crate) krate: Path,
}

/// `cache = expr`
pub(crate) struct CacheExpr {
    pub(crate) expr: Expr,
    pub(crate) args: Vec<usize>,
}

impl Cached {
    pub(crate) fn new(options: &CachedArgs, mut item: ItemFn, errors: &mut Errors) -> Self {
        for attr in &mut item.attrs {
            attr.style = AttrStyle::Outer;
        }
        let mut args = argument::all(&item.sig);
        argument::assign_roles(&mut args, &options.skip, &item.sig.generics);
        let output = match &item.sig.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        let key = Key::new(options, &item, &args, &output, errors);
        let ttl = match &options.ttl {
            Ttl::Default => Ttl::Default,
            Ttl::After(duration, text) => Ttl::After(*duration, text.clone()),
            Ttl::Never => Ttl::Never,
            Ttl::Expr(expr) => Ttl::Expr(expr.clone()),
        };
        let ttl_args = match &ttl {
            Ttl::Expr(expr) => mentioned(expr, &args),
            _ => Vec::new(),
        };
        let cache = options.cache.as_ref().map(|expr| CacheExpr { args: mentioned(expr, &args), expr: expr.clone() });
        Cached {
            args,
            output,
            key,
            ttl,
            ttl_args,
            cache,
            single_flight: options.single_flight.unwrap_or(true),
            krate: krate::or_default(options.krate.clone()),
            item,
        }
    }

    /// The function's name, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.item.sig.ident.unraw().to_string()
    }

    pub(crate) fn is_async(&self) -> bool {
        self.item.sig.asyncness.is_some()
    }

    /// Arguments that are no part of the key, by the names the documentation calls them.
    pub(crate) fn left_out(&self) -> Vec<&str> {
        (0..self.args.len())
            .filter(|index| !self.key.mentions(*index))
            .map(|index| self.args[index].label.as_str())
            .collect()
    }
}
