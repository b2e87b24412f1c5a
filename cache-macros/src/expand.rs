//! parse → model → check → codegen, for each macro.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, ImplItemFn, Item, ItemFn, parse2};

use crate::errors::Errors;
use crate::model::Cached;
use crate::{attr, check, codegen};

pub(crate) fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = attr::cached::parse(args, &mut errors);
    let function = match parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.add(not_a_function(&item, error));
            let errors = errors.into_tokens();
            return quote!(#errors #item);
        }
    };
    let function = Cached::new(&options, function, &mut errors);
    check::cached(&options, &function, &mut errors);
    if errors.is_empty() { codegen::cached(&function) } else { codegen::fallback(&function, errors) }
}

fn not_a_function(item: &TokenStream, error: syn::Error) -> syn::Error {
    match parse2::<Item>(item.clone()) {
        Ok(Item::Impl(block)) => syn::Error::new_spanned(
            block.impl_token,
            "a decorated `impl` block is not supported yet: put `#[cached]` on free functions",
        ),
        Ok(other) => syn::Error::new_spanned(first_token(&other), "`#[cached]` goes on functions"),
        Err(_) => error,
    }
}

fn first_token(item: &Item) -> TokenStream {
    item.to_token_stream().into_iter().take(1).collect()
}

pub(crate) fn invalidates(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = attr::invalidates::parse(args, &mut errors);
    let function = match parse2::<ImplItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.add(match parse2::<Item>(item.clone()) {
                Ok(other) => {
                    syn::Error::new_spanned(first_token(&other), "`#[invalidates]` goes on functions and methods")
                }
                Err(_) => error,
            });
            let errors = errors.into_tokens();
            return quote!(#errors #item);
        }
    };
    check::signature::invalidates(&function.sig, &mut errors);
    let output = codegen::invalidates(&options, &function, &mut errors);
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
