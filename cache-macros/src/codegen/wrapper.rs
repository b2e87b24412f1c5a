use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Pat, PatIdent, Visibility};

use super::assertions::{assertions, value_assertions};
use super::method::own_names;
use super::rules::{self, outcome};
use super::segments::{Scope, cache, conversions, scope_args, scoped, tuple};
use super::{Runtime, attributes, batch, conditional, contract, graceful, mixed, plain, private, turbofish};
use crate::attr::ttl::Ttl;
use crate::model::types::referent_span;
use crate::model::{Cached, Companion, mentioned, subset};

/// The function as its callers see it: a look-up, and a load on a miss.
pub(super) fn wrapper(function: &Cached) -> TokenStream {
    if function.batch.is_some() {
        return batch::wrapper(function);
    }
    let p = private(&function.krate);
    let attrs = attributes::of_wrapper(&function.item.attrs);
    let contract = contract::attribute(function);
    let vis = &function.item.vis;
    if plain::is_told_by_arguments(function) {
        return plain::function(function, &p, &quote!(#attrs #contract #vis));
    }
    let mut sig = function.item.sig.clone();
    name_arguments(&mut sig, function);
    let (uncached, site) = own(function);
    let assertions = assertions(function, &p);
    let conversions = conversions(function, function.args.iter().map(|arg| &arg.ident));
    let (bound, shape) = if function.has_own_shape() {
        (TokenStream::new(), shape(function, &p))
    } else {
        let shape = shape(function, &p);
        (quote_spanned!(mixed()=> let shape = #shape;), quote_spanned!(mixed()=> shape))
    };
    let call = if function.is_plain() {
        plain::call(function, &p, &site, &uncached, &shape)
    } else {
        let (miss, load) =
            (miss(function, &p, &site, &uncached, &shape), graceful::load(function, &p, &uncached, &shape));
        let wait = function.is_async().then(|| quote!(.await));
        quote_spanned!(mixed()=> let miss = #miss; #load #wait)
    };
    quote_spanned! {mixed()=>
        #attrs
        #contract
        #vis #sig {
            #conversions
            #assertions
            #bound
            #call
        }
    }
}

/// The way to the answer of a call that is not answered at once.
fn miss(
    function: &Cached,
    p: &Runtime,
    site: &TokenStream,
    uncached: &TokenStream,
    shape: &TokenStream,
) -> TokenStream {
    if function.freshness.beside_a_hit().is_some() {
        return graceful::miss(function, p, site, uncached, shape);
    }
    let looked = looked(function, p, site, shape);
    quote_spanned! {mixed()=>
        match #looked {
            #p::Lookup::Hit(value) => return value,
            #p::Lookup::Miss(miss) => miss,
        }
    }
}

/// The companion's name, placed at the function's.
pub(super) fn companion_ident(function: &Cached) -> Ident {
    let ident = &function.item.sig.ident;
    let span = Span::call_site().located_at(ident.span());
    match &function.companion {
        Companion::Default => {
            let mut ident = ident.clone();
            ident.set_span(span);
            ident
        }
        Companion::Named(name) => name.clone(),
        Companion::None => format_ident!("__{}_cached", ident.unraw(), span = span),
    }
}

/// How the body and the site are reached from the function or the method.
pub(super) fn own(function: &Cached) -> (TokenStream, TokenStream) {
    if function.host.is_some() {
        let (uncached, site, _) = own_names(function);
        return (quote!(Self::#uncached), quote!(Self::#site()));
    }
    let name = companion_ident(function);
    (quote_spanned!(mixed()=> #name::uncached), quote_spanned!(mixed()=> #name::__site()))
}

/// What a call's look-up gives, or what stands in its place.
pub(super) fn looked(function: &Cached, p: &Runtime, site: &TokenStream, shape: &TokenStream) -> TokenStream {
    let rules = &function.rules;
    let looked = if rules.choose() {
        let policy = rules::for_lookup(function, p, shape);
        begin(function, p, "lookup_by", site, shape, Some(policy))
    } else {
        begin(function, p, "lookup", site, shape, None)
    };
    conditioned(function, p, site, shape, looked, &quote_spanned!(mixed()=> #p::Lookup))
}

/// A look-up, unless `when` or `refresh_when` says otherwise. `found` is the type of what it gives.
pub(super) fn conditioned(
    function: &Cached,
    p: &Runtime,
    site: &TokenStream,
    shape: &TokenStream,
    mut looked: TokenStream,
    found: &TokenStream,
) -> TokenStream {
    let rules = &function.rules;
    if let Some(given) = &rules.refresh_when {
        let condition = rules::condition(function, given);
        let refresh = begin(function, p, "refresh", site, shape, None);
        looked = quote_spanned!(mixed()=> if #condition { #found::Miss(#refresh) } else { #looked });
    }
    if let Some(given) = &rules.when {
        let condition = rules::condition(function, given);
        let (tuple, args) = (tuple(function), scope_args(function, Scope::Full));
        let name = scoped(function, Scope::Full, &args, quote_spanned!(mixed()=> #p::name(#site, #tuple)));
        let bypass = quote_spanned!(mixed()=> #p::bypass(#shape, #site, || #name));
        looked = quote_spanned!(mixed()=> if #condition { #looked } else { #found::Miss(#bypass) });
    }
    looked
}

/// `private::lookup(…)` or `private::refresh(…)`.
pub(super) fn begin(
    function: &Cached,
    p: &Runtime,
    call: &str,
    site: &TokenStream,
    shape: &TokenStream,
    policy: Option<TokenStream>,
) -> TokenStream {
    let call = Ident::new(call, mixed());
    let tuple = tuple(function);
    let cache = cache(function, Scope::Full);
    let args = scope_args(function, Scope::Full);
    let policy = policy.map(|policy| quote_spanned!(mixed()=> , &#policy));
    scoped(function, Scope::Full, &args, quote_spanned!(mixed()=> #p::#call(#site, #shape, #tuple, #cache #policy)))
}

/// The body, not begun: an async function's future, or a closure.
pub(super) fn body(function: &Cached, uncached: &TokenStream) -> TokenStream {
    let turbofish = turbofish(&function.item.sig.generics);
    let args = function.args.iter().map(|arg| arg.ident.to_token_stream()).collect();
    let args = conditional::arguments(function, args);
    let start = (!function.is_async()).then(|| quote_spanned!(mixed()=> move ||));
    let call = conditional::asking(function, quote_spanned!(mixed()=> #uncached #turbofish(#(#args),*)));
    quote_spanned!(mixed()=> #start #call)
}

/// Runs the body as the miss says: the answer, or the future of it. The policy is evaluated first: the body takes the
/// arguments.
pub(super) fn load(function: &Cached, p: &Runtime, uncached: &TokenStream, shape: &TokenStream) -> TokenStream {
    let body = body(function, uncached);
    let (bind, ttl) = rules::for_load(function, p, shape);
    if function.is_async() {
        return quote_spanned!(mixed()=> #bind #p::load(miss.around(#ttl), #body));
    }
    quote_spanned!(mixed()=> #bind miss.load_blocking(#ttl, #body))
}

/// A statement that evaluates a TTL, if it has to be, and the TTL. An expression is a statement of its own, so that no
/// temporary of it lives across an `.await`.
pub(super) fn ttl_value(function: &Cached, p: &Runtime, ttl: &Ttl, name: &str) -> (TokenStream, TokenStream) {
    let value = match ttl {
        Ttl::Default => quote_spanned!(mixed()=> #p::Ttl::Default),
        Ttl::Never => quote_spanned!(mixed()=> #p::Ttl::Never),
        Ttl::After(duration, _) => {
            let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
            quote_spanned!(mixed()=> #p::after(#seconds, #nanos))
        }
        Ttl::Expr(expr) => {
            let span = expr.span();
            let p = p.at(span);
            let args = mentioned(expr, &function.args);
            let value = scoped(function, Scope::Companion, &args, quote_spanned!(span=> #p::Ttl::from(#expr)));
            let name = Ident::new(name, mixed());
            return (quote_spanned!(mixed()=> let #name = #value;), quote!(#name));
        }
    };
    (TokenStream::new(), value)
}

/// The shape, or its stand-in where the value cannot be stored.
pub(super) fn checked(function: &Cached, p: &Runtime, shape: &TokenStream) -> TokenStream {
    let span = referent_span(&function.output);
    let p = p.at(span);
    quote_spanned!(span=> #p::Checked(#shape).shape())
}

/// The shape, from the one place where it is found. A rule over values has to see their type, and finds it by itself.
pub(super) fn shape(function: &Cached, p: &Runtime) -> TokenStream {
    if !function.has_own_shape() {
        return checked(function, p, &outcome(function, p));
    }
    let turbofish = turbofish(&subset(&function.item.sig.generics, &function.output.to_token_stream()));
    if function.host.is_some() {
        let name = own_names(function).2;
        return quote!(Self::#name #turbofish());
    }
    let name = companion_ident(function);
    if function.is_known_by_return() {
        return quote_spanned!(mixed()=> <#name as #p::Told<_>>::returned());
    }
    quote_spanned!(mixed()=> #name::__shape #turbofish())
}

/// Where it is found, and where what the function needs of its return type is asserted.
pub(super) fn shape_item(function: &Cached, p: &Runtime, name: &Ident, vis: &Visibility) -> TokenStream {
    let output = &function.output;
    let generics = subset(&function.item.sig.generics, &output.to_token_stream());
    let clause = &generics.where_clause;
    let outcome = outcome(function, p);
    let asserts = value_assertions(function, p);
    // A method's handle gives futures that borrow nothing.
    let lasting = function.host.is_some().then(|| quote!(+ 'static));
    let checked = checked(function, p, &quote_spanned!(mixed()=> shape));
    quote_spanned! {mixed()=>
        #[inline]
        #vis fn #name #generics() -> impl #p::Shaped<Full = #output> #lasting #clause {
            let shape = #outcome;
            if false {
                #asserts
            }
            #checked
        }
    }
}

/// Patterns become names, `mut` is the body's business.
pub(super) fn name_arguments(sig: &mut syn::Signature, function: &Cached) {
    let typed = sig.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(receiver) => {
            receiver.mutability = None;
            None
        }
    });
    for (typed, arg) in typed.zip(function.args.iter().filter(|arg| !arg.is_self())) {
        *typed.pat = Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: arg.ident.clone(),
            subpat: None,
        });
    }
}
