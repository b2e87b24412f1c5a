pub async fn rename(&self, artist_id: i64, name: &str) -> Result<Artist, Error> {
    let mut fence = ::cache_core::private::Invalidating::new();
    fence.add(get_artist::__target(::cache_core::private::Some(&(artist_id))));
    fence
        .add(
            ::cache_core::private::rest(
                list_artists::__target,
                |all| {
                    let _ = &all.1;
                },
            ),
        );
    if false {
        ::cache_core::private::assert_key(&artist_id);
    }
    let part2_0 = ::cache_core::private::rendered(
        &["", ""],
        &(::cache_core::private::Part(&artist_id).key(),),
    );
    fence
        .add(
            ::cache_core::private::pattern_target(
                ::cache_core::private::DEFAULT,
                ["artist:", &part2_0, ":photos:", "*", ""].concat(),
            ),
        );
    if false {
        ::cache_core::private::assert_key(&::cache_core::private::lower(&name));
    }
    fence
        .add(
            ::cache_core::private::pattern_target(
                ::cache_core::private::DEFAULT,
                ::cache_core::private::rendered(
                    &["search:*:", ""],
                    &(
                        ::cache_core::private::Part(&::cache_core::private::lower(&name))
                            .key(),
                    ),
                ),
            ),
        );
    let outcome: Result<Artist, Error> = async move {
        if let ::cache_core::private::Some(early) = ::cache_core::private::None::<
            Result<Artist, Error>,
        > {
            return early;
        }
        self.update(artist_id, name).await
    }
        .await;
    if match ::cache_core::private::success(
        &::cache_core::private::layers!(Result < Artist, Error >),
        &outcome,
    ) {
        ::cache_core::private::Some(result) => {
            fence
                .replace(
                    1usize,
                    match (&(result.letter),) {
                        (given1,) => {
                            ::cache_core::private::rest(
                                list_artists::__target,
                                |all| {
                                    all.1 = ::cache_core::private::Some(given1);
                                },
                            )
                        }
                    },
                );
            if false {
                ::cache_core::private::assert_key(&result.photo);
            }
            fence
                .replace(
                    2usize,
                    ::cache_core::private::key_target(
                        ::cache_core::private::DEFAULT,
                        [
                            "artist:",
                            &part2_0,
                            ":photos:",
                            &::cache_core::private::rendered(
                                &["", ""],
                                &(::cache_core::private::Part(&result.photo).key(),),
                            ),
                            "",
                        ]
                            .concat(),
                    ),
                );
            true
        }
        ::cache_core::private::None => false,
    } {
        fence.apply().await;
    } else {
        fence.disarm();
    }
    outcome
}
