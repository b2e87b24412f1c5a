//! What stands for the shared tier where the feature `shared` is off: nothing that could be made.

// Fields and variants have readers only where there is a tier.
#![allow(dead_code)]

use std::convert::Infallible;
use std::future::Ready;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::Encoding;
use crate::cache::{Cache, Shared};
use crate::clock::Ticks;
use crate::entry::{Lived, Trust};
use crate::flight::Flight;
use crate::key::Names;

/// A value's way into a shared tier. There is none.
#[derive(Debug)]
pub struct Codec<T>(Infallible, PhantomData<fn() -> T>);

impl<T> Clone for Codec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Codec<T> {}

impl<T> Codec<T> {
    pub(crate) fn same(&self, _: &T, _: &T) -> Option<bool> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Form<T> {
    pub(crate) codec: Codec<T>,
    pub(crate) encoding: Encoding,
    pub(crate) version: u32,
    pub(crate) plain: bool,
}

impl<T> Clone for Form<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Form<T> {}

pub(crate) type Place = u64;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp(Infallible);

#[derive(Debug)]
pub(crate) struct Owed(Infallible);

impl Owed {
    pub(crate) fn release(self) -> Place {
        match self.0 {}
    }
}

pub(crate) enum Loaded<T> {
    Value(T, Lived, Vec<String>),
    Count(T),
    Absent(u8, Lived, Vec<String>),
    Missing(Stamp),
    Away,
}

pub(crate) struct Fetch(Infallible);

pub(crate) struct Useless(Infallible);

pub(crate) struct Claim(Infallible);

pub(crate) enum Claimed {
    Held(Claim),
    Landed,
    Waited,
    Unknown,
}

pub(crate) struct Expired {
    pub(crate) was_fresh: bool,
    pub(crate) done: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Remote(Infallible);

impl Remote {
    pub(crate) fn until(&self) -> Ticks {
        match self.0 {}
    }

    pub(crate) fn trust(&self) -> Option<&Arc<Trust>> {
        match self.0 {}
    }

    pub(crate) fn listen(&self, _: &Cache) {
        match self.0 {}
    }

    pub(crate) fn fetch_first(&self, _: &str) -> Option<(Ready<Fetch>, Ticks)> {
        match self.0 {}
    }

    pub(crate) fn judge_at_once<T>(&self, _: &str, _: Form<T>, _: Fetch) -> Result<Loaded<T>, Useless> {
        match self.0 {}
    }

    pub(crate) async fn replace<T>(&self, _: &str, _: Useless, _: Ticks) -> Loaded<T> {
        match self.0 {}
    }

    pub(crate) async fn load<T>(&self, _: &str, _: Form<T>, _: Ticks) -> Loaded<T> {
        match self.0 {}
    }

    pub(crate) async fn load_many<T>(&self, _: &[String], _: Form<T>, _: Ticks) -> Vec<Loaded<T>> {
        match self.0 {}
    }

    pub(crate) async fn load_each<T>(&self, _: &[String], _: Form<T>, _: Ticks) -> Vec<Loaded<T>> {
        match self.0 {}
    }

    pub(crate) async fn expire(&self, _: &str) -> Expired {
        match self.0 {}
    }

    pub(crate) fn is_paced(&self, _: &str) -> bool {
        match self.0 {}
    }

    pub(crate) fn pace(&self, _: &str, _: Duration) {
        match self.0 {}
    }

    pub(crate) async fn show<T>(&self, _: &str, _: Form<T>, _: Ticks) -> Option<Loaded<T>> {
        match self.0 {}
    }

    pub(crate) async fn renew(&self, _: &str, _: Ticks) -> Option<Stamp> {
        match self.0 {}
    }

    pub(crate) async fn outdate<T>(&self, _: &str, _: Ticks) -> Loaded<T> {
        match self.0 {}
    }

    pub(crate) async fn claim(&self, _: &str, _: Option<Stamp>, _: &Arc<Flight>, _: Ticks) -> Claimed {
        match self.0 {}
    }

    pub(crate) fn seal<T>(&self, _: &str, _: Form<T>, _: Result<&T, u8>, _: &Lived) -> Option<Vec<u8>> {
        match self.0 {}
    }

    pub(crate) async fn put(&self, _: &str, _: &[u8], _: Option<Duration>, _: Stamp, _: &[String], _: Ticks) -> bool {
        match self.0 {}
    }

    pub(crate) fn owe_value<T>(&self, _: &str, _: Form<T>, _: &T, _: &Lived, _: Vec<String>) -> Owed {
        match self.0 {}
    }

    pub(crate) fn owe_removal(&self, _: Names) -> Owed {
        match self.0 {}
    }

    pub(crate) async fn settle(&self, _: Place) -> Shared {
        match self.0 {}
    }

    pub(crate) fn keep(&self) {
        match self.0 {}
    }

    pub(crate) async fn close(&self) {
        match self.0 {}
    }
}
