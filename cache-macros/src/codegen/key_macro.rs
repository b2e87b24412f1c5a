use proc_macro2::{TokenStream, TokenTree};
use quote::quote_spanned;
use syn::parse::Parser;
use syn::{Error, Expr, Ident};

use super::mixed;
use crate::attr::template::{self, Filter, Placeholder};

/// `path; "user:{}:{name}", id` → a `String`, the arguments escaped.
pub(crate) fn key_macro(input: TokenStream) -> syn::Result<TokenStream> {
    let mut tokens = input.into_iter();
    let krate: TokenStream = tokens
        .by_ref()
        .take_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
        .collect();
    let (template, args) = template::with_args.parse2(tokens.collect())?;
    let mut positional = args.into_iter();
    let mut parts = Vec::new();
    for placeholder in &template.placeholders {
        let value = match &placeholder.path {
            None => positional.next().ok_or_else(|| {
                Error::new(placeholder.span, "there are more `{}` in the key than arguments behind it")
            })?,
            Some(_) => named(placeholder),
        };
        parts.push(filtered(&krate, &value, &placeholder.filters));
    }
    if let Some(left) = positional.next() {
        return Err(Error::new_spanned(left, "there is no `{}` for this argument in the key"));
    }
    let texts = &template.texts;
    Ok(quote_spanned! {mixed()=>
        #krate::private::rendered(&[#(#texts),*], &(#(#parts,)*))
    })
}

fn named(placeholder: &Placeholder) -> Expr {
    let (name, fields) = placeholder.path.as_ref().map_or((None, &[][..]), |(name, fields)| (Some(name), fields));
    let name = name.map(|name| Ident::new(&name.to_string(), placeholder.span));
    syn::parse_quote!(#name #(.#fields)*)
}

fn filtered(krate: &TokenStream, value: &Expr, filters: &[Filter]) -> TokenStream {
    let mut part = quote_spanned!(mixed()=> &(#value));
    for filter in filters {
        part = match filter {
            Filter::Lower => quote_spanned!(mixed()=> &#krate::private::lower(#part)),
            Filter::Hash => quote_spanned!(mixed()=> &#krate::private::hash(#part)),
        };
    }
    part
}
