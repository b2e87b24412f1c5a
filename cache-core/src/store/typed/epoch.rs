//! Who is reading, so that what was removed is freed when nobody can see it any more.
//!
//! Epochs count batches of what was removed. A reader notes the epoch in which it begins; a batch is freed when all who
//! read began in a later one. Reading costs two plain stores: the fence that must stand between a reader's note and its
//! first look is run on its behalf, on all processors at once, by whoever frees ([`barrier`]).
//!
//! Why that is enough. A reader that can still see something removed looked before it was taken out. Either its fence came
//! before the one of who frees: then its note is seen there, and it is of an epoch that has not passed, since an epoch is
//! counted on after things were taken out, and who sees the new count sees that they are gone. Or its fence came later, and
//! it does not find what was gone by then.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;

use super::barrier;
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Those of the process.
pub(super) static EPOCHS: Epochs = Epochs::new();

pub(super) struct Epochs {
    now: AtomicU64,
    readers: OnceLock<&'static Reader>,
}

/// One thread's note. It is not freed with the thread: the next one takes it up.
#[repr(align(128))]
pub(super) struct Reader {
    /// The epoch in which its thread began to read; zero while it does not.
    since: AtomicU64,
    /// How many reads are going on, one within the other. Only its thread looks here.
    depth: AtomicUsize,
    taken: AtomicBool,
    next: OnceLock<&'static Self>,
}

/// While there is one, nothing that its thread finds is freed.
pub(super) struct Reading {
    reader: &'static Reader,
    /// It is this thread's.
    _here: PhantomData<*const ()>,
}

impl Epochs {
    pub(super) const fn new() -> Self {
        Self { now: AtomicU64::new(1), readers: OnceLock::new() }
    }

    /// A note for this thread.
    pub(super) fn register(&self) -> &'static Reader {
        let mut place = &self.readers;
        while let Some(reader) = place.get() {
            if reader.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return reader;
            }
            place = &reader.next;
        }
        let new: &'static Reader = Box::leak(Box::new(Reader {
            since: AtomicU64::new(0),
            depth: AtomicUsize::new(0),
            taken: AtomicBool::new(true),
            next: OnceLock::new(),
        }));
        // Others may append meanwhile.
        while place.set(new).is_err() {
            if let Some(reader) = place.get() {
                place = &reader.next;
            }
        }
        new
    }

    /// Ends an epoch. Call it when what was removed in it is out of everybody's reach.
    pub(super) fn end(&self) -> u64 {
        self.now.fetch_add(1, Ordering::AcqRel)
    }

    /// What was removed in an epoch before this one can be freed.
    pub(super) fn oldest(&self) -> u64 {
        // An epoch that ends after this call is not among them: its readers are not looked at.
        let mut oldest = self.now.load(Ordering::Acquire);
        barrier::heavy();
        let mut place = &self.readers;
        while let Some(reader) = place.get() {
            // Acquire: what a reader did before it left comes before what is freed.
            match reader.since.load(Ordering::Acquire) {
                0 => {}
                since => oldest = oldest.min(since),
            }
            place = &reader.next;
        }
        oldest
    }
}

impl Reader {
    #[inline]
    pub(super) fn enter(&'static self, epochs: &Epochs) -> Reading {
        let depth = self.depth.load(Ordering::Relaxed);
        self.depth.store(depth + 1, Ordering::Relaxed);
        if depth == 0 {
            let now = epochs.now.load(Ordering::Acquire);
            if cfg!(not(cache_mutant = "unnoted_reader")) {
                // Release: who sees this note, and not that the one before was taken back, is past that all the same.
                self.since.store(now, Ordering::Release);
            }
            barrier::light();
        }
        Reading { reader: self, _here: PhantomData }
    }

    pub(super) fn release(&self) {
        self.taken.store(false, Ordering::Release);
    }
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        let depth = self.reader.depth.load(Ordering::Relaxed) - 1;
        self.reader.depth.store(depth, Ordering::Relaxed);
        if depth == 0 {
            self.reader.since.store(0, Ordering::Release);
        }
    }
}

/// This thread's note, given back when the thread ends.
struct Registered(&'static Reader);

impl Drop for Registered {
    fn drop(&mut self) {
        CURRENT.set(None);
        self.0.release();
    }
}

std::thread_local! {
    /// Without a destructor, which is what makes it cheap to read.
    static CURRENT: Cell<Option<&'static Reader>> = const { Cell::new(None) };
    static REGISTERED: Registered = Registered(EPOCHS.register());
}

/// Begins to read. `None` where the thread is ending: its note has been given back.
#[inline]
pub(super) fn read() -> Option<Reading> {
    let reader = match CURRENT.get() {
        Some(reader) => reader,
        None => register()?,
    };
    Some(reader.enter(&EPOCHS))
}

#[cold]
fn register() -> Option<&'static Reader> {
    let reader = REGISTERED.try_with(|registered| registered.0).ok()?;
    CURRENT.set(Some(reader));
    Some(reader)
}

#[cfg(all(test, cache_model))]
mod tests {
    use std::sync::Arc;

    use shuttle::thread;

    use super::*;
    use crate::models::explore;

    #[test]
    fn model_what_a_reader_has_found_is_there_until_it_leaves() {
        explore(|| {
            let epochs: &Epochs = Box::leak(Box::new(Epochs::new()));
            // Where readers find the number of a thing, and which things are gone.
            let place = Arc::new(AtomicUsize::new(0));
            let freed: Arc<[AtomicBool; 3]> = Arc::default();
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    let (place, freed) = (place.clone(), freed.clone());
                    thread::spawn(move || {
                        let reader = epochs.register();
                        for _ in 0..2 {
                            let reading = reader.enter(epochs);
                            let found = place.load(Ordering::Acquire);
                            drop(reader.enter(epochs));
                            assert!(!freed[found].load(Ordering::Relaxed), "freed while somebody reads it");
                            drop(reading);
                        }
                        reader.release();
                    })
                })
                .collect();
            let mut waiting = Vec::new();
            for thing in 0..2 {
                place.store(thing + 1, Ordering::Release);
                waiting.push((epochs.end(), thing));
                let oldest = epochs.oldest();
                waiting.retain(|(epoch, thing)| {
                    freed[*thing].store(*epoch < oldest, Ordering::Relaxed);
                    *epoch >= oldest
                });
            }
            for reader in readers {
                reader.join().unwrap();
            }
            let oldest = epochs.oldest();
            assert!(waiting.iter().all(|(epoch, _)| *epoch < oldest), "nobody reads: everything can be freed");
        });
    }
}
