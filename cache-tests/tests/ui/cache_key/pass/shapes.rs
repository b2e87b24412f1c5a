//! Structs and enums of every shape.

use std::marker::PhantomData;

use cache_core::{key, CacheKey, Weigh};

#[derive(CacheKey, Weigh)]
struct Unit;

#[derive(CacheKey, Weigh)]
struct Empty {}

#[derive(CacheKey, Weigh)]
struct Newtype(i64);

#[derive(CacheKey, Weigh)]
struct Named {
    r#type: u8,
    name: String,
}

#[derive(CacheKey, Weigh)]
struct Tuple(u8, Option<String>);

#[derive(CacheKey)]
struct Borrowed<'a, T: ?Sized>(&'a T, &'a str);

#[derive(CacheKey, Weigh)]
struct Generic<T, S: Clone = u8, const N: usize = 2>
where
    T: Default,
{
    values: [T; N],
    more: S,
}

#[derive(CacheKey)]
struct Marked<T>(u8, PhantomData<T>);

#[derive(CacheKey, Weigh)]
enum Mixed<T> {
    Unit,
    Tuple(u8, T),
    One(T),
    Named { a: u8, b: T },
    r#Raw,
    Recursive(Box<Mixed<T>>),
}

#[derive(CacheKey, Weigh)]
enum Never {}

macro_rules! made {
    ($name:ident { $($field:ident: $ty:ty),* }) => {
        #[derive(CacheKey, Weigh)]
        struct $name { $($field: $ty),* }
    };
}
made!(Made { sink: u8, field0: String });

fn never(never: &Never) -> String {
    key!("{}", never)
}

fn main() {
    assert_eq!(key!("{}", Unit), "()");
    assert_eq!(key!("{}", Empty {}), "()");
    assert_eq!(key!("{}", Newtype(5)), "5");
    assert_eq!(key!("{}", Named { r#type: 1, name: "a:b".to_owned() }), "(1,a%3Ab)");
    assert_eq!(key!("{}", Tuple(1, None)), "(1,~)");
    assert_eq!(key!("{}", Borrowed("a", "b")), "(a,b)");
    assert_eq!(key!("{}", Generic { values: [1, 2], more: 3u8 }), "((1,2),3)");
    assert_eq!(key!("{}", Mixed::<u8>::Unit), "Unit");
    assert_eq!(key!("{}", Mixed::Tuple(1, 2)), "Tuple(1,2)");
    assert_eq!(key!("{}", Mixed::One(1)), "One(1)");
    assert_eq!(key!("{}", Mixed::Named { a: 1, b: 2 }), "Named(1,2)");
    assert_eq!(key!("{}", Mixed::<u8>::Raw), "Raw");
    assert_eq!(key!("{}", Mixed::Recursive(Box::new(Mixed::One(1)))), "Recursive(One(1))");
    assert_eq!(key!("{}", Made { sink: 1, field0: String::new() }).len(), "(1,%)".len().max(5));
    let _ = (never, Marked::<u8>(1, PhantomData).0);
    assert!(Named { r#type: 1, name: "abc".to_owned() }.heap_bytes() >= 3);
    assert_eq!(Mixed::Tuple(1, 2).heap_bytes(), 0);
}
