//! Wherever a function can stand.

use cache_core::{cached, invalidates};

pub mod repository {
    use cache_core::cached;

    #[cached]
    pub fn public(id: i64) -> i64 {
        id
    }

    #[cached]
    pub(crate) fn crate_wide(id: i64) -> i64 {
        id
    }

    pub mod inner {
        use cache_core::cached;

        #[cached]
        pub(super) fn parental(id: i64) -> i64 {
            id
        }

        #[cached]
        pub(in crate::repository) fn in_path(id: i64) -> i64 {
            id
        }
    }

    pub fn all() -> i64 {
        let _ = (inner::parental::invalidate(1), inner::in_path::key(1));
        inner::parental(1) + inner::in_path(1)
    }
}

use repository::crate_wide as renamed;

macro_rules! getter {
    ($name:ident, $id:ident, $value:ty, $ttl:expr, $prefix:literal, $($body:tt)*) => {
        #[cached(ttl = $ttl, key_prefix = $prefix)]
        fn $name($id: $value) -> $value {
            $($body)*
        }
    };
    ($value:ty) => {
        #[cached(key = "all_by_macro:{first}:{second}")]
        async fn all_by_macro(first: $value, second: &str) -> usize {
            let miss = second.len();
            let value = first as usize;
            miss + value
        }

        #[invalidates(all_by_macro(first, ..), key = "all_by_macro:{first}:x")]
        fn invalidated_by_macro(first: $value) -> $value {
            first
        }
    };
}

getter!(by_macro, id, i64, "5m", "macro", id + 1);
getter!(u8);

#[cached]
fn r#match(r#type: i64) -> i64 {
    r#type
}

// Names that generated code uses, too.
#[cached]
async fn miss(miss: i64, value: i64, fence: i64, outcome: i64, cache: i64, known: i64, given: i64) -> i64 {
    miss + value + fence + outcome + cache + known + given
}

#[invalidates(miss(outcome, fence, _, all, ..))]
async fn writes(outcome: i64, fence: i64, all: i64, early: i64) -> i64 {
    outcome + fence + all + early
}

#[cached]
fn recursive(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        recursive(n - 1) + recursive(n - 2)
    }
}

trait Service {
    fn serve(&self, id: i64) -> i64;
}

struct Implementation;

impl Service for Implementation {
    fn serve(&self, id: i64) -> i64 {
        #[cached]
        fn nested(id: i64) -> i64 {
            id
        }
        let _ = nested::invalidate(id);
        nested(id)
    }
}

const _: () = {
    #[cached]
    #[allow(dead_code)]
    fn in_a_constant(id: i64) -> i64 {
        id
    }
};

fn main() {
    #[cached]
    fn in_a_function(id: i64) -> i64 {
        #[cached]
        fn in_a_cached_one(id: i64) -> i64 {
            id
        }
        in_a_cached_one(id)
    }
    let closure = || {
        #[cached]
        fn in_a_closure(id: i64) -> i64 {
            id
        }
        in_a_closure(1) + in_a_closure::peek(1).unwrap_or_default()
    };
    assert_eq!(closure(), 2);
    assert_eq!(in_a_function(5), 5);
    assert_eq!(in_a_function::key(5), "in_a_function:5");
    assert_eq!(repository::all(), 2);
    assert_eq!(repository::public(1), 1);
    assert_eq!(renamed(5), 5);
    assert_eq!(renamed::key(5), "crate_wide:5");
    assert_eq!(by_macro(5), 6);
    assert_eq!(by_macro::key(5), "macro:5");
    assert_eq!(r#match(5), 5);
    assert_eq!(r#match::key(5), "match:5");
    assert_eq!(recursive(30), 832_040);
    assert_eq!(Implementation.serve(5), 5);
    assert_eq!(invalidated_by_macro(5), 5);
    let _ = (all_by_macro(1, "x"), miss(1, 2, 3, 4, 5, 6, 7), writes(1, 2, 3, 4), miss::put(1, 2, 3, 4, 5, 6, 7, 8));
}
