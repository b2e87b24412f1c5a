use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Generics, Path, Type, parse_quote};

use super::{mixed, placed};
use crate::attr::krate;
use crate::errors::Errors;

/// `#[derive(CacheKey)]`
pub(crate) fn cache_key(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let krate = krate::of_derive("cache_key", &input.attrs, errors);
    let sink = Ident::new("sink", mixed());
    let visit = |field: &Field<'_>| {
        let (name, span) = (&field.name, field.ty.span());
        let krate = placed(&krate.to_token_stream(), span);
        quote_spanned!(span=> #krate::CacheKey::visit(#name, #sink);)
    };
    let composite = |fields: &[Field<'_>]| {
        let visits = fields.iter().map(visit).enumerate().map(|(index, visit)| {
            let next = (index > 0).then(|| quote_spanned!(mixed()=> #krate::Sink::next(#sink);));
            quote!(#next #visit)
        });
        quote_spanned!(mixed()=> #krate::Sink::open(#sink); #(#visits)* #krate::Sink::close(#sink);)
    };
    let arms = arms(&input.data, |variant, fields| match (variant, fields) {
        (None, [field]) => visit(field),
        (None, fields) => composite(fields),
        (Some(variant), fields) => {
            let name = variant.unraw().to_string();
            let fields = (!fields.is_empty()).then(|| composite(fields));
            quote_spanned!(mixed()=> #krate::Sink::variant(#sink, #name); #fields)
        }
    });
    let Some(arms) = errors.take(arms) else {
        return TokenStream::new();
    };
    let steps = matched(&arms);
    let number = number(&input.data, &krate);
    let method = quote_spanned! {mixed()=>
        #number
        #[allow(unused_variables)]
        fn visit<__S: #krate::Sink>(&self, #sink: &mut __S) {
            #steps
        }
    };
    implementation(input, &parse_quote!(#krate::CacheKey), &method)
}

/// A struct of one field prints as its field does.
fn number(data: &Data, krate: &Path) -> Option<TokenStream> {
    let Data::Struct(data) = data else {
        return None;
    };
    let mut types = data.fields.iter().map(|field| &field.ty);
    let (Some(ty), None) = (types.next(), types.next()) else {
        return None;
    };
    let span = mixed().located_at(ty.span());
    Some(quote_spanned!(span=> const NUMBER: bool = <#ty as #krate::CacheKey>::NUMBER;))
}

/// `#[derive(Weigh)]`
pub(crate) fn weigh(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let krate = krate::of_derive("weigh", &input.attrs, errors);
    let arms = arms(&input.data, |_, fields| {
        let terms = fields.iter().map(|field| {
            let (name, span) = (&field.name, field.ty.span());
            let krate = placed(&krate.to_token_stream(), span);
            quote_spanned!(span=> + #krate::Weigh::heap_bytes(#name))
        });
        quote_spanned!(mixed()=> 0 #(#terms)*)
    });
    let Some(arms) = errors.take(arms) else {
        return TokenStream::new();
    };
    let total = matched(&arms);
    let method = quote_spanned! {mixed()=>
        fn heap_bytes(&self) -> usize {
            #total
        }
    };
    implementation(input, &parse_quote!(#krate::Weigh), &method)
}

/// A field, bound by reference at its type.
struct Field<'a> {
    name: Ident,
    ty: &'a Type,
}

/// `path { … } => arm`
fn arm(path: &TokenStream, fields: &Fields, steps: impl FnOnce(&[Field<'_>]) -> TokenStream) -> TokenStream {
    let bound: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| Field { name: format_ident!("field{index}", span = field.ty.span()), ty: &field.ty })
        .collect();
    let members = fields.members();
    let (names, steps) = (bound.iter().map(|field| &field.name), steps(&bound));
    quote_spanned!(mixed()=> #path { #(#members: #names),* } => { #steps })
}

fn arms(data: &Data, steps: impl Fn(Option<&Ident>, &[Field<'_>]) -> TokenStream) -> syn::Result<Vec<TokenStream>> {
    match data {
        Data::Struct(data) => {
            let path = quote_spanned!(mixed()=> Self);
            Ok(vec![arm(&path, &data.fields, |fields| steps(None, fields))])
        }
        Data::Enum(data) => Ok(data
            .variants
            .iter()
            .map(|variant| {
                let name = &variant.ident;
                let path = quote_spanned!(mixed()=> Self::#name);
                arm(&path, &variant.fields, |fields| steps(Some(name), fields))
            })
            .collect()),
        Data::Union(data) => {
            Err(syn::Error::new_spanned(data.union_token, "a union does not know which field it holds: use an enum"))
        }
    }
}

/// `match self`, which an enum without variants cannot be.
fn matched(arms: &[TokenStream]) -> TokenStream {
    if arms.is_empty() {
        quote_spanned!(mixed()=> match *self {})
    } else {
        quote_spanned!(mixed()=> match self { #(#arms)* })
    }
}

/// Each type parameter implements the trait, too.
fn bounded(generics: &Generics, bound: &Path) -> Generics {
    let mut generics = generics.clone();
    for param in generics.type_params_mut() {
        param.bounds.push(parse_quote!(#bound));
    }
    generics
}

fn implementation(input: &DeriveInput, of: &Path, method: &TokenStream) -> TokenStream {
    let generics = bounded(&input.generics, of);
    let (impl_generics, _, clause) = generics.split_for_impl();
    let (_, types, _) = input.generics.split_for_impl();
    let name = &input.ident;
    quote_spanned! {mixed()=>
        #[automatically_derived]
        impl #impl_generics #of for #name #types #clause {
            #method
        }
    }
}
