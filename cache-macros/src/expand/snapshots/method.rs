impl Repository {
    /// One artist.
    ///
    /// Cached 5 min under `artist:{artist_id}`; not in the key: `self`.
    pub async fn get_artist(
        &self,
        artist_id: i64,
    ) -> Result<Option<Artist>, sqlx::Error> {
        let miss = match ::cache_core::private::find_by_shape(
            Self::__get_artist_site(),
            Self::__get_artist_shape(),
            &(&artist_id,),
            ::cache_core::private::DEFAULT,
            &::cache_core::private::after(300u64, 0u32),
        ) {
            ::cache_core::private::Found::Hit(value) => return value,
            ::cache_core::private::Found::Miss(miss) => miss,
        };
        ::cache_core::private::load(miss, Self::__get_artist_uncached(self, artist_id))
            .await
    }
    #[doc(hidden)]
    #[allow(
        unreachable_pub,
        clippy::too_many_arguments,
        clippy::type_complexity,
        clippy::fn_params_excessive_bools,
        clippy::must_use_candidate
    )]
    pub async fn __get_artist_uncached(
        &self,
        artist_id: i64,
    ) -> Result<Option<Artist>, sqlx::Error> {
        fetch(&self.db, artist_id).await
    }
    #[doc(hidden)]
    #[allow(dead_code, unreachable_pub)]
    pub fn __get_artist_site() -> &'static ::cache_core::private::Site {
        ::cache_core::private::site! {
            ::core::line!(), "get_artist" "artist:{artist_id}"["artist:", ""] ["self"]
            "5m" Auto { explicit : true, } []
        }
        &SITE
    }
    #[doc(hidden)]
    #[allow(dead_code, unreachable_pub)]
    #[inline]
    pub fn __get_artist_shape() -> impl ::cache_core::private::Shaped<
        Full = Result<Option<Artist>, sqlx::Error>,
    > + 'static {
        let shape = ::cache_core::private::probed!(
            Result < Option < Artist >, sqlx::Error >
        )
            .shape();
        if false {
            ::cache_core::private::assert_value(shape);
        }
        ::cache_core::private::Checked(shape).shape()
    }
    #[doc(hidden)]
    #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
    #[inline]
    pub fn get_artist_cache<'__given>() -> ::cache_core::private::Method<
        (),
        (i64,),
        (i64,),
        (::cache_core::private::Option<&'__given i64>,),
        Result<Option<Artist>, sqlx::Error>,
        (&'__given Self, i64),
        impl ::cache_core::private::Run<
            (&'__given Self, i64),
            Answer = impl ::cache_core::private::Future<
                Output = Result<Option<Artist>, sqlx::Error>,
            >,
        >,
        impl ::cache_core::private::Run<
            (&'__given Self, i64),
            Answer = impl ::cache_core::private::Future<
                Output = Result<Option<Artist>, sqlx::Error>,
            >,
        >,
    > {
        use ::cache_core::private as __runtime;
        __runtime::Method::new(
            __runtime::Calls {
                peek: |(artist_id,): (i64,)| {
                    __runtime::peek_later(
                        Self::__get_artist_site(),
                        Self::__get_artist_shape(),
                        &(&artist_id,),
                        ::cache_core::private::DEFAULT,
                    )
                },
                put: |(artist_id,): (i64,), value: Result<Option<Artist>, sqlx::Error>| {
                    __runtime::put_later(
                        Self::__get_artist_site(),
                        Self::__get_artist_shape(),
                        &(&artist_id,),
                        ::cache_core::private::DEFAULT,
                        __runtime::after(300u64, 0u32),
                        value,
                    )
                },
                store: |
                    entry: __runtime::Target,
                    value: Result<Option<Artist>, sqlx::Error>|
                {
                    __runtime::store_later(
                        Self::__get_artist_site(),
                        Self::__get_artist_shape(),
                        entry,
                        __runtime::after(300u64, 0u32),
                        value,
                    )
                },
                one: |(artist_id,): (i64,)| {
                    let artist_id = __runtime::Some(&artist_id);
                    __runtime::named(
                        Self::__get_artist_site(),
                        ::cache_core::private::DEFAULT,
                        [::cache_core::private::maybe(artist_id)],
                    )
                },
                some: |(artist_id,): (__runtime::Option<&'__given i64>,)| __runtime::named(
                    Self::__get_artist_site(),
                    ::cache_core::private::DEFAULT,
                    [::cache_core::private::maybe(artist_id)],
                ),
                all: |(): ()| __runtime::named(
                    Self::__get_artist_site(),
                    ::cache_core::private::DEFAULT,
                    [__runtime::Segment::Any],
                ),
                stats: |(): ()| __runtime::stats(
                    Self::__get_artist_site(),
                    ::cache_core::private::DEFAULT,
                ),
            },
            |(this, artist_id): (&'__given Self, i64)| {
                __runtime::lazily(move || {
                    let miss = __runtime::refresh(
                        Self::__get_artist_site(),
                        Self::__get_artist_shape(),
                        &(&artist_id,),
                        ::cache_core::private::DEFAULT,
                    );
                    __runtime::load(
                        miss.around(__runtime::after(300u64, 0u32)),
                        Self::__get_artist_uncached(this, artist_id),
                    )
                })
            },
            |(this, artist_id): (&'__given Self, i64)| Self::__get_artist_uncached(
                this,
                artist_id,
            ),
        )
    }
}
