//! Resolved facts about a decorated function: what its arguments are, what makes its key, how long values live.

mod argument;
mod batch;
mod conditional;
mod generics;
mod key;
pub(crate) mod key_types;
mod mentions;
mod owned;
mod rules;
mod segments;
pub(crate) mod types;

pub(crate) use argument::{Arg, Conversion, Role};
pub(crate) use batch::{Batch, first_argument, is_named};
pub(crate) use conditional::{Conditional, is_previous};
use generics::mentions_param;
pub(crate) use generics::subset;
pub(crate) use key::Key;
pub(crate) use mentions::{mentioned, mentions, mentions_ident};
pub(crate) use owned::{Owned, owned_by};
pub(crate) use rules::Rules;
pub(crate) use segments::{Segment, Value, at, compact, compact_type};

use std::cell::OnceCell;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{AttrStyle, Expr, ItemFn, LitBool, Path, ReturnType, Safety, Type};

pub(crate) use crate::attr::cached::Companion;
use crate::attr::cached::{CachedArgs, Tier};
use crate::attr::freshness::FreshnessArgs;
use crate::attr::krate;
use crate::attr::ttl::Ttl;
use crate::errors::Errors;

/// The `impl` block that a method stands in, as far as it is seen.
#[derive(Clone, Default)]
pub(crate) struct Host {
    /// The last part of the type's name, where the block is decorated.
    pub(crate) name: Option<String>,
    /// The type may be generic: an attribute on the method alone cannot tell.
    pub(crate) generic: bool,
    /// The block implements a trait, so that all but the method itself goes elsewhere.
    pub(crate) is_trait: bool,
}

/// A function under `#[cached]`.
pub(crate) struct Cached {
    /// None for a free function.
    pub(crate) host: Option<Host>,
    pub(crate) item: ItemFn,
    pub(crate) args: Vec<Arg>,
    /// What a call gives; of a batch what it gives of one item.
    pub(crate) output: Type,
    /// Of a batch; its argument is among `args` as one item.
    pub(crate) batch: Option<Batch>,
    /// Of one that is given its previous value; its signature is the one that callers see.
    pub(crate) conditional: Option<Conditional>,
    pub(crate) key: Key,
    pub(crate) ttl: Ttl,
    /// Arguments that decide what is stored, and for how long: `put` needs them, too.
    pub(crate) policy_args: Vec<usize>,
    pub(crate) rules: Rules,
    pub(crate) freshness: FreshnessArgs,
    pub(crate) version: u32,
    pub(crate) cache: Option<CacheExpr>,
    pub(crate) single_flight: bool,
    pub(crate) cluster_flight: bool,
    pub(crate) companion: Companion,
    pub(crate) krate: Path,
    known_by_return: OnceCell<bool>,
}

/// `cache = expr`
pub(crate) struct CacheExpr {
    pub(crate) expr: Expr,
    pub(crate) args: Vec<usize>,
}

impl Cached {
    pub(crate) fn new(options: &CachedArgs, mut item: ItemFn, host: Option<Host>, errors: &mut Errors) -> Self {
        for attr in &mut item.attrs {
            attr.style = AttrStyle::Outer;
        }
        let conditional = Conditional::take(&mut item.sig);
        let mut args = argument::all(&item.sig);
        let krate = krate::or_default(options.krate.clone());
        let mut batch = Batch::new(options, &mut args, &krate);
        argument::assign_roles(&mut args, &options.skip, &item.sig.generics);
        let mut output = match &item.sig.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        if let Some(batch) = &mut batch {
            output = batch.answer(&output, &krate);
        }
        let key = Key::new(options, &item, host.as_ref(), &args, &output, errors);
        let ttl = options.ttl.clone();
        let rules = Rules::new(options, &krate);
        let policy_args = rules.policy_args(&ttl, &args);
        let cache = options.cache.as_ref().map(|expr| CacheExpr { args: mentioned(expr, &args), expr: expr.clone() });
        Cached {
            host,
            args,
            output,
            batch,
            conditional,
            key,
            ttl,
            policy_args,
            rules,
            freshness: options.freshness.clone(),
            version: options.version.unwrap_or_default(),
            cache,
            single_flight: options.single_flight.unwrap_or(true),
            cluster_flight: options.cluster_flight.as_ref().is_some_and(LitBool::value),
            companion: options.companion.clone(),
            krate,
            item,
            known_by_return: OnceCell::new(),
        }
    }

