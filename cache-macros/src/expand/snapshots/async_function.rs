/// One artist.
///
/// Cached 5 min under `artist:{artist_id}`; not in the key: `db`.
pub async fn get_artist(
    db: &SqlitePool,
    artist_id: i64,
) -> Result<Option<Artist>, sqlx::Error> {
    let shape = ::cache_core::private::outcome!(
        Result < Option < Artist >, sqlx::Error >
    );
    if false {
        {
            ::cache_core::private::assert_key(&artist_id);
        }
        ::cache_core::private::assert_value(shape);
    }
    let miss = match ::cache_core::private::lookup(
        get_artist::__site(),
        &::cache_core::private::Checked(shape).shape(),
        &(::cache_core::private::Part(&artist_id).key(),),
        ::cache_core::private::DEFAULT,
    ) {
        ::cache_core::private::Lookup::Hit(value) => return value,
        ::cache_core::private::Lookup::Miss(miss) => miss,
    };
    miss.load(
            ::cache_core::private::Ttl::After(
                ::cache_core::private::Duration::from_secs(300u64),
            ),
            move || get_artist::uncached(db, artist_id),
        )
        .await
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
#[doc(hidden)]
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
impl get_artist {
    #[inline]
    pub fn peek(
        artist_id: i64,
    ) -> impl ::cache_core::private::Future<
        Output = ::cache_core::private::Option<Result<Option<Artist>, sqlx::Error>>,
    > {
        ::cache_core::private::lazily(move || {
            ::cache_core::private::peek(
                    Self::__site(),
                    &::cache_core::private::Checked(
                            ::cache_core::private::outcome!(
                                Result < Option < Artist >, sqlx::Error >
                            ),
                        )
                        .shape(),
                    &(::cache_core::private::Part(&artist_id).key(),),
                    ::cache_core::private::DEFAULT,
                )
                .answer()
        })
    }
    pub fn put<__V, __M>(
        artist_id: i64,
        value: __V,
    ) -> impl ::cache_core::private::Future<Output = ::cache_core::private::Stored>
    where
        Result<Option<Artist>, sqlx::Error>: ::cache_core::private::Layers<__V, __M>,
    {
        ::cache_core::private::lazily(move || {
            ::cache_core::private::put(
                Self::__site(),
                &::cache_core::private::Checked(
                        ::cache_core::private::outcome!(
                            Result < Option < Artist >, sqlx::Error >
                        ),
                    )
                    .shape(),
                &(::cache_core::private::Part(&artist_id).key(),),
                ::cache_core::private::DEFAULT,
                ::cache_core::private::Ttl::After(
                    ::cache_core::private::Duration::from_secs(300u64),
                ),
                value,
            )
        })
    }
    #[inline]
    pub fn refresh(
        db: &SqlitePool,
        artist_id: i64,
    ) -> impl ::cache_core::private::Future<
        Output = Result<Option<Artist>, sqlx::Error>,
    > {
        ::cache_core::private::lazily(move || {
            let miss = ::cache_core::private::refresh(
                Self::__site(),
                &::cache_core::private::Checked(
                        ::cache_core::private::outcome!(
                            Result < Option < Artist >, sqlx::Error >
                        ),
                    )
                    .shape(),
                &(::cache_core::private::Part(&artist_id).key(),),
                ::cache_core::private::DEFAULT,
            );
            miss.load(
                ::cache_core::private::Ttl::After(
                    ::cache_core::private::Duration::from_secs(300u64),
                ),
                move || Self::uncached(db, artist_id),
            )
        })
    }
    pub fn __store<__V, __M>(
        entry: ::cache_core::private::Target,
        value: __V,
    ) -> ::cache_core::private::Later<::cache_core::private::Stored>
    where
        Result<Option<Artist>, sqlx::Error>: ::cache_core::private::Layers<__V, __M>,
    {
        let value = <Result<
            Option<Artist>,
            sqlx::Error,
        > as ::cache_core::private::Layers<__V, __M>>::layered(value);
        {
            ::cache_core::private::store_later(
                Self::__site(),
                &::cache_core::private::Checked(
                        ::cache_core::private::outcome!(
                            Result < Option < Artist >, sqlx::Error >
                        ),
                    )
                    .shape(),
                entry,
                ::cache_core::private::Ttl::After(
                    ::cache_core::private::Duration::from_secs(300u64),
                ),
                value,
            )
        }
    }
    #[inline]
    pub fn key(artist_id: i64) -> ::cache_core::private::String {
        ::cache_core::private::name(
            Self::__site(),
            &(::cache_core::private::Part(&artist_id).key(),),
        )
    }
    #[inline]
    pub fn invalidate(
        artist_id: i64,
    ) -> impl ::cache_core::private::Future<Output = ::cache_core::private::Removed> {
        ::cache_core::private::invalidate(
            Self::__target(::cache_core::private::Some(&artist_id)),
        )
    }
    #[inline]
    pub fn invalidate_all() -> impl ::cache_core::private::Future<
        Output = ::cache_core::private::Removed,
    > {
        ::cache_core::private::invalidate(Self::__all())
    }
    #[inline]
    pub fn stats() -> ::cache_core::private::Stats {
        ::cache_core::private::stats(Self::__site(), ::cache_core::private::DEFAULT)
    }
    #[inline]
    pub fn __target(
        artist_id: ::cache_core::private::Option<&i64>,
    ) -> ::cache_core::private::Target {
        ::cache_core::private::target(
            Self::__site(),
            ::cache_core::private::DEFAULT,
            &[
                match artist_id {
                    ::cache_core::private::Some(known) => {
                        ::cache_core::private::segment(
                            ::cache_core::private::Part(known).key(),
                        )
                    }
                    ::cache_core::private::None => ::cache_core::private::Segment::Any,
                },
            ],
        )
    }
    #[inline]
    pub fn __rest<'__given>(
        fill: impl ::cache_core::private::FnOnce(
            &mut (::cache_core::private::Option<&'__given i64>,),
        ),
    ) -> ::cache_core::private::Target {
        let mut given = (::cache_core::private::None,);
        fill(&mut given);
        Self::__target(given.0)
    }
    #[inline]
    pub fn __all() -> ::cache_core::private::Target {
        ::cache_core::private::target(
            Self::__site(),
            ::cache_core::private::DEFAULT,
            &[::cache_core::private::Segment::Any],
        )
    }
    pub fn __site() -> &'static ::cache_core::private::Site {
        static SITE: ::cache_core::private::Site = ::cache_core::private::Site::new(::cache_core::private::SiteInfo {
            function: "get_artist",
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
            template: "artist:{artist_id}",
            texts: &["artist:", ""],
            skipped: &["db"],
            explicit: true,
            single_flight: true,
            ttl: "5m",
            self_params: false,
            open_end: false,
            tier: ::cache_core::private::Tier::Auto,
            stays: "",
            version: 0u32,
            cache: "",
            describe: ::cache_core::private::Some(|| {
                ::cache_core::private::described!(
                    Result < Option < Artist >, sqlx::Error >;
                    ::cache_core::private::KindProbe:: < i64 > ::new().kind()
                )
            }),
        });
        ::cache_core::private::submit! {
            ::cache_core::private::Linked(& SITE)
        }
        &SITE
    }
}
