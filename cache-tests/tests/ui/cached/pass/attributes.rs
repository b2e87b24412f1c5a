//! The user's attributes.
#![deny(warnings)]

use cache_core::cached;

/// Not here.
#[cached]
#[cfg(any())]
fn absent(id: Nowhere) -> Nowhere {
    id
}

#[cfg(any())]
#[cached]
fn absent_above(id: Nowhere) -> Nowhere {
    id
}

#[cached]
#[cfg(all())]
fn present(id: i64) -> i64 {
    id
}

#[cached]
#[cfg_attr(all(), allow(unused_variables))]
#[cfg_attr(any(), nowhere)]
fn conditional(id: i64) -> i64 {
    5
}

#[cached]
#[deprecated = "for a test"]
fn deprecated(id: i64) -> i64 {
    id
}

#[cached]
#[inline(never)]
#[must_use = "it says something"]
#[doc(alias = "something")]
fn attributed(#[allow(unused_variables)] id: i64) -> i64 {
    5
}

#[cached]
fn inner(id: i64) -> i64 {
    #![allow(unused_variables)]
    let unused = 5;
    5
}

#[cached]
#[allow(clippy::too_many_arguments)]
fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
    a + b + c + d + e + f + g + h
}

fn main() {
    #[allow(deprecated)]
    let five = deprecated(5);
    assert_eq!(present(5) + conditional(1) + attributed(1) + inner(1), five * 4);
    assert_eq!(many(1, 1, 1, 1, 1, 1, 1, 1), 8);
}
