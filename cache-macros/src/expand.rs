//! parse → model → check → codegen, for each macro.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, ImplItemFn, Item, ItemFn, parse2};

use crate::attr::cached::CachedArgs;
use crate::attr::invalidates::InvalidatesArgs;
use crate::errors::Errors;
use crate::model::{Cached, Host};
use crate::{attr, check, codegen};

mod block;
mod item;

use block::function as as_function;
use item::Decorated;

pub(crate) fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match parse2(item.clone()) {
        Ok(Decorated::Block(block)) => return block::expand(args, block),
        Ok(Decorated::Function(function)) => function,
        Err(error) => {
            attr::cached::parse(args, &mut errors);
            errors.add(not_a_function(&item, error));
            let errors = errors.into_tokens();
            return quote!(#errors #item);
        }
    };
    let options = attr::cached::parse(args, &mut errors);
    // Of the `impl` around it, a method sees nothing.
    let host = function.sig.receiver().map(|_| Host { generic: true, ..Host::default() });
    let function = one(&options, function, host, &mut errors);
    if !errors.is_empty() {
        return codegen::fallback(&function, errors);
    }
    if function.host.is_none() {
        return codegen::cached(&function);
    }
    let (method, beside) = codegen::method(&function);
    quote!(#method #beside)
}

/// One function or method, checked.
fn one(options: &CachedArgs, function: ItemFn, host: Option<Host>, errors: &mut Errors) -> Cached {
    let function = Cached::new(options, function, host, errors);
    check::cached(options, &function, errors);
    function
}

fn not_a_function(item: &TokenStream, error: syn::Error) -> syn::Error {
    match parse2::<Item>(item.clone()) {
        Ok(Item::Trait(of)) => syn::Error::new_spanned(
            of.trait_token,
            "a trait has no values to cache, those who implement it do: put `#[cached]` on an `impl` block and its methods",
        ),
        Ok(other) => {
            syn::Error::new_spanned(first_token(&other), "`#[cached]` goes on functions, methods and `impl` blocks")
        }
        Err(_) => error,
    }
}

fn first_token(item: &Item) -> TokenStream {
    item.to_token_stream().into_iter().take(1).collect()
}

pub(crate) fn invalidates(args: TokenStream, item: TokenStream) -> TokenStream {
    write("#[invalidates]", attr::invalidates::parse, codegen::invalidates, args, item)
}

pub(crate) fn updates(args: TokenStream, item: TokenStream) -> TokenStream {
    write("#[updates]", attr::invalidates::parse_updates, codegen::updates, args, item)
}

/// What stands on a function that writes.
fn write(
    attribute: &str,
    parse: fn(TokenStream, &mut Errors) -> InvalidatesArgs,
    codegen: fn(&InvalidatesArgs, &ImplItemFn, &mut Errors) -> TokenStream,
    args: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse(args, &mut errors);
    let function = match parse2::<ImplItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.add(match parse2::<Item>(item.clone()) {
                Ok(other) => {
                    syn::Error::new_spanned(first_token(&other), format!("`{attribute}` goes on functions and methods"))
                }
                Err(_) => error,
            });
            let errors = errors.into_tokens();
            return quote!(#errors #item);
        }
    };
    check::signature::invalidates(&function.sig, &mut errors);
    let output = codegen(&options, &function, &mut errors);
    if errors.is_empty() {
        output
    } else {
        let errors = errors.into_tokens();
        quote!(#errors #item)
    }
}

pub(crate) fn derive_cache_key(item: TokenStream) -> TokenStream {
    derive(item, codegen::derive_cache_key)
}

pub(crate) fn derive_weigh(item: TokenStream) -> TokenStream {
    derive(item, codegen::derive_weigh)
}

fn derive(item: TokenStream, codegen: fn(&DeriveInput, &mut Errors) -> TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let input = match parse2(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let output = codegen(&input, &mut errors);
    if errors.is_empty() { output } else { errors.into_tokens() }
}

pub(crate) fn key(input: TokenStream) -> TokenStream {
    codegen::key_macro(input).unwrap_or_else(|error| error.to_compile_error())
}

#[cfg(test)]
mod tests;
