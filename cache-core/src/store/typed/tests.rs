//! The map under threads that change it and make it grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::*;
use crate::clock::NEVER;
use crate::entry::{About, Entry, Lifetime, TypedKey, ValueType};
use crate::key::{HashSink, key_bytes};
use crate::registry::Function;

const THREADS: u64 = 8;
const KEYS: u64 = 400;
const CHANGES: u64 = 2_000;

fn query<'a, K: Segments>(state: &foldhash::fast::RandomState, key: &'a K) -> Query<'a, K> {
    let mut sink = HashSink::new(state, 1);
    key.visit_segments(&mut sink);
    Query { hash: sink.finish(), template: 1, key }
}

/// Each thread has keys of its own, so whatever it does to one of them is done when it returns.
#[test]
fn what_a_thread_has_removed_is_gone_while_others_make_the_map_grow() {
    let state = foldhash::fast::RandomState::default();
    let function = Function::manual();
    let wrong = AtomicUsize::new(0);
    for _ in 0..20 {
        let typed = Typed::new(2);
        let live: Vec<Vec<Option<Stored>>> = std::thread::scope(|scope| {
            let threads = (0..THREADS).map(|thread| {
                let (typed, function, wrong, state) = (&typed, &function, &wrong, &state);
                scope.spawn(move || {
                    let mut random = thread + 1;
                    let mut live: Vec<Option<Stored>> = vec![None; KEYS as usize];
                    for _ in 0..CHANGES {
                        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        let own = (random >> 33) % KEYS;
                        let id = thread * KEYS + own;
                        let key = (&id,);
                        let query = query(state, &key);
                        let place = &mut live[own as usize];
                        match place.take() {
                            Some(entry) => typed.remove(query.hash, &entry, drop),
                            None => {
                                let name = id.to_string();
                                let bound = TypedKey { hash: query.hash, template: 1, bytes: key_bytes(&key) };
                                let lifetime = Lifetime::plain(0, NEVER);
                                let entry = Entry::of(
                                    own,
                                    0,
                                    About { name: &name, typed: Some(bound), function: function.clone(), lifetime },
                                );
                                typed.insert(query.hash, entry.clone());
                                *place = Some(entry);
                            }
                        }
                        // What is there may be overlooked while others move it.
                        let stale =
                            place.is_none() && typed.read(&query, ValueType::of::<u64>(), |_| Some(())).is_some();
                        wrong.fetch_add(usize::from(stale), Relaxed);
                    }
                    live
                })
            });
            threads.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (id, entry) in live.iter().flatten().enumerate() {
            let id = id as u64;
            let found = typed.read(&query(&state, &(&id,)), ValueType::of::<u64>(), |found| Some(found.clone()));
            assert_eq!(found.is_some(), entry.is_some(), "key {id}");
        }
    }
    assert_eq!(wrong.into_inner(), 0);
}

fn entry(function: &Arc<Function>, id: u64, hash: u64) -> Stored {
    let bound = TypedKey { hash, template: 1, bytes: key_bytes(&(&id,)) };
    let (name, lifetime) = (&*id.to_string(), Lifetime::plain(0, NEVER));
    Entry::of(id, 0, About { name, typed: Some(bound), function: function.clone(), lifetime })
}

/// All in one row, longer than the distances that are noted, and round the end of the table.
#[test]
fn entries_of_one_hash_are_found_until_they_are_removed_and_no_longer() {
    let function = Function::manual();
    let count = 2 * u64::from(u8::MAX);
    for hash in [0, u64::MAX] {
        let typed = Typed::new(1);
        let entries: Vec<_> = (0..count).map(|id| entry(&function, id, hash)).collect();
        for entry in &entries {
            typed.insert(hash, entry.clone());
        }
        let mut gone = vec![false; entries.len()];
        // In an order that leaves holes everywhere.
        for step in 0..count {
            let id = step * 389 % count;
            typed.remove(hash, &entries[id as usize], drop);
            gone[id as usize] = true;
            for probe in (0..count).step_by(97).chain([id]) {
                let key = (&probe,);
                let found =
                    typed.read(&Query { hash, template: 1, key: &key }, ValueType::of::<u64>(), |_| Some(())).is_some();
                assert_eq!(found, !gone[probe as usize], "{probe} after {step} removals");
            }
        }
    }
}

#[test]
fn what_was_removed_is_given_back_a_few_at_a_time() {
    let function = Function::manual();
    let typed = Typed::new(1);
    let (mut given, mut most) = (0, 0);
    for id in 0..10_000 {
        let entry = entry(&function, id, id);
        typed.insert(id, entry.clone());
        let mut freed = Vec::new();
        typed.remove(id, &entry, |entry| freed.push(entry));
        given += freed.len();
        most = most.max(freed.len());
    }
    assert_eq!(most, 2, "no call has to drop many");
    assert!(given > 9_000, "{given} were given back");
}
