//! Who waits for whom: a wait that would close a circle is not begun.
//!
//! A load runs inside a poll (or a call) on some thread, so the loads that a caller is part of are a stack on its
//! thread. While it waits for a flight, each of them has an edge to that flight.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::sync::thread_local;

thread_local! {
    static STACK: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

// std's, not the model's: nothing else is locked or called while it is held.
static EDGES: LazyLock<Mutex<HashMap<u64, Vec<u64>>>> = LazyLock::new(Mutex::default);

/// The load's body runs on this thread until this is dropped.
pub(super) struct Running(usize);

impl Running {
    pub(super) fn begin(flight: u64) -> Self {
        Self::begin_all(&[flight])
    }

    /// One body for several loads.
    pub(super) fn begin_all(flights: &[u64]) -> Self {
        STACK.with(|stack| stack.borrow_mut().extend_from_slice(flights));
        Self(flights.len())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        STACK.with(|stack| {
            let mut stack = stack.borrow_mut();
            let below = stack.len() - self.0;
            stack.truncate(below);
        });
    }
}

/// The edges of one wait.
#[derive(Debug, Default)]
pub(super) struct Edges {
    from: Vec<u64>,
    to: u64,
}

impl Edges {
    /// None if `to` waits, directly or through others, for a load that this caller is part of.
    pub(super) fn add(to: u64) -> Option<Self> {
        let from = STACK.with(|stack| stack.borrow().clone());
        if from.is_empty() {
            return Some(Self::default());
        }
        let mut edges = EDGES.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = vec![to];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            if from.contains(&at) {
                return None;
            }
            for &beyond in edges.get(&at).into_iter().flatten() {
                if !seen.contains(&beyond) {
                    seen.push(beyond);
                }
            }
            next += 1;
        }
        for &at in &from {
            edges.entry(at).or_default().push(to);
        }
        Some(Self { from, to })
    }
}

impl Drop for Edges {
    fn drop(&mut self) {
        if self.from.is_empty() {
            return;
        }
        let mut edges = EDGES.lock().unwrap_or_else(PoisonError::into_inner);
        for at in &self.from {
            if let Some(targets) = edges.get_mut(at) {
                if let Some(index) = targets.iter().position(|target| *target == self.to) {
                    targets.swap_remove(index);
                }
                if targets.is_empty() {
                    edges.remove(at);
                }
            }
        }
    }
}
