use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{ImplItemFn, ReturnType, Type, parse_quote};

use super::invalidations::Targets;
use super::{Runtime, mixed, private};
use crate::attr::invalidates::InvalidatesArgs;
use crate::attr::krate;
use crate::errors::Errors;
use crate::model::types::boxed_future;

/// The function, its body between the capture of the targets and their invalidation.
pub(crate) fn invalidates(options: &InvalidatesArgs, function: &ImplItemFn, errors: &mut Errors) -> TokenStream {
    let krate = krate::or_default(options.krate.clone());
    let p = private(&krate);
    let targets = Targets::new(&options.targets, &function.sig, &p, errors);
    let steps = around(&targets, function, &p);
    let mut function = function.clone();
    function.block = if boxed(&function.sig.output).is_some() {
        parse_quote!({ ::std::boxed::Box::pin(async move { #steps }) })
    } else {
        parse_quote!({ #steps })
    };
    function.into_token_stream()
}

/// What a future on the heap yields: `#[async_trait]` has been here before.
fn boxed(output: &ReturnType) -> Option<Type> {
    match output {
        ReturnType::Type(_, ty) => boxed_future(ty),
        ReturnType::Default => None,
    }
}

/// A function's body as an expression of its output, awaited where it has to be.
pub(super) struct Wrapped {
    pub(super) output: Type,
    pub(super) body: TokenStream,
    pub(super) is_async: bool,
    /// The function gives its future on the heap.
    pub(super) is_boxed: bool,
}

pub(super) fn wrapped(function: &ImplItemFn, p: &Runtime) -> Wrapped {
    let boxed = boxed(&function.sig.output);
    let is_boxed = boxed.is_some();
    let output: Type = match &function.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => boxed.unwrap_or_else(|| (**ty).clone()),
    };
    let statements = &function.block.stmts;
    let is_async = function.sig.asyncness.is_some() || is_boxed;
    // The early return tells the block its type, as the signature told the body.
    let body = if is_boxed {
        quote_spanned!(mixed()=> { #(#statements)* }.await)
    } else if is_async {
        quote_spanned! {mixed()=>
            async move {
                if let #p::Some(early) = #p::None::<#output> {
                    return early;
                }
                #(#statements)*
            }.await
        }
    } else {
        quote_spanned!(mixed()=> #p::Option::<#output>::unwrap_or_else(#p::None, move || { #(#statements)* }))
    };
    Wrapped { output, body, is_async, is_boxed }
}

fn around(targets: &Targets<'_>, function: &ImplItemFn, p: &Runtime) -> TokenStream {
    let Wrapped { output, body, is_async, .. } = wrapped(function, p);
    let succeeded = quote_spanned!(mixed()=> #p::success(&#p::layers!(#output), &outcome));
    let after = &targets.after;
    let succeeded = match &targets.result {
        None => quote_spanned!(mixed()=> #succeeded.is_some()),
        Some(result) => quote_spanned! {mixed()=>
            match #succeeded {
                #p::Some(#result) => {
                    #(#after)*
                    true
                }
                #p::None => false,
            }
        },
    };
    let wait = is_async.then(|| quote_spanned!(mixed()=> .await));
    let apply = if is_async { quote_spanned!(mixed()=> apply) } else { quote_spanned!(mixed()=> apply_blocking) };
    let before = &targets.before;
    quote_spanned! {mixed()=>
        let mut fence = #p::Invalidating::new();
        #(#before)*
        let outcome: #output = #body;
        if #succeeded {
            fence.#apply()#wait;
        } else {
            fence.disarm();
        }
        outcome
    }
}
