//! What an attribute has to write for a function whose first argument is a session and whose others make its key: the names
//! that its callers know, and what they call; what can be done with a value of its return type; what it is described by before
//! its first call; and that its session is no key.

use proc_macro::TokenStream;
use quote::quote;
use syn::{FnArg, ItemFn, LitInt, Pat, ReturnType, Token, Type, parse_macro_input};

struct Options {
    ttl: LitInt,
}

impl syn::parse::Parse for Options {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let _: syn::Ident = input.parse()?;
        let _: Token![=] = input.parse()?;
        Ok(Self { ttl: input.parse()? })
    }
}

#[proc_macro_attribute]
pub fn cached(options: TokenStream, item: TokenStream) -> TokenStream {
    let Options { ttl } = parse_macro_input!(options);
    let ItemFn { attrs, vis, sig, block, .. } = parse_macro_input!(item);
    let arguments = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pat) => Some((&pat.ident, &*typed.ty)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let (names, types): (Vec<_>, Vec<_>) = arguments.unzip();
    let (keys, key_types) = (&names[1..], &types[1..]);
    let (session, left_out) = (types[0], names[0].to_string());
    let texts: Vec<_> = keys.iter().map(|key| key.to_string()).collect();
    let kinds = key_types.iter().map(|ty| match ty {
        Type::Reference(reference) => &*reference.elem,
        ty => ty,
    });
    let targets = key_types.iter().map(|ty| match ty {
        Type::Reference(_) => quote!(#ty),
        _ => quote!(&#ty),
    });
    let given = keys.iter().zip(key_types).map(|(key, ty)| match ty {
        Type::Reference(_) => quote!(Some(#key)),
        _ => quote!(Some(&#key)),
    });
    let given = quote!(#(#given),*);
    let borrowed = keys.iter().zip(key_types).map(|(key, ty)| match ty {
        Type::Reference(_) => quote!(#key),
        _ => quote!(&#key),
    });
    let ReturnType::Type(_, output) = &sig.output else { panic!("a function that returns nothing") };
    let (name, inputs) = (&sig.ident, &sig.inputs);
    let text = name.to_string();
    let written = quote! {
        #(#attrs)*
        #vis #sig {
            let miss = match ::sketch_runtime::find(#name::__site(), #name::__able(), &(#(#borrowed,)*)) {
                ::sketch_runtime::Found::Hit(value) => return value,
                ::sketch_runtime::Found::Miss(miss) => miss,
            };
            ::sketch_runtime::load(miss, #name::uncached(#(#names),*)).await
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #vis struct #name {}
        #[allow(dead_code)]
        impl #name {
            #vis async fn uncached(#inputs) -> #output #block
            #[inline]
            #vis fn peek(#(#keys: #key_types),*) -> ::sketch_runtime::Later<Option<#output>> {
                ::sketch_runtime::peek(Self::__target(#given))
            }
            #vis fn put<V, M>(#(#keys: #key_types,)* value: V) -> ::sketch_runtime::Later<()>
            where
                #output: ::sketch_runtime::Layers<V, M>,
            {
                ::sketch_runtime::put::<#output, V, M>(Self::__target(#given), Self::__able(), value)
            }
            #[inline]
            #vis fn __store(entry: ::sketch_runtime::Named, value: #output) -> ::sketch_runtime::Later<()> {
                ::sketch_runtime::store(entry, Self::__able(), value)
            }
            #[inline]
            #vis fn refresh(#inputs) -> impl Future<Output = #output> {
                ::sketch_runtime::refresh(Self::__target(#given), Self::__able(), Self::uncached(#(#names),*))
            }
            #[inline]
            #vis fn key(#(#keys: #key_types),*) -> String {
                ::sketch_runtime::key(&Self::__target(#given))
            }
            #[inline]
            #vis fn invalidate(#(#keys: #key_types),*) -> ::sketch_runtime::Later<bool> {
                ::sketch_runtime::invalidate(Self::__target(#given))
            }
            #[inline]
            #vis fn invalidate_all() -> ::sketch_runtime::Later<bool> {
                ::sketch_runtime::invalidate(Self::__all())
            }
            #[inline]
            #vis fn stats() -> u64 {
                ::sketch_runtime::stats(Self::__site())
            }
            #[inline]
            #vis fn __target(#(#keys: Option<#targets>),*) -> ::sketch_runtime::Named {
                ::sketch_runtime::named(Self::__site(), [#(::sketch_runtime::segment(#keys)),*])
            }
            #[inline]
            #vis fn __all() -> ::sketch_runtime::Named {
                ::sketch_runtime::all(Self::__site())
            }
            #[inline]
            #vis fn __able() -> ::sketch_runtime::Able<#output> {
                #[allow(unused_imports)]
                use ::sketch_runtime::Unable as _;
                if false {
                    ::sketch_runtime::assert_session(::sketch_runtime::IsKey::<#session>::ANSWER);
                }
                let value = ::sketch_runtime::Probe::<#output>::NEW.peel().peel();
                ::sketch_runtime::able(value.heap(), value.share(), value.codec())
            }
            #vis fn __site() -> &'static ::sketch_runtime::Site {
                fn describe() -> ::sketch_runtime::Described {
                    ::sketch_runtime::described(#name::__able(), &[#(::sketch_runtime::kind::<#kinds>()),*])
                }
                static SITE: ::sketch_runtime::Site = ::sketch_runtime::Site::new(
                    (module_path!(), file!(), line!()),
                    #text,
                    &[#(#texts),*],
                    &[#left_out],
                    #ttl,
                    describe,
                );
                ::sketch_runtime::submit! { ::sketch_runtime::Linked(&SITE) }
                &SITE
            }
        }
    };
    written.into()
}
