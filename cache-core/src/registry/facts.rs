//! What is known of a function's types: before its first call if its signature says it, after that in any case.

use std::any::{TypeId, type_name};
use std::marker::PhantomData;

use super::SiteInfo;
use super::template::{Template, Unknown, plain_template};
use crate::call::Shaped;
use crate::key::{CacheKey, Segments};

/// Whether a key's segment prints as a number only, and its type's name; none where that is not known.
pub type Kind = Option<(bool, &'static str)>;

/// What is known of a function's values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueFacts {
    id: TypeId,
    name: &'static str,
    /// They can go through a shared tier.
    pub(crate) portable: bool,
    /// What they hold on the heap is known. False only where a call has found that it is not.
    weighed: bool,
}

impl ValueFacts {
    pub(crate) fn of<T: 'static>(portable: bool, weighed: bool) -> Self {
        Self { id: TypeId::of::<T>(), name: type_name::<T>(), portable, weighed }
    }
}

/// The types of a function.
#[derive(Debug, Clone)]
pub struct Described {
    value: ValueFacts,
    kinds: Vec<Kind>,
}

impl Described {
    /// From the shape of the return type, and what a probe found of each segment's.
    #[must_use]
    pub fn new<S: Shaped>(shape: S, kinds: &[Kind]) -> Self {
        Self::before_a_call(shape.shape().facts(), kinds.to_vec())
    }

    /// Whether a value's heap is known is for a call to find.
    pub(crate) fn before_a_call(value: ValueFacts, kinds: Vec<Kind>) -> Self {
        Self { value: ValueFacts { weighed: true, ..value }, kinds }
    }

    /// Of a call.
    pub(crate) fn of_call(value: ValueFacts, kinds: Vec<Kind>) -> Self {
        Self { value, kinds }
    }
}

/// The kinds of a call's segments.
pub(crate) fn kinds<K: Segments>() -> Vec<Kind> {
    known(K::kinds())
}

fn known(kinds: Vec<(bool, &'static str)>) -> Vec<Kind> {
    kinds.into_iter().map(Some).collect()
}

/// Asks what kind of segment a type makes.
#[derive(Debug, Default)]
pub struct KindProbe<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: ?Sized> KindProbe<T> {
    /// About `T`.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: CacheKey + ?Sized> KindProbe<T> {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        kind::<T>()
    }
}

/// What kind of segment a key makes.
#[must_use]
pub fn kind<T: CacheKey + ?Sized>() -> Kind {
    Some((T::NUMBER, type_name::<T>()))
}

/// The answer of every type that is no key, which is an error elsewhere.
pub trait KindUnknown {
    /// What it is.
    fn kind(&self) -> Kind {
        None
    }
}

impl<T: ?Sized> KindUnknown for KindProbe<T> {}

/// A function's names and types, as far as they are known.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The literal text around the segments, without those for the type parameters of `Self`.
    texts: Vec<String>,
    /// None where the type parameters of `Self` decide it.
    template: Option<Template>,
    types: Option<Described>,
}

/// How two functions stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// No name is both's.
    Apart,
    /// Both said that they share: the same explicit key, key types and value type.
    Share,
    /// Some names are, and nobody said so.
    Conflict,
    /// Types that are not known yet decide it.
    Open,
}

impl Facts {
    pub(crate) fn new(info: &SiteInfo, types: Option<Described>) -> Self {
        let undecided = info.self_params && types.is_none();
        let (texts, kinds) = plain_template(info.texts, types.as_ref().map_or(&[][..], |types| &types.kinds));
        let template = (!undecided).then(|| Template::new(&texts, &kinds, info.open_end));
        Self { texts, template, types: types.map(|types| Described { kinds, ..types }) }
    }

    pub(crate) fn head(&self) -> Option<&str> {
        self.template.as_ref()?.head()
    }

    /// The name of the value's type, if it is known that it cannot go through a shared tier.
    pub(crate) fn immovable(&self) -> Option<&'static str> {
        self.types.as_ref().map(|types| types.value).filter(|value| !value.portable).map(|value| value.name)
    }

    /// The name of the value's type, if a call has found that its heap is not known.
    pub(crate) fn unweighed(&self) -> Option<&'static str> {
        self.types.as_ref().map(|types| types.value).filter(|value| !value.weighed).map(|value| value.name)
    }

    /// Whether what a description said is what a call has found.
    pub(super) fn agrees_with(&self, described: &Self) -> bool {
        let (Some(found), Some(said)) = (&self.types, &described.types) else { return true };
        let same = |(found, said): (&Kind, &Kind)| said.is_none() || found == said;
        found.value.id == said.value.id
            && found.kinds.len() == said.kinds.len()
            && found.kinds.iter().zip(&said.kinds).all(same)
    }

    pub(crate) fn meeting(&self, info: &SiteInfo, other: &Self, other_info: &SiteInfo) -> Meeting {
        let (Some(template), Some(other_template)) = (&self.template, &other.template) else { return Meeting::Open };
        let meet = |unknown| template.meets(other_template, unknown);
        if !meet(Unknown::Anything) {
            return Meeting::Apart;
        }
        if !(info.explicit && other_info.explicit && self.texts == other.texts) {
            return if meet(Unknown::Numbers) { Meeting::Conflict } else { Meeting::Open };
        }
        match (&self.types, &other.types) {
            (Some(a), Some(b)) => a.sharing(b),
            _ => Meeting::Open,
        }
    }
}

