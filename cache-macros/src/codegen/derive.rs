use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Generics, Member, Path, Type, parse_quote};

use super::mixed;
use crate::attr::krate;
use crate::errors::Errors;

/// `#[derive(CacheKey)]`
pub(crate) fn cache_key(input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let krate = krate::of_derive("cache_key", &input.attrs, errors);
    let visit = |field: &Field| {
        let (place, span) = (&field.place, field.ty.span());
        quote_spanned!(mixed().located_at(span)=> #krate::CacheKey::visit(#place, sink);)
    };
    let body = |fields: &[Field], always_open: bool| match fields {
        [field] if !always_open => visit(field),
        fields => {
            let visits = fields.iter().map(visit).enumerate().map(|(index, visit)| {
                let next = (index > 0).then(|| quote_spanned!(mixed()=> #krate::Sink::next(sink);));
                quote!(#next #visit)
            });
            quote_spanned!(mixed()=> #krate::Sink::open(sink); #(#visits)* #krate::Sink::close(sink);)
        }
    };
    let steps = match &input.data {
        Data::Struct(data) => body(&of_struct(&data.fields), false),
        Data::Enum(data) => {
            let arms = arms(data, |variant, fields| {
                let name = variant.to_string();
                let fields = (!fields.is_empty()).then(|| body(fields, true));
                quote_spanned!(mixed()=> #krate::Sink::variant(sink, #name); #fields)
            });
            matched(&arms)
        }
        Data::Union(data) => {
            errors.on(data.union_token, "a union does not know which field it holds: use an enum");
            return TokenStream::new();
        }
    };
    let generics = bounded(&input.generics, &parse_quote!(#krate::CacheKey));
    let number = number(&input.data, &krate);
    let method = quote_spanned! {mixed()=>
        #number
        #[allow(unused_variables)]
        fn visit<__S: #krate::Sink>(&self, sink: &mut __S) {
            #steps
        }
    };
    implementation(input, &generics, &parse_quote!(#krate::CacheKey), &method)
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
    let sum = |fields: &[Field]| {
        let terms = fields.iter().map(|field| {
            let (place, span) = (&field.place, field.ty.span());
            quote_spanned!(mixed().located_at(span)=> + #krate::Weigh::heap_bytes(#place))
        });
        quote_spanned!(mixed()=> 0 #(#terms)*)
    };
    let total = match &input.data {
        Data::Struct(data) => sum(&of_struct(&data.fields)),
        Data::Enum(data) => {
            let arms = arms(data, |_, fields| sum(fields));
            matched(&arms)
        }
        Data::Union(data) => {
            errors.on(data.union_token, "a union does not know which field it holds: use an enum");
            return TokenStream::new();
        }
    };
    let generics = bounded(&input.generics, &parse_quote!(#krate::Weigh));
    let method = quote_spanned! {mixed()=>
        fn heap_bytes(&self) -> usize {
            #total
        }
    };
    implementation(input, &generics, &parse_quote!(#krate::Weigh), &method)
}

/// A field, and a reference to it.
struct Field<'a> {
    place: TokenStream,
    ty: &'a Type,
}

fn of_struct(fields: &Fields) -> Vec<Field<'_>> {
    let members = fields.members().zip(fields);
    members.map(|(member, field)| Field { place: quote_spanned!(mixed()=> &self.#member), ty: &field.ty }).collect()
}

fn arms(data: &syn::DataEnum, arm: impl Fn(&Ident, &[Field]) -> TokenStream) -> Vec<TokenStream> {
    let arms = data.variants.iter().map(|variant| {
        let members: Vec<Member> = variant.fields.members().collect();
        let names: Vec<_> = (0..members.len()).map(|index| format_ident!("field{index}", span = mixed())).collect();
        let fields: Vec<_> = names
            .iter()
            .zip(&variant.fields)
            .map(|(name, field)| Field { place: quote!(#name), ty: &field.ty })
            .collect();
        let (variant, steps) = (&variant.ident, arm(&variant.ident, &fields));
        quote_spanned!(mixed()=> Self::#variant { #(#members: #names),* } => { #steps })
    });
    arms.collect()
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

fn implementation(input: &DeriveInput, generics: &Generics, of: &Path, method: &TokenStream) -> TokenStream {
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
