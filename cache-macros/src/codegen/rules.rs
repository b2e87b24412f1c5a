//! What a function says of its values, as the runtime takes it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::segments::{Scope, scoped};
use super::wrapper::ttl_value;
use super::{Runtime, conditional, mixed};
use crate::attr::cached::{Given, Tier};
use crate::model::types::referent_span;
use crate::model::{Cached, mentioned};

/// Who uses a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A look-up, while the arguments are there.
    Borrowed,
    /// A load, which the arguments are moved into: the rule takes copies of those that it mentions.
    Owned,
}

/// What the compiler finds in the return type.
pub(super) fn probed(function: &Cached, p: &Runtime) -> TokenStream {
    let output = &function.output;
    let span = referent_span(output);
    let p = p.at(span);
    let probe = Ident::new(if function.tier() == "Local" { "local_probed" } else { "probed" }, span);
    quote_spanned!(span=> #p::#probe!(#output))
}

/// The shape of that.
pub(super) fn found(function: &Cached, p: &Runtime) -> TokenStream {
    let probed = probed(function, p);
    quote_spanned!(referent_span(&function.output)=> #probed.shape())
}

/// The shape of what the function returns, with what the function says of its weight and its errors.
pub(super) fn outcome(function: &Cached, p: &Runtime) -> TokenStream {
    let output = &function.output;
    let mut shape = found(function, p);
    if let Some(Given { expr, .. }) = &function.rules.weight {
        shape = quote_spanned!(expr.span()=> #shape.weight(#expr));
    }
    if let Some(Given { expr, .. }) = &function.rules.share_err {
        let span = expr.span();
        let p = p.at(span);
        let (share, unshare) = (
            quote_spanned!(span=> |full| #p::share_copy::<#output>(full, #expr)),
            quote_spanned!(span=> |shared| #p::copy_shared::<#output>(shared, #expr)),
        );
        shape = quote_spanned!(span=> #shape.share_err(#share, #unshare));
    }
    if function.freshness.compares() {
        let span = referent_span(output);
        let p = p.at(span);
        shape = quote_spanned!(span=> #shape.same(#p::same!(#output)));
    }
    shape
}

/// The rules that a look-up needs, of the shape named so.
pub(super) fn for_lookup(function: &Cached, p: &Runtime, shape: &TokenStream) -> TokenStream {
    let rules = &function.rules;
    let mut policy = quote_spanned!(mixed()=> #p::rules(#shape));
    let default = quote_spanned!(mixed()=> #p::Ttl::Default);
    if rules.ttl_none.is_some() {
        policy = quote_spanned!(mixed()=> #policy.ttl_none(#default));
    }
    if rules.ttl_err.is_some() {
        policy = quote_spanned!(mixed()=> #policy.ttl_err(#default));
    }
    if let Some(given) = &rules.validate {
        let rule = rule(function, p, given, Use::Borrowed);
        policy = quote_spanned!(mixed()=> #policy.validate(#rule));
    }
    policy
}

/// Statements that evaluate what has to be evaluated before the arguments are gone, and the policy of a load.
pub(super) fn for_load(function: &Cached, p: &Runtime, shape: &TokenStream) -> (TokenStream, TokenStream) {
    conditional::offered(function, p, shape, policy(function, p, shape, true))
}

/// The same of a value that its caller gives.
pub(super) fn for_put(function: &Cached, p: &Runtime, shape: &TokenStream) -> (TokenStream, TokenStream) {
    policy(function, p, shape, false)
}

fn policy(function: &Cached, p: &Runtime, shape: &TokenStream, validates: bool) -> (TokenStream, TokenStream) {
    let rules = &function.rules;
    let (bind, ttl) = ttl_value(function, p, &function.ttl, "ttl");
    if !rules.any() {
        return (bind, ttl);
    }
    let mut binds = bind;
    let mut policy = quote_spanned!(mixed()=> #p::rules(#shape).ttl(#ttl));
    for (name, given) in [("ttl_none", &rules.ttl_none), ("ttl_err", &rules.ttl_err)] {
        if let Some((_, ttl)) = given {
            let (bind, ttl) = ttl_value(function, p, ttl, name);
            let method = Ident::new(name, mixed());
            binds = quote!(#binds #bind);
            policy = quote_spanned!(mixed()=> #policy.#method(#ttl));
        }
    }
    let mut closures = vec![("ttl_with", &rules.ttl_with), ("cache_if", &rules.cache_if)];
    if validates {
        closures.push(("validate", &rules.validate));
    }
    for (name, given) in closures {
        if let Some(given) = given {
            let rule = rule(function, p, given, Use::Owned);
            let method = Ident::new(name, mixed().located_at(given.name.span()));
            policy = quote_spanned!(mixed()=> #policy.#method(#rule));
        }
    }
    if rules.tagged() {
        policy = quote_spanned!(mixed()=> #policy.tagged());
    }
    if !rules.tags.is_empty() {
        let tags = tags(function, p);
        policy = quote_spanned!(mixed()=> #policy.tags(#tags));
    }
    if let Some(given) = &rules.tags_with {
        let rule = rule(function, p, given, Use::Owned);
        let method = Ident::new("tags_with", mixed().located_at(given.name.span()));
        policy = quote_spanned!(mixed()=> #policy.#method(#rule));
    }
    (quote_spanned!(mixed()=> #binds let policy = #policy;), quote_spanned!(mixed()=> policy))
}

/// The tags of a call's arguments, rendered.
fn tags(function: &Cached, p: &Runtime) -> TokenStream {
    let tags = &function.rules.tags;
    let mut args: Vec<_> = tags.iter().flat_map(|tag| mentioned(tag, &function.args)).collect();
    args.sort_unstable();
    args.dedup();
    scoped(function, Scope::Companion, &args, quote_spanned!(mixed()=> #p::Vec::from([#(#tags),*])))
}

/// What a look-up says of tags that may have to make a value anew: nothing is rendered unless it does.
pub(super) fn tags_when_asked(function: &Cached, p: &Runtime, policy: TokenStream) -> TokenStream {
    if !function.rules.tagged() {
        return policy;
    }
    let mut policy = quote_spanned!(mixed()=> #policy.tagged());
    if !function.rules.tags.is_empty() {
        let tags = tags(function, p);
        policy = quote_spanned!(mixed()=> #policy.tags_when_asked(|| #tags));
    }
    if let Some(given) = &function.rules.tags_with {
        let rule = rule(function, p, given, Use::Borrowed);
        policy = quote_spanned!(mixed()=> #policy.tags_with(#rule));
    }
    policy
}

/// One rule over a value, which may mention arguments.
fn rule(function: &Cached, p: &Runtime, given: &Given, how: Use) -> TokenStream {
    let expr = &given.expr;
    let span = expr.span();
    let args = mentioned(expr, &function.args);
    if args.is_empty() {
        return quote!(#expr);
    }
    let p = p.at(span);
    let value = Ident::new("value", mixed().located_at(span));
    let inner = scoped(function, Scope::Companion, &args, quote_spanned!(span=> #p::apply(#value, #expr)));
    if how == Use::Borrowed {
        return quote_spanned!(span=> |#value: &_| #inner);
    }
    let copies = args.iter().map(|index| &function.args[*index]).filter(|arg| !arg.is_reference()).map(|arg| {
        let ident = &arg.ident;
        quote_spanned!(span=> let #ident = ::core::clone::Clone::clone(&#ident);)
    });
    quote_spanned!(span=> { #(#copies)* move |#value: &_| #inner })
}

/// A condition over the arguments.
pub(super) fn condition(function: &Cached, given: &Given) -> TokenStream {
    let expr: &Expr = &given.expr;
    let args = mentioned(expr, &function.args);
    let typed = quote_spanned!(expr.span()=> { let condition: bool = #expr; condition });
    scoped(function, Scope::Companion, &args, typed)
}

/// What the return type has to be able to do for the rules, each asserted at its option.
pub(super) fn assertions(function: &Cached, p: &Runtime) -> TokenStream {
    let rules = &function.rules;
    let mut asserts = TokenStream::new();
    let mut assert = |span: proc_macro2::Span, name: &str| {
        let p = p.at(span);
        let (name, shape) = (Ident::new(name, mixed().located_at(span)), Ident::new("shape", mixed().located_at(span)));
        asserts.extend(quote_spanned!(span=> #p::#name(&#shape);));
    };
    if let Some((name, _)) = &rules.ttl_none {
        assert(name.span(), "assert_may_be_absent");
    }
    if let Some((name, _)) = &rules.ttl_err {
        assert(name.span(), "assert_may_fail");
        if rules.share_err.is_none() {
            assert(name.span(), "assert_shared_error");
        }
    }
    if let Some(timeout) = &function.freshness.timeout {
        assert(timeout.name.span(), "assert_times_out");
    }
    if let (Some(span), Tier::Shared | Tier::Both) = (rules.tier_span, rules.tier) {
        assert(span, "assert_portable");
    }
    if let Some(adaptive) = &function.freshness.adaptive {
        let span = adaptive.name.span();
        let (p, output) = (p.at(span), &function.output);
        asserts.extend(quote_spanned!(span=> #p::assert_comparable(&#p::comparison!(#output));));
    }
    asserts
}
