/// One artist.
///
/// Cached 5 min under `artist:{artist_id}`; not in the key: `db`.
pub async fn get_artist(
    db: &SqlitePool,
    artist_id: i64,
) -> Result<Option<Artist>, sqlx::Error> {
    let miss = match ::cache_core::private::find(
        get_artist::__site(),
        get_artist::__shape(),
        &(&artist_id,),
        ::cache_core::private::DEFAULT,
    ) {
        ::cache_core::private::Found::Hit(value) => return value,
        ::cache_core::private::Found::Miss(miss) => miss,
    };
    ::cache_core::private::load(miss, get_artist::uncached(db, artist_id)).await
}
#[doc(hidden)]
#[allow(non_camel_case_types, missing_debug_implementations, unreachable_pub, dead_code)]
pub struct get_artist {}
impl get_artist {
    #[doc(hidden)]
    #[allow(
        unreachable_pub,
        clippy::too_many_arguments,
        clippy::type_complexity,
        clippy::fn_params_excessive_bools,
        clippy::missing_errors_doc,
        clippy::missing_panics_doc,
        clippy::must_use_candidate
    )]
    pub async fn uncached(
        db: &SqlitePool,
        artist_id: i64,
    ) -> Result<Option<Artist>, sqlx::Error> {
        fetch(db, artist_id).await
    }
}
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
impl get_artist {
    #[inline]
    pub fn peek(
        artist_id: i64,
    ) -> ::cache_core::private::Later<
        ::cache_core::private::Option<Result<Option<Artist>, sqlx::Error>>,
    > {
        ::cache_core::private::peek_returned(
            get_artist::__shape(),
            Self::__target(::cache_core::private::Some(&artist_id)),
        )
    }
    pub fn put<__V, __M>(
        artist_id: i64,
        value: __V,
    ) -> ::cache_core::private::Put<Result<Option<Artist>, sqlx::Error>>
    where
        Result<Option<Artist>, sqlx::Error>: ::cache_core::private::Layers<__V, __M>,
    {
        ::cache_core::private::put_returned(
            get_artist::__shape(),
            Self::__target(::cache_core::private::Some(&artist_id)),
            value,
        )
    }
    #[inline]
    pub fn refresh(
        db: &SqlitePool,
        artist_id: i64,
    ) -> impl ::cache_core::private::Future<
        Output = Result<Option<Artist>, sqlx::Error>,
    > {
        let named = Self::__target(::cache_core::private::Some(&artist_id));
        ::cache_core::private::refresh_returned(
            get_artist::__shape(),
            named,
            Self::uncached(db, artist_id),
        )
    }
    #[inline]
    pub fn __store(
        entry: ::cache_core::private::Target,
        value: Result<Option<Artist>, sqlx::Error>,
    ) -> ::cache_core::private::Later<::cache_core::private::Stored> {
        ::cache_core::private::store_returned(
            Self::__site(),
            get_artist::__shape(),
            entry,
            value,
        )
    }
    #[inline]
    pub fn key(artist_id: i64) -> ::cache_core::private::String {
        ::cache_core::private::key_named(
            Self::__target(::cache_core::private::Some(&artist_id)),
        )
    }
    #[inline]
    pub fn invalidate(artist_id: i64) -> ::cache_core::private::Invalidation {
        ::cache_core::private::invalidate_named(
            Self::__target(::cache_core::private::Some(&artist_id)),
        )
    }
    #[inline]
    pub fn invalidate_all() -> ::cache_core::private::Invalidation {
        ::cache_core::private::invalidate_named(Self::__all())
    }
    #[inline]
    pub fn stats() -> ::cache_core::private::Stats {
        ::cache_core::private::stats(Self::__site(), ::cache_core::private::DEFAULT)
    }
    #[inline]
    pub fn __target(
        artist_id: ::cache_core::private::Option<&i64>,
    ) -> ::cache_core::private::Named {
        ::cache_core::private::named(
            Self::__site(),
            ::cache_core::private::DEFAULT,
            [::cache_core::private::maybe(artist_id)],
        )
    }
    #[inline]
    pub fn __all() -> ::cache_core::private::Named {
        ::cache_core::private::all_named(Self::__site(), ::cache_core::private::DEFAULT)
    }
    #[inline]
    pub fn __shape() -> ::cache_core::private::Returned<
        Result<Option<Artist>, sqlx::Error>,
    > {
        let found = ::cache_core::private::probed!(
            Result < Option < Artist >, sqlx::Error >
        );
        ::cache_core::private::returned(
            found,
            ::cache_core::private::after(300u64, 0u32),
        )
    }
    pub fn __site() -> &'static ::cache_core::private::Site {
        static SITE: ::cache_core::private::Site = ::cache_core::private::Site::new(
            ::cache_core::private::SiteInfo::new(
                    (::core::module_path!(), ::core::file!(), ::core::line!()),
                    "get_artist",
                    "artist:{artist_id}",
                    &["artist:", ""],
                    &["db"],
                    "5m",
                    ::cache_core::private::Tier::Auto,
                    ::cache_core::private::Some({
                        fn describe() -> ::cache_core::private::Described {
                            ::cache_core::private::described(
                                get_artist::__shape(),
                                &[::cache_core::private::kind::<i64>()],
                            )
                        }
                        describe
                    }),
                )
                .explicit(),
        );
        ::cache_core::private::submit! {
            ::cache_core::private::Linked(& SITE)
        }
        &SITE
    }
}
