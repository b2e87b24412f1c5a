use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{FnArg, Pat, PatIdent};

use super::segments::{Scope, cache, conversions, scope_args, scoped, tuple};
use super::{attributes, contract, mixed, private, turbofish};
use crate::attr::ttl::Ttl;
use crate::model::types::ungroup;
use crate::model::{Cached, Role};

/// The function as its callers see it: a look-up, and a load on a miss.
pub(super) fn wrapper(function: &Cached) -> TokenStream {
    let p = private(&function.krate);
    let attrs = attributes::of_wrapper(&function.item.attrs);
    let contract = contract::attribute(function);
    let vis = &function.item.vis;
    let mut sig = function.item.sig.clone();
    name_arguments(&mut sig, function);
    let name = companion_ident(function);
    let probes = handle_probes(function, &p);
    let conversions = conversions(function, function.args.iter().map(|arg| &arg.ident));
    let looked = begin(function, &p, "lookup", &quote!(#name::__site()));
    let load = load(function, &p, &quote!(#name));
    quote_spanned! {mixed()=>
        #attrs
        #contract
        #vis #sig {
            #probes
            #conversions
            let miss = match #looked {
                #p::Lookup::Hit(value) => return value,
                #p::Lookup::Miss(miss) => miss,
            };
            #load
        }
    }
}

/// The companion's name, placed at the function's.
pub(super) fn companion_ident(function: &Cached) -> Ident {
    let mut ident = function.item.sig.ident.clone();
    ident.set_span(Span::call_site().located_at(ident.span()));
    ident
}

/// `private::lookup(…)` or `private::refresh(…)`.
pub(super) fn begin(function: &Cached, p: &TokenStream, call: &str, site: &TokenStream) -> TokenStream {
    let call = Ident::new(call, mixed());
    let outcome = outcome(function, p);
    let tuple = tuple(function);
    let cache = cache(function, Scope::Full);
    let args = scope_args(function, Scope::Full);
    scoped(function, Scope::Full, &args, quote_spanned!(mixed()=> #p::#call(#site, &#outcome, #tuple, #cache)))
}

/// Runs the body as the miss says. The TTL is evaluated first: the body takes the arguments.
pub(super) fn load(function: &Cached, p: &TokenStream, companion: &TokenStream) -> TokenStream {
    let args = function.args.iter().map(|arg| &arg.ident);
    let turbofish = turbofish(&function.item.sig.generics);
    let body = quote_spanned!(mixed()=> move || #companion::uncached #turbofish(#(#args),*));
    let (bind, ttl) = ttl(function, p);
    if function.is_async() {
        quote_spanned!(mixed()=> #bind miss.load(#ttl, #body).await)
    } else {
        quote_spanned!(mixed()=> #bind miss.load_blocking(#ttl, #body))
    }
}

/// A statement that evaluates the TTL, if it has to be, and the TTL. An expression is a statement of its own, so that
/// no temporary of it lives across an `.await`.
pub(super) fn ttl(function: &Cached, p: &TokenStream) -> (TokenStream, TokenStream) {
    let ttl = match &function.ttl {
        Ttl::Default => quote_spanned!(mixed()=> #p::Ttl::Default),
        Ttl::Never => quote_spanned!(mixed()=> #p::Ttl::Never),
        Ttl::After(duration, _) => {
            let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
            let duration = if nanos == 0 {
                quote_spanned!(mixed()=> #p::Duration::from_secs(#seconds))
            } else {
                quote_spanned!(mixed()=> #p::Duration::new(#seconds, #nanos))
            };
            quote_spanned!(mixed()=> #p::Ttl::After(#duration))
        }
        Ttl::Expr(expr) => {
            let value = scoped(function, Scope::Companion, &function.ttl_args, quote!(#expr));
            return (quote_spanned!(mixed()=> let ttl = #p::Ttl::from(#value);), quote_spanned!(mixed()=> ttl));
        }
    };
    (TokenStream::new(), ttl)
}

/// The shape of what the function returns.
pub(super) fn outcome(function: &Cached, p: &TokenStream) -> TokenStream {
    let output = &function.output;
    quote_spanned!(mixed()=> #p::outcome!(#output))
}

/// Patterns become names, `mut` is the body's business.
pub(super) fn name_arguments(sig: &mut syn::Signature, function: &Cached) {
    let typed = sig.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    for (typed, arg) in typed.zip(&function.args) {
        *typed.pat = Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: arg.ident.clone(),
            subpat: None,
        });
    }
}

/// Asserts that what is left out by its name alone is no `CacheKey`.
fn handle_probes(function: &Cached, p: &TokenStream) -> TokenStream {
    let probes = function.args.iter().enumerate().filter_map(|(index, arg)| {
        let told = function.key.mentions(index) || arg.role != Role::NamedHandle;
        (!told).then(|| {
            let span = mixed().located_at(arg.ident.span());
            let ty = ungroup(&arg.ty);
            quote_spanned! {span=>
                {
                    #[allow(unused_imports)]
                    use #p::NotKeyFallback as _;
                    #p::assert_handle(&#p::HandleProbe::<#ty>::new().verdict());
                }
            }
        })
    });
    quote!(#(#probes)*)
}
