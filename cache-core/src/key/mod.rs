//! Keys: what identifies an entry, in memory and by name.
//!
//! One visitor, four sinks: a [`CacheKey`] walks over its parts, and the sink that it is given hashes them, writes
//! them down, compares them with what was written, or prints them. A look-up only hashes and compares, so arguments
//! stay borrowed; bytes and name are made when an entry is stored.

mod argument;
mod bytes;
mod glob;
mod hash;
mod impls;
mod name;
mod platform;
mod print;
mod segments;
mod text;

pub(crate) use argument::params_of;
pub use argument::{
    Handle, HandleProbe, IsKey, NoKey, NotKey, NotKeyFallback, Part, SelfParams, TypeSegment, Verbatim, assert_handle,
    assert_key, hash, lower, self_params, type_segment, verbatim,
};
pub(crate) use bytes::{KeyBytes, is_key, key_bytes, replay};
pub(crate) use glob::Glob;
pub(crate) use hash::HashSink;
pub(crate) use name::{Names, digest, render, shorten};
pub use print::rendered;
pub(crate) use print::segment_text;
pub use segments::{ByValue, Kept, KeptSegment, OfSegments, Open, Segments};
pub(crate) use text::Name;

/// A type that can be part of a cache key.
///
/// Implemented for integers, `bool`, `char`, strings, paths, `Option`, tuples, arrays, slices, `Vec`, ordered maps and
/// sets, smart pointers, references, durations, network addresses, and by `#[derive(CacheKey)]` for your own types.
///
/// There is none for floats (`NaN != NaN`, and `0.1 + 0.2` is not `0.3`: turn the number into a scaled integer first)
/// and for unordered maps and sets (equal maps would print differently: use `BTreeMap`, or sort into a `Vec`).
///
/// An implementation has to be faithful: two values are equal exactly if they visit a sink alike, and what a
/// [`scalar`](Sink::scalar) prints is as distinct as its bytes.
///
/// ```
/// use cache_core::{CacheKey, Sink};
///
/// struct Celsius(f64);
///
/// impl CacheKey for Celsius {
///     fn visit<S: Sink>(&self, sink: &mut S) {
///         sink.signed((self.0 * 100.0).round() as i64);
///     }
/// }
///
/// assert_eq!(cache_core::key!("weather:{}", Celsius(21.5)), "weather:2150");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "not a `CacheKey`",
    note = "to make it part of the key: `#[derive(CacheKey)]` on the type",
    note = "to use a part of it: `key(session.user_id, ...)` names the expressions that make the key",
    note = "if it does not change the answer: `skip(argument)` leaves it out",
    note = "floats have no exact equality: use a scaled integer; `HashMap` and `HashSet` have no order: use `BTreeMap`, `BTreeSet` or a sorted `Vec`"
)]
pub trait CacheKey {
    /// Whether it prints as a decimal number and nothing else.
    #[doc(hidden)]
    const NUMBER: bool = false;

    /// Walks over the parts of the key, in a fixed order.
    fn visit<S: Sink>(&self, sink: &mut S);
}

/// What a [`CacheKey`] is shown to: it hashes, stores, compares or prints.
pub trait Sink {
    /// An unsigned number.
    fn unsigned(&mut self, value: u64);
    /// A signed number.
    fn signed(&mut self, value: i64);
    /// A text. Its special characters are escaped in the printed name.
    fn text(&mut self, value: &str);
    /// Any other indivisible value: `bytes` identify it, `print` is its printed form.
    fn scalar(&mut self, bytes: &[u8], print: &dyn std::fmt::Display);
    /// An absent value (`None`), printed `~`.
    fn absent(&mut self);
    /// Announces a present value (`Some`), which follows.
    fn present(&mut self);
    /// The name of an enum's variant, before its fields.
    fn variant(&mut self, name: &'static str);
    /// Begins a composite value, printed `(a,b)`.
    fn open(&mut self);
    /// Stands between two parts of a composite value.
    fn next(&mut self);
    /// Ends a composite value.
    fn close(&mut self);
    /// A part of a name as its owner wrote it, as many segments as it likes.
    #[doc(hidden)]
    fn verbatim(&mut self, text: &str) {
        self.text(text);
    }
    /// The type parameters of a method's `Self`: a segment of their own.
    #[doc(hidden)]
    fn type_params(&mut self, params: &str) {
        self.text(params);
    }
    /// Begins the next key segment.
    #[doc(hidden)]
    fn segment(&mut self) {}
}
