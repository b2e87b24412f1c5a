::cache_core::private::function! {
    [#[doc = r" One artist."] #[doc = ""] #[doc =
    " Cached 5 min under `artist:{artist_id}`; not in the key: `db`."] pub] get_artist[db
    : & SqlitePool, artist_id : i64] [Result < Option < Artist >, sqlx::Error >]
    get_artist(db, artist_id)
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
    ::cache_core::private::companion! {
        [pub] [Result < Option < Artist >, sqlx::Error >]
        [::cache_core::private::DEFAULT] peek put refresh key invalidate[artist_id[i64]
        [& artist_id] [& i64]] [] [::cache_core::private::maybe(artist_id)] [db : &
        SqlitePool, artist_id : i64] Call { ::cache_core::private::calling:: < Self, _,
        _, _, _ > ((::cache_core::private::ByValue(artist_id),), move |
        (::cache_core::private::ByValue(artist_id),) | Self::uncached(db, artist_id)) }
    }
}
#[allow(clippy::all, clippy::pedantic)]
impl ::cache_core::private::Told<Result<Option<Artist>, sqlx::Error>> for get_artist {
    #[inline]
    fn returned<__X: ::cache_core::private::Known<Result<Option<Artist>, sqlx::Error>>>() -> __X {
        ::cache_core::private::site! {
            ::core::line!(), "get_artist" "artist:{artist_id}"["artist:", ""] ["db"] "5m"
            Auto { explicit : true, kinds : & [::cache_core::private::kind:: < i64 >],
            describe : ::cache_core::private::Some(::cache_core::private::described:: <
            get_artist, _ >), } []
        }
        let found = ::cache_core::private::probed!(
            Result < Option < Artist >, sqlx::Error >
        );
        ::cache_core::private::returned(
            found,
            ::cache_core::private::after(300u64, 0u32),
            &SITE,
        )
    }
}
