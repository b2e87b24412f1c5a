//! What stands beside a decorated function and differs from that of another by little: the attribute tells what differs, and
//! the rest is written here. To write the whole of it, token by token, takes the attribute longer than it takes the compiler.

/// A function's one static, `SITE`.
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    (
        $line:expr, $function:literal $template:literal [$($texts:tt)*] [$($skipped:tt)*] $ttl:literal $tier:ident
        $([$($described:tt)*])? {$($more:tt)*} [$($freshness:tt)*]
    ) => {
        static SITE: $crate::private::Site = $crate::private::Site::new($crate::private::SiteInfo {
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: $line,
            function: $function,
            template: $template,
            texts: &[$($texts)*],
            skipped: &[$($skipped)*],
            ttl: $ttl,
            tier: $crate::private::Tier::$tier,
            // No closure: that is more to compile.
            $(describe: $crate::private::Some({
                fn describe() -> $crate::private::Described {
                    $($described)*
                }
                describe
            }),)?
            $($more)*
            ..$crate::private::SiteInfo::PLAIN
        })$($freshness)*;
        $crate::private::submit! { $crate::private::Linked(&SITE) }
    };
}

/// A function whose call is no more than its arguments, as its callers see it: its `refresh`, told to look up. It is no `async fn`,
/// which would be half as much again to compile; its documentation shows it as the one that it was.
#[doc(hidden)]
#[macro_export]
macro_rules! __function {
    (
        [$($before:tt)*] $name:ident [$($declared:tt)*] [$($output:tt)*] $companion:ident $all:tt
    ) => {
        #[cfg(not(doc))]
        $($before)* fn $name($($declared)*) -> impl $crate::private::Future<Output = $($output)*> {
            $crate::private::Call::looking_up($companion::refresh $all)
        }
        #[cfg(doc)]
        $($before)* async fn $name($($declared)*) -> $($output)* {
            $companion::uncached $all.await
        }
    };
}

/// The functions of the companion of a function that is known by its return type alone, as the items of its `impl`. Beside
/// them there have to be `uncached`, and what it is told by ([`Told`](crate::private::Told)).
#[doc(hidden)]
#[macro_export]
macro_rules! __companion {
    (
        [$($vis:tt)*] [$($output:tt)*] [$($cache:tt)*]
        $peek:ident $put:ident $refresh:ident $key:ident $invalidate:ident
        // Those of the key: their types, what a call gives of them, and that one's type.
        [$($param:ident [$($type:tt)*] [$($given:tt)*] [$($target:tt)*])*] [$($converted:tt)*]
        [$($segments:tt)*]
        // All of them, as they are declared, and what refreshes with them.
        [$($declared:tt)*] $future:ident {$($refreshed:tt)*}
    ) => {
        #[inline]
        $($vis)* fn $peek($($param: $($type)*),*) -> $crate::private::Later<$crate::private::Option<$($output)*>> {
            $($converted)*
            $crate::private::peek_told::<Self, _>(Self::__target($($crate::private::Some($($given)*)),*))
        }
        $($vis)* fn $put<__V, __M>($($param: $($type)*,)* value: __V) -> $crate::private::Put<$($output)*>
        where
            $($output)*: $crate::private::Layers<__V, __M>,
        {
            $($converted)*
            $crate::private::put_told::<Self, _, _, _>(Self::__target($($crate::private::Some($($given)*)),*), value)
        }
        #[inline]
        $($vis)* fn $refresh($($declared)*) -> impl $crate::private::$future<Output = $($output)*> {
            $($refreshed)*
        }
        #[inline]
        $($vis)* fn $key($($param: $($type)*),*) -> $crate::private::String {
            $($converted)*
            $crate::private::key_named(Self::__target($($crate::private::Some($($given)*)),*))
        }
        #[inline]
        $($vis)* fn $invalidate($($param: $($type)*),*) -> $crate::private::Later<$crate::private::Removed> {
            $($converted)*
            $crate::private::invalidate_named(Self::__target($($crate::private::Some($($given)*)),*))
        }
        #[inline]
        $($vis)* fn invalidate_all() -> $crate::private::Later<$crate::private::Removed> {
            $crate::private::invalidate_named($crate::private::all_told::<Self, _>($($cache)*))
        }
        #[inline]
        $($vis)* fn stats() -> $crate::private::Stats {
            $crate::private::stats_told::<Self, _>($($cache)*)
        }
        #[inline]
        $($vis)* fn __target($($param: $crate::private::Option<$($target)*>),*) -> $crate::private::Named {
            $crate::private::named_told::<Self, _, _>($($cache)*, [$($segments)*])
        }
    };
}
