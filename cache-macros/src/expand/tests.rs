//! Snapshots of typical expansions. `UPDATE_SNAPSHOTS=1` rewrites them.

use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fn assert_snapshot(name: &str, tokens: TokenStream) {
    let file = syn::parse2(tokens).unwrap_or_else(|error| panic!("the expansion does not parse: {error}"));
    let text = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/expand/snapshots").join(format!("{name}.rs"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} differs from the expansion:\n{text}", path.display());
}

#[test]
fn an_async_function() {
    let item = quote! {
        /// One artist.
        pub async fn get_artist(db: &SqlitePool, artist_id: i64) -> Result<Option<Artist>, sqlx::Error> {
            fetch(db, artist_id).await
        }
    };
    let args = quote!(ttl = "5m", key_prefix = "artist");
    assert_snapshot("async_function", super::cached(args, item));
}

/// What another attribute makes of an `async fn`, it makes of no other function.
#[test]
fn an_attribute_below_finds_the_async_function_that_was_written() {
    let expanded = |attribute: TokenStream| {
        let item = quote! {
            #attribute
            pub async fn get_artist(db: &SqlitePool, artist_id: i64) -> Result<Artist, sqlx::Error> {
                fetch(db, artist_id).await
            }
        };
        super::cached(TokenStream::new(), item).to_string()
    };
    let wrapper = "pub async fn get_artist";
    for inert in [quote!(), quote!(#[must_use]), quote!(#[allow(unused)]), quote!(#[clippy::msrv = "1.80"])] {
        assert!(!expanded(inert.clone()).contains(wrapper), "{inert} needs none");
    }
    for other in [quote!(#[instrument]), quote!(#[tracing::instrument]), quote!(#[cfg_attr(test, instrument)])] {
        assert!(expanded(other.clone()).contains(wrapper), "{other} may need it");
    }
}

#[test]
fn a_sync_generic_function_with_a_spelled_key() {
    let item = quote! {
        fn render<T: Template>(mut template: T, session: &Session, (width, height): (u32, u32)) -> String {
            template.render(width, height)
        }
    };
    let args = quote! {
        key(template.id(), tenant: u64 = session.tenant, width, height),
        ttl = if width > 100 { LONG } else { SHORT },
        cache = RENDERED
    };
    assert_snapshot("sync_generic_function", super::cached(args, item));
}

#[test]
fn an_invalidating_method() {
    let item = quote! {
        pub async fn rename(&self, artist_id: i64, name: &str) -> Result<Artist, Error> {
            self.update(artist_id, name).await
        }
    };
    let args = quote! {
        get_artist(artist_id),
        list_artists(_, result.letter, ..),
        key = "artist:{artist_id}:photos:{result.photo}",
        pattern = "search:*:{name|lower}"
    };
    assert_snapshot("invalidating_method", super::invalidates(args, item));
}

#[test]
fn a_method() {
    let item = quote! {
        impl Repository {
            /// One artist.
            #[cached(ttl = "5m", key_prefix = "artist", skip(self))]
            pub async fn get_artist(&self, artist_id: i64) -> Result<Option<Artist>, sqlx::Error> {
                fetch(&self.db, artist_id).await
            }
        }
    };
    assert_snapshot("method", super::cached(TokenStream::new(), item));
}

/// Tokens of a snapshot, those inside of groups too.
fn tokens(snapshot: &str) -> usize {
    fn count(tokens: TokenStream) -> usize {
        let inner = |token| match token {
            TokenTree::Group(group) => 2 + count(group.stream()),
            _ => 1,
        };
        tokens.into_iter().map(inner).sum()
    }
    count(snapshot.parse().unwrap())
}

/// Each token is a step of the attribute's, which is seldom optimized.
#[test]
fn the_attribute_writes_little() {
    let (function, method) = (include_str!("snapshots/async_function.rs"), include_str!("snapshots/method.rs"));
    let (function, method) = (tokens(function), tokens(method));
    println!("{function} tokens for a function, {method} for a method");
    assert!(function <= 600 && method <= 1_250);
}
