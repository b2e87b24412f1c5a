//! A cache behind one lock: what a decorated function and its companion have to call, known to them by what the function
//! returns and by nothing else.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

pub use able::{Able, Described, IsKey, Probe, Unable, able, assert_session, described, kind};
pub use inventory::submit;

mod able;

/// A future with a name: of a type that is told in a signature there is less to prove.
pub struct Later<X>(Pin<Box<dyn Future<Output = X> + Send>>);

impl<X> Future for Later<X> {
    type Output = X;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<X> {
        self.0.as_mut().poll(context)
    }
}

type Entries = HashMap<(usize, u64), (Instant, String, usize, Box<dyn Any + Send>)>;

static ENTRIES: LazyLock<Mutex<Entries>> = LazyLock::new(Mutex::default);

fn entries() -> MutexGuard<'static, Entries> {
    ENTRIES.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Site {
    pub place: (&'static str, &'static str, u32),
    pub name: &'static str,
    pub texts: &'static [&'static str],
    pub left_out: &'static [&'static str],
    pub ttl: Duration,
    pub describe: fn() -> Described,
    pub hits: AtomicU64,
}

impl Site {
    pub const fn new(
        place: (&'static str, &'static str, u32),
        name: &'static str,
        texts: &'static [&'static str],
        left_out: &'static [&'static str],
        seconds: u64,
        describe: fn() -> Described,
    ) -> Self {
        Self { place, name, texts, left_out, ttl: Duration::from_secs(seconds), describe, hits: AtomicU64::new(0) }
    }

    fn address(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

pub struct Linked(pub &'static Site);
inventory::collect!(Linked);

/// A part of a key, as it is hashed and as it is printed.
pub struct Segment(Option<(u64, String)>);

pub fn segment<T: Hash + Display + ?Sized>(value: Option<&T>) -> Segment {
    Segment(value.map(|value| {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        (hasher.finish(), value.to_string())
    }))
}

pub struct Named {
    site: &'static Site,
    segments: Vec<Segment>,
}

pub fn named<const N: usize>(site: &'static Site, segments: [Segment; N]) -> Named {
    Named { site, segments: segments.into() }
}

impl Named {
    fn hash(&self) -> (usize, u64) {
        let hashes = self.segments.iter().flat_map(|segment| &segment.0).map(|(hash, _)| hash);
        (self.site.address(), hashes.fold(0, |all, hash| all.rotate_left(5) ^ hash))
    }

    fn put<R: Send + 'static>(&self, able: Able<R>, value: R) {
        let until = Instant::now() + self.site.ttl;
        let weight = able.heap.map_or(0, |heap| heap(&value));
        entries().insert(self.hash(), (until, key(self), weight, Box::new(value)));
    }

    fn get<R: Clone + 'static>(&self) -> Option<R> {
        let entries = entries();
        let (until, _, _, value) = entries.get(&self.hash())?;
        if *until <= Instant::now() { None } else { value.downcast_ref().cloned() }
    }
}

pub fn key(named: &Named) -> String {
    let segments = named.segments.iter().flat_map(|segment| &segment.0).map(|(_, text)| text.as_str());
    [named.site.name].into_iter().chain(segments).collect::<Vec<_>>().join(":")
}

/// A call's arguments, hashed as they are.
pub trait Segments {
    fn hash(&self) -> u64;
    fn named(&self, site: &'static Site) -> Named;
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Hash + Display + ?Sized),*> Segments for ($(&$name,)*) {
            fn hash(&self) -> u64 {
                let mut hasher = DefaultHasher::new();
                Hash::hash(self, &mut hasher);
                hasher.finish()
            }

            #[allow(non_snake_case)]
            fn named(&self, site: &'static Site) -> Named {
                let ($($name,)*) = self;
                named(site, [$(segment(Some(*$name))),*])
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);

pub enum Found<R> {
    Hit(R),
    Miss(Missed<R>),
}

pub struct Missed<R>(Box<dyn Around<R> + Send>);

trait Around<R> {
    fn poll(&mut self, body: &mut dyn Body<R>, context: &mut Context<'_>) -> Poll<R>;
}

fn missed<R: Clone + Send + 'static>(named: Named, able: Able<R>) -> Missed<R> {
    Missed(Box::new(Storing { named, able }))
}

struct Storing<R> {
    named: Named,
    able: Able<R>,
}

impl<R: Clone + Send + 'static> Around<R> for Storing<R> {
    fn poll(&mut self, body: &mut dyn Body<R>, context: &mut Context<'_>) -> Poll<R> {
        let answer = body.poll(context);
        if let Poll::Ready(value) = &answer {
            self.named.put(self.able, value.clone());
            body.clear();
        }
        answer
    }
}

pub fn find<R: Clone + Send + 'static, K: Segments>(site: &'static Site, able: Able<R>, key: &K) -> Found<R> {
    match key.named(site).get() {
        Some(value) => {
            site.hits.fetch_add(key.hash() & 1, Ordering::Relaxed);
            Found::Hit(value)
        }
        None => Found::Miss(missed(key.named(site), able)),
    }
}

trait Body<R> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<R>;
    fn clear(&mut self);
}

impl<F: Future> Body<F::Output> for Option<Pin<Box<F>>> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        match self {
            Some(body) => body.as_mut().poll(context),
            None => panic!("a body is polled after its end"),
        }
    }

    fn clear(&mut self) {
        *self = None;
    }
}

pub struct Loading<R, F> {
    body: Option<Pin<Box<F>>>,
    missed: Missed<R>,
}

impl<R, F> Unpin for Loading<R, F> {}

impl<R, F: Future<Output = R>> Future for Loading<R, F> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let Self { body, missed } = self.get_mut();
        missed.0.poll(body, context)
    }
}

pub fn load<R, F: Future<Output = R>>(missed: Missed<R>, body: F) -> Loading<R, F> {
    Loading { body: Some(Box::pin(body)), missed }
}

pub fn refresh<R: Clone + Send + 'static, F: Future<Output = R>>(
    named: Named,
    able: Able<R>,
    body: F,
) -> Loading<R, F> {
    load(missed(named, able), body)
}

pub fn peek<R: Clone + Send + 'static>(named: Named) -> Later<Option<R>> {
    Later(Box::pin(async move { named.get() }))
}

/// What is inside of a return type's layers, or the whole.
pub trait Layers<V, M> {
    fn layered(value: V) -> Self;
}

pub struct Whole;
pub struct InResult;

impl<V> Layers<V, Whole> for V {
    fn layered(value: V) -> V {
        value
    }
}

impl<V, E> Layers<V, InResult> for Result<V, E> {
    fn layered(value: V) -> Self {
        Ok(value)
    }
}

pub fn put<R: Layers<V, M> + Clone + Send + 'static, V, M>(named: Named, able: Able<R>, value: V) -> Later<()> {
    store(named, able, R::layered(value))
}

pub fn store<R: Clone + Send + 'static>(named: Named, able: Able<R>, value: R) -> Later<()> {
    Later(Box::pin(async move { named.put(able, value) }))
}

/// All of a function's entries.
pub fn all(site: &'static Site) -> Named {
    named(site, [])
}

pub fn invalidate(named: Named) -> Later<bool> {
    Later(Box::pin(async move {
        if !named.segments.is_empty() {
            return entries().remove(&named.hash()).is_some();
        }
        let before = entries().len();
        entries().retain(|(address, _), _| *address != named.site.address());
        entries().len() < before
    }))
}

pub fn stats(site: &'static Site) -> u64 {
    site.hits.load(Ordering::Relaxed)
}