impl Described {
    /// Of two functions with the same explicit key.
    fn sharing(&self, other: &Self) -> Meeting {
        let same = |a: &Kind, b: &Kind| Some(plain(a.as_ref()?.1) == plain(b.as_ref()?.1));
        let kinds: Vec<_> = self.kinds.iter().zip(&other.kinds).map(|(a, b)| same(a, b)).collect();
        if self.value.id != other.value.id || kinds.contains(&Some(false)) {
            Meeting::Conflict
        } else if kinds.contains(&None) {
            Meeting::Open
        } else {
            Meeting::Share
        }
    }
}

/// `&str`, `str` and `String` make the same keys.
fn plain(name: &str) -> &str {
    match name.trim_start_matches('&') {
        "alloc::string::String" => "str",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::info;
    use super::*;

    const NUMBER: Kind = Some((true, "i64"));
    const TEXT: Kind = Some((false, "&str"));

    fn meeting(
        (a, a_kinds): (&'static [&'static str], Option<&[Kind]>),
        (b, b_kinds): (&'static [&'static str], Option<&[Kind]>),
        explicit: bool,
    ) -> Meeting {
        let types = |kinds: Option<&[Kind]>| {
            kinds.map(|kinds| Described { value: ValueFacts::of::<u8>(true, true), kinds: kinds.to_vec() })
        };
        let (a, b) = (info(a, explicit), info(b, true));
        let (a_facts, b_facts) = (Facts::new(&a, types(a_kinds)), Facts::new(&b, types(b_kinds)));
        let there = a_facts.meeting(&a, &b_facts, &b);
        assert_eq!(there, b_facts.meeting(&b, &a_facts, &a), "it is the same from both sides");
        there
    }

    #[test]
    fn names_that_can_coincide_are_found() {
        let by_id: (&'static [&'static str], Option<&[Kind]>) = (&["album:", ""], Some(&[NUMBER]));
        let against = |texts, kinds: &[Kind]| meeting(by_id, (texts, Some(kinds)), true);
        assert_eq!(against(&["album:", ""], &[TEXT]), Meeting::Conflict);
        assert_eq!(against(&["album:7"], &[]), Meeting::Conflict);
        assert_eq!(against(&["album:recent"], &[]), Meeting::Apart);
        assert_eq!(against(&["album:", ":photos"], &[NUMBER]), Meeting::Apart);
        assert_eq!(against(&["albums:", ""], &[NUMBER]), Meeting::Apart);
        let under: (&'static [&'static str], Option<&[Kind]>) = (&["workstations_", ""], Some(&[NUMBER]));
        assert_eq!(meeting(under, (&["workstations_list"], Some(&[])), true), Meeting::Apart);
        assert_eq!(meeting(under, (&["workstations_", "_x"], Some(&[TEXT])), true), Meeting::Conflict);
        let suffixed: (&'static [&'static str], Option<&[Kind]>) = (&["a_", "_x"], Some(&[TEXT]));
        assert_eq!(meeting(suffixed, (&["a_", "_y"], Some(&[TEXT])), true), Meeting::Apart);
    }

    #[test]
    fn sharing_has_to_be_said_by_both() {
        let user: (&'static [&'static str], Option<&[Kind]>) = (&["user:", ""], Some(&[NUMBER]));
        assert_eq!(meeting(user, user, true), Meeting::Share);
        assert_eq!(meeting(user, user, false), Meeting::Conflict);
        assert_eq!(meeting(user, (user.0, Some(&[Some((true, "u32"))])), true), Meeting::Conflict);
    }

    #[test]
    fn what_is_not_known_is_no_conflict_unless_it_makes_no_difference() {
        let user: (&'static [&'static str], Option<&[Kind]>) = (&["user:", ""], Some(&[NUMBER]));
        assert_eq!(meeting(user, (user.0, None), true), Meeting::Open);
        assert_eq!(meeting(user, (user.0, Some(&[None])), true), Meeting::Open);
        assert_eq!(meeting((user.0, None), user, false), Meeting::Conflict, "it is nobody's explicit key");
        assert_eq!(meeting((user.0, None), (&["user:7"], None), true), Meeting::Conflict, "whatever prints, 7 may");
        assert_eq!(meeting((user.0, None), (&["user:me"], None), true), Meeting::Open, "a number does not print this");
        assert_eq!(meeting((user.0, None), (&["users:", ""], None), true), Meeting::Apart);
    }
}
