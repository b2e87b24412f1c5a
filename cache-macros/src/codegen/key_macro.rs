use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident};

use super::{mixed, placed};
use crate::attr::template::{self, Filter, Placeholder};
use crate::model::at;

/// `path; "user:{}:{name}", id` → a `String`, the arguments escaped.
pub(crate) fn key_macro(input: TokenStream) -> syn::Result<TokenStream> {
    let mut tokens = input.into_iter();
    let krate: TokenStream = tokens
        .by_ref()
        .take_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
        .collect();
    let (template, args) = template::with_args.parse2(tokens.collect())?;
    let mut positional = args.into_iter();
    let mut values = Vec::new();
    for placeholder in &template.placeholders {
        let value = match &placeholder.path {
            None => positional.next().ok_or_else(|| {
                Error::new(placeholder.span, "there are more `{}` in the key than arguments behind it")
            })?,
            Some(_) => named(placeholder),
        };
        values.push(filtered(&krate, &value, &placeholder.filters));
    }
    if let Some(left) = positional.next() {
        return Err(Error::new_spanned(left, "there is no `{}` for this argument in the key"));
    }
    let texts = &template.texts;
    let spans: Vec<_> = values.iter().map(Spanned::span).collect();
    let parts: Vec<_> =
        spans.iter().enumerate().map(|(index, span)| format_ident!("part{index}", span = *span)).collect();
    let asserts = parts.iter().map(|part| {
        let krate = placed(&krate, part.span());
        quote_spanned!(part.span()=> #krate::private::assert_key(#part);)
    });
    Ok(quote_spanned! {mixed()=>
        match (#(#values,)*) {
            (#(#parts,)*) => {
                if false {
                    #(#asserts)*
                }
                #krate::private::rendered(&[#(#texts),*], &(#(#krate::private::Part(#parts).key(),)*))
            }
        }
    })
}

fn named(placeholder: &Placeholder) -> Expr {
    let (name, fields) = placeholder.path.as_ref().map_or((None, &[][..]), |(name, fields)| (Some(name), fields));
    let span = placeholder.span;
    let name = name.map(|name| Ident::new(&name.to_string(), span));
    let fields = fields.iter().map(|field| at(field, span));
    let path = quote_spanned!(span=> #name #(.#fields)*);
    syn::parse_quote!(#path)
}

/// A reference to the value, errors about its type at its place.
fn filtered(krate: &TokenStream, value: &Expr, filters: &[Filter]) -> TokenStream {
    let span = value.span();
    let krate = placed(krate, span);
    let mut part = quote_spanned!(span=> &(#value));
    for filter in filters {
        part = match filter {
            Filter::Lower => quote_spanned!(span=> &#krate::private::lower(#part)),
            Filter::Hash => quote_spanned!(span=> &#krate::private::hash(#part)),
        };
    }
    part
}
