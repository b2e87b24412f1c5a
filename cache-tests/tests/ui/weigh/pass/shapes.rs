//! Every shape that can say what it weighs.
#![deny(warnings)]

use cache_core::Weigh;

#[derive(Weigh)]
struct Unit;

#[derive(Weigh)]
struct Tuple(String, Vec<Option<Box<str>>>);

#[derive(Weigh)]
struct Generic<'a, T: 'a, const N: usize>
where
    T: Clone,
{
    rows: [T; N],
    borrowed: &'a str,
}

#[derive(Weigh)]
enum Either {
    Nothing,
    One(String),
    Two { first: String, second: u8 },
}

mod renamed {
    pub use cache_core as caching;
}

#[derive(Weigh)]
#[weigh(crate = renamed::caching)]
struct Renamed {
    text: String,
}

fn main() {
    let text = "0123456789".to_owned();
    assert_eq!(Unit.heap_bytes() + Either::Nothing.heap_bytes(), 0);
    assert!(Tuple(text.clone(), vec![None]).heap_bytes() > text.len());
    assert!(Generic { rows: [text.clone()], borrowed: "" }.heap_bytes() >= text.len());
    assert!(Either::One(text.clone()).heap_bytes() >= text.len());
    assert!(Either::Two { first: text.clone(), second: 0 }.heap_bytes() >= text.len());
    assert!(Renamed { text: text.clone() }.heap_bytes() >= text.len());
}