    /// The function's name, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.item.sig.ident.unraw().to_string()
    }

    /// Whether one item finds the shape of its values, and nobody has to see what is in it. That item has no arguments.
    pub(crate) fn has_own_shape(&self) -> bool {
        let shaping = [&self.rules.weight, &self.rules.share_err].into_iter().flatten();
        let by_itself = shaping.into_iter().all(|given| mentioned(&given.expr, &self.args).is_empty());
        !self.rules.any() && by_itself && self.conditional.is_none()
    }

    /// Whether nothing about a call but its key is this function's own: neither a rule nor a time that depends on anything, and
    /// no load beside a caller.
    pub(crate) fn is_plain(&self) -> bool {
        let conditions = self.rules.when.is_some() || self.rules.refresh_when.is_some();
        let in_background = self.freshness.beside_a_hit().is_some() || self.freshness.bounded().is_some();
        let ttl_is_known = !matches!(self.ttl, Ttl::Expr(_));
        self.is_async() && self.has_own_shape() && ttl_is_known && !conditions && !in_background
    }

    /// Whether whoever calls it, or its companion, has to know no more of it than what it returns.
    pub(crate) fn is_known_by_return(&self) -> bool {
        *self.known_by_return.get_or_init(|| self.has_lasting_return())
    }

    fn has_lasting_return(&self) -> bool {
        let shaped = self.rules.weight.is_some() || self.rules.share_err.is_some() || self.freshness.compares();
        let lasting = !types::has_lifetime(&self.output) && !types::has_impl_trait(&self.output);
        let elsewhere = self.host.is_some() || self.batch.is_some();
        self.is_plain() && lasting && !shaped && !elsewhere && !self.has_unusual_signature()
    }

    /// Whether a companion's functions have to say more than the types of its arguments.
    fn has_unusual_signature(&self) -> bool {
        let sig = &self.item.sig;
        let is_generic = !sig.generics.params.is_empty() || sig.generics.where_clause.is_some();
        let is_marked = sig.abi.is_some() || !matches!(sig.safety, Safety::Default);
        let takes_apart =
            self.args.iter().any(|arg| arg.pat.is_some()) || self.key.values().any(|value| value.own.is_some());
        let chooses = self.cache.as_ref().is_some_and(|cache| !cache.args.is_empty());
        is_generic || is_marked || takes_apart || chooses
    }

    /// The function as it was written: its body's signature is not always the one that callers see.
    pub(crate) fn as_written(&self) -> ItemFn {
        let mut item = self.item.clone();
        if let Some(conditional) = &self.conditional {
            conditional.put_back(&mut item.sig);
        }
        item
    }

    pub(crate) fn is_async(&self) -> bool {
        self.item.sig.asyncness.is_some()
    }

    /// Where its values are kept, as a variant of the runtime's `Tier`.
    pub(crate) fn tier(&self) -> Ident {
        let tier = match self.rules.tier {
            // What blocks a thread asks no other machine.
            _ if !self.is_async() => "Local",
            Tier::Local => "Local",
            Tier::Shared => "Shared",
            Tier::Both => "Both",
            // Whether a type parameter can be serialised is only known to the caller.
            Tier::Auto if mentions_param(&self.output, &self.item.sig.generics) => "Local",
            // Nothing that is read can be borrowed from what was read.
            Tier::Auto if types::has_reference(&self.output) => "Local",
            Tier::Auto => "Auto",
        };
        Ident::new(tier, Span::mixed_site())
    }

    /// Why values stay in memory, whatever they are, though the attribute does not say so; empty where they need not.
    pub(crate) fn stays(&self) -> &'static str {
        if self.rules.tier != Tier::Auto || !self.is_async() {
            ""
        } else if mentions_param(&self.output, &self.item.sig.generics) {
            "its value mentions its own type parameters"
        } else if types::has_reference(&self.output) {
            "its value mentions a reference"
        } else {
            ""
        }
    }

    /// The time to live as it was written, or that the value says it.
    pub(crate) fn ttl_text(&self) -> String {
        match &self.ttl {
            _ if self.rules.ttl_with.is_some() => "by value".to_owned(),
            Ttl::Expr(expr) => compact(expr),
            ttl => ttl.text(),
        }
    }

    /// Arguments, or parts of them, that options other than the key mention: they are in use, whatever the body does.
    pub(crate) fn named_in_options(&self) -> Vec<&Ident> {
        let mut exprs = self.rules.exprs(&self.ttl);
        exprs.extend(self.cache.as_ref().map(|cache| &cache.expr));
        let names = self.args.iter().filter(|arg| !arg.is_self()).flat_map(|arg| &arg.names);
        names.filter(|name| exprs.iter().any(|expr| mentions(expr, name))).collect()
    }

    /// Arguments that are no part of the key, by the names the documentation calls them.
    pub(crate) fn left_out(&self) -> Vec<&str> {
        (0..self.args.len())
            .filter(|index| !self.key.mentions(*index))
            .map(|index| self.args[index].label.as_str())
            .collect()
    }
}
