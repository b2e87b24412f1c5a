/// Cached for `if width > 100 { LONG } else { SHORT }` under `render:{T}:{template.id()}:{tenant}:{width}:{height}`.
fn render<T: Template>(template: T, session: &Session, arg2: (u32, u32)) -> String {
    if false {
        {
            #[allow(unused_variables)]
            let (width, height) = &arg2;
            let tenant: u64 = session.tenant;
            let scoped = {
                ::cache_core::private::assert_key(&template.id());
                ::cache_core::private::assert_key(&tenant);
                ::cache_core::private::assert_key(&width);
                ::cache_core::private::assert_key(&height);
            };
            scoped
        }
    }
    let miss = match {
        #[allow(unused_variables)]
        let (width, height) = &arg2;
        let tenant: u64 = session.tenant;
        let scoped = ::cache_core::private::lookup(
            render::__site(),
            render::__shape(),
            &(
                &::cache_core::private::type_segment::<T>(),
                ::cache_core::private::Part(&template.id()).key(),
                ::cache_core::private::Part(&tenant).key(),
                ::cache_core::private::Part(&width).key(),
                ::cache_core::private::Part(&height).key(),
            ),
            ::cache_core::private::Some((RENDERED).__cache()),
        );
        scoped
    } {
        ::cache_core::private::Lookup::Hit(value) => return value,
        ::cache_core::private::Lookup::Miss(miss) => miss,
    };
    let ttl = {
        #[allow(unused_variables)]
        let (width, height) = &arg2;
        let scoped = ::cache_core::private::Ttl::from(
            if width > 100 { LONG } else { SHORT },
        );
        scoped
    };
    miss.load_blocking(ttl, move || render::uncached::<T>(template, session, arg2))
}
#[doc(hidden)]
#[allow(non_camel_case_types, missing_debug_implementations, unreachable_pub, dead_code)]
struct render {}
impl render {
    #[doc(hidden)]
    #[allow(
        unreachable_pub,
        clippy::too_many_arguments,
        clippy::type_complexity,
        clippy::fn_params_excessive_bools,
        clippy::must_use_candidate
    )]
    fn uncached<T: Template>(
        mut template: T,
        session: &Session,
        (width, height): (u32, u32),
    ) -> String {
        let _ = &width;
        template.render(width, height)
    }
}
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
impl render {
    #[inline]
    fn peek<T: Template>(
        template: T,
        tenant: u64,
        arg2: (u32, u32),
    ) -> ::cache_core::private::Option<String> {
        ::cache_core::private::peek_named_blocking(
            render::__shape(),
            Self::__target::<
                T,
            >(
                ::cache_core::private::Some(&template),
                ::cache_core::private::Some(&tenant),
                ::cache_core::private::Some(&arg2),
            ),
        )
    }
    fn put<T: Template, __V, __M>(
        template: T,
        tenant: u64,
        arg2: (u32, u32),
        value: __V,
    ) -> ::cache_core::private::Stored
    where
        String: ::cache_core::private::Layers<__V, __M>,
    {
        let ttl = {
            #[allow(unused_variables)]
            let (width, height) = &arg2;
            let scoped = ::cache_core::private::Ttl::from(
                if width > 100 { LONG } else { SHORT },
            );
            scoped
        };
        ::cache_core::private::put_named_blocking(
            render::__shape(),
            Self::__target::<
                T,
            >(
                ::cache_core::private::Some(&template),
                ::cache_core::private::Some(&tenant),
                ::cache_core::private::Some(&arg2),
            ),
            ttl,
            value,
        )
    }
    #[inline]
    fn refresh<T: Template>(template: T, session: &Session, arg2: (u32, u32)) -> String {
        let named = {
            #[allow(unused_variables)]
            let (width, height) = &arg2;
            let tenant: u64 = session.tenant;
            let scoped = Self::__target::<
                T,
            >(
                ::cache_core::private::Some(&template),
                ::cache_core::private::Some(&tenant),
                ::cache_core::private::Some(&arg2),
            );
            scoped
        };
        let ttl = {
            #[allow(unused_variables)]
            let (width, height) = &arg2;
            let scoped = ::cache_core::private::Ttl::from(
                if width > 100 { LONG } else { SHORT },
            );
            scoped
        };
        ::cache_core::private::refresh_named_blocking(
            render::__shape(),
            named,
            ttl,
            move || Self::uncached::<T>(template, session, arg2),
        )
    }
    #[inline]
    fn __store(
        entry: ::cache_core::private::Target,
        value: String,
    ) -> ::cache_core::private::Stored {
        {
            let _ = value;
            ::cache_core::private::give_up(entry)
        }
    }
    #[inline]
    fn key<T: Template>(
        template: T,
        tenant: u64,
        arg2: (u32, u32),
    ) -> ::cache_core::private::String {
        ::cache_core::private::key_named(
            Self::__target::<
                T,
            >(
                ::cache_core::private::Some(&template),
                ::cache_core::private::Some(&tenant),
                ::cache_core::private::Some(&arg2),
            ),
        )
    }
    #[inline]
    fn invalidate<T: Template>(
        template: T,
        tenant: u64,
        arg2: (u32, u32),
    ) -> ::cache_core::private::Removed {
        ::cache_core::private::invalidate_named_blocking(
            Self::__target::<
                T,
            >(
                ::cache_core::private::Some(&template),
                ::cache_core::private::Some(&tenant),
                ::cache_core::private::Some(&arg2),
            ),
        )
    }
    #[inline]
    fn invalidate_all() -> ::cache_core::private::Removed {
        ::cache_core::private::invalidate_named_blocking(Self::__all())
    }
    #[inline]
    fn stats() -> ::cache_core::private::Stats {
        ::cache_core::private::stats(
            Self::__site(),
            ::cache_core::private::Some((RENDERED).__cache()),
        )
    }
    #[inline]
    fn __target<T: Template>(
        template: ::cache_core::private::Option<&T>,
        tenant: ::cache_core::private::Option<&u64>,
        arg2: ::cache_core::private::Option<&(u32, u32)>,
    ) -> ::cache_core::private::Named {
        ::cache_core::private::named(
            Self::__site(),
            ::cache_core::private::Some((RENDERED).__cache()),
            [
                ::cache_core::private::segment(
                    &::cache_core::private::type_segment::<T>(),
                ),
                match (template,) {
                    (::cache_core::private::Some(template),) => {
                        ::cache_core::private::segment(
                            ::cache_core::private::Part(&template.id()).key(),
                        )
                    }
                    _ => ::cache_core::private::Segment::Any,
                },
                ::cache_core::private::Maybe(tenant).segment(),
                match (arg2,) {
                    (::cache_core::private::Some(arg2),) => {
                        #[allow(unused_variables)]
                        let (width, height) = &arg2;
                        let scoped = ::cache_core::private::segment(
                            ::cache_core::private::Part(&width).key(),
                        );
                        scoped
                    }
                    _ => ::cache_core::private::Segment::Any,
                },
                match (arg2,) {
                    (::cache_core::private::Some(arg2),) => {
                        #[allow(unused_variables)]
                        let (width, height) = &arg2;
                        let scoped = ::cache_core::private::segment(
                            ::cache_core::private::Part(&height).key(),
                        );
                        scoped
                    }
                    _ => ::cache_core::private::Segment::Any,
                },
            ],
        )
    }
    #[inline]
    fn __all() -> ::cache_core::private::Named {
        ::cache_core::private::all_named(
            Self::__site(),
            ::cache_core::private::Some((RENDERED).__cache()),
        )
    }
    fn __site() -> &'static ::cache_core::private::Site {
        ::cache_core::private::site! {
            ::core::line!(), "render"
            "render:{T}:{template.id()}:{tenant}:{width}:{height}"["render:", ":", ":",
            ":", ":", ""] [] "if width > 100 { LONG } else { SHORT }" Local { cache :
            "RENDERED", } []
        }
        &SITE
    }
    #[inline]
    fn __shape() -> impl ::cache_core::private::Shaped<Full = String> {
        let shape = ::cache_core::private::local_probed!(String).shape();
        if false {
            ::cache_core::private::assert_value(shape);
        }
        ::cache_core::private::Checked(shape).shape()
    }
}
