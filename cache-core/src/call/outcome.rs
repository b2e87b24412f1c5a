//! What a decorated function returns, seen by type: the value that is stored, inside its `Result` and `Option` layers.

use std::marker::PhantomData;

/// A value that can be stored: `Clone + Send + Sync + 'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    note = "a cached value is `Clone + Send + Sync + 'static`: derive `Clone`, return owned data, or wrap it in an `Arc`"
)]
pub trait CacheValue: Clone + Send + Sync + 'static {}

impl<T: Clone + Send + Sync + 'static> CacheValue for T {}

/// How the stored type `T` stands in the return type: as it is, or inside layers.
pub trait Wrap<T> {
    /// The return type.
    type Full;

    /// Puts a value back into its layers.
    fn wrap(value: T) -> Self::Full;
    /// Takes the layers off.
    fn unwrap(full: Self::Full) -> Outcome<T, Self::Full>;
    /// Looks through the layers.
    fn value<'a>(full: &'a Self::Full) -> Option<&'a T>
    where
        Self: 'a;
    /// The return value that is `None` at this depth.
    fn absent(depth: u8) -> Option<Self::Full>;
}

/// One answer of the body.
#[derive(Debug)]
pub enum Outcome<T, R> {
    /// Stored.
    Value(T),
    /// A `None`, inside so many other `Option`s.
    Absent(u8, R),
    /// An `Err`.
    Failed(R),
}

/// What is stored, as an answer that no layers are around yet: it can be sent wherever the value can.
pub(crate) enum Given<T> {
    /// A value.
    Value(T),
    /// The `None` at this depth.
    Absent(u8),
}

impl<T> Given<T> {
    /// As the function returns it. None where it has no such `None`.
    pub(super) fn full<W: Wrap<T>>(self) -> Option<W::Full> {
        match self {
            Self::Value(value) => Some(W::wrap(value)),
            Self::Absent(depth) => W::absent(depth),
        }
    }
}

/// No layers left.
#[derive(Debug)]
pub struct Bare;
/// Inside a `Result`.
#[derive(Debug)]
pub struct InResult<W, E>(PhantomData<fn() -> (W, E)>);
/// Inside an `Option`.
#[derive(Debug)]
pub struct InOption<W>(PhantomData<fn() -> W>);

impl<T> Wrap<T> for Bare {
    type Full = T;

    fn wrap(value: T) -> T {
        value
    }

    fn unwrap(full: T) -> Outcome<T, T> {
        Outcome::Value(full)
    }

    fn value<'a>(full: &'a T) -> Option<&'a T>
    where
        Self: 'a,
    {
        Some(full)
    }

    fn absent(_: u8) -> Option<T> {
        None
    }
}

impl<T, E, W: Wrap<Result<T, E>>> Wrap<T> for InResult<W, E> {
    type Full = W::Full;

    fn wrap(value: T) -> W::Full {
        W::wrap(Ok(value))
    }

    fn unwrap(full: W::Full) -> Outcome<T, W::Full> {
        match W::unwrap(full) {
            Outcome::Value(Ok(value)) => Outcome::Value(value),
            Outcome::Value(Err(error)) => Outcome::Failed(W::wrap(Err(error))),
            Outcome::Absent(depth, full) => Outcome::Absent(depth, full),
            Outcome::Failed(full) => Outcome::Failed(full),
        }
    }

    fn value<'a>(full: &'a W::Full) -> Option<&'a T>
    where
        Self: 'a,
    {
        W::value(full)?.as_ref().ok()
    }

    fn absent(depth: u8) -> Option<W::Full> {
        W::absent(depth)
    }
}

impl<W> InOption<W> {
    /// How many `Option`s stand around this one, read off the outer wrappers.
    fn depth<T>() -> u8
    where
        W: Wrap<Option<T>>,
    {
        (0..u8::MAX).take_while(|depth| W::absent(*depth).is_some()).count() as u8
    }
}

impl<T, W: Wrap<Option<T>>> Wrap<T> for InOption<W> {
    type Full = W::Full;

    fn wrap(value: T) -> W::Full {
        W::wrap(Some(value))
    }

    fn unwrap(full: W::Full) -> Outcome<T, W::Full> {
        match W::unwrap(full) {
            Outcome::Value(Some(value)) => Outcome::Value(value),
            Outcome::Value(None) => Outcome::Absent(Self::depth(), W::wrap(None)),
            Outcome::Absent(depth, full) => Outcome::Absent(depth, full),
            Outcome::Failed(full) => Outcome::Failed(full),
        }
    }

    fn value<'a>(full: &'a W::Full) -> Option<&'a T>
    where
        Self: 'a,
    {
        W::value(full)?.as_ref()
    }

    fn absent(depth: u8) -> Option<W::Full> {
        let own = Self::depth();
        if depth < own { W::absent(depth) } else { (depth == own).then(|| W::wrap(None)) }
    }
}

/// `Self` holds a `V` inside zero or more layers; `M` says which and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{V}` is no answer of a cached function that returns `{Self}`",
    label = "this function returns `{Self}`",
    note = "give it what it returns, or what is inside its `Result` and `Option`"
)]
pub trait Layers<V, M> {
    /// Puts the layers around.
    fn layered(value: V) -> Self;
}

impl<V> Layers<V, Bare> for V {
    fn layered(value: V) -> V {
        value
    }
}

#[diagnostic::do_not_recommend]
impl<V, M, T: Layers<V, M>, E> Layers<V, InResult<M, E>> for Result<T, E> {
    fn layered(value: V) -> Self {
        Ok(T::layered(value))
    }
}

#[diagnostic::do_not_recommend]
impl<V, M, T: Layers<V, M>> Layers<V, InOption<M>> for Option<T> {
    fn layered(value: V) -> Self {
        Some(T::layered(value))
    }
}
