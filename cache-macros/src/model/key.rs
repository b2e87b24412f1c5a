use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{GenericParam, ItemFn, Type};

use super::generics::names_in;
use super::{Arg, Host, Role, Segment, Value, mentions};
use crate::attr::cached::CachedArgs;
use crate::attr::key::KeyArg;
use crate::attr::template::Template;
use crate::errors::{Errors, did_you_mean};

/// What makes a function's key: literal texts, and the segments between them.
pub(crate) struct Key {
    /// One more than there are segments.
    pub(crate) texts: Vec<String>,
    pub(crate) segments: Vec<Segment>,
    /// As documentation shows it: `artist:{artist_id}`.
    pub(crate) template: String,
    /// The name was chosen by `key_prefix` or a template, so that functions may share entries by it.
    pub(crate) explicit: bool,
    /// `key = "…"` or `key(…)` says which arguments are in the key.
    pub(crate) spelled: bool,
    /// Its last segment stands for as many as it likes.
    pub(crate) open_end: bool,
    /// The key as written is an error itself.
    pub(crate) broken: bool,
}

impl Key {
    pub(super) fn new(
        options: &CachedArgs,
        item: &ItemFn,
        host: Option<&Host>,
        args: &[Arg],
        output: &Type,
        errors: &mut Errors,
    ) -> Self {
        let name = item.sig.ident.unraw().to_string();
        let name = match host.and_then(|host| host.name.as_ref()) {
            Some(of) => format!("{of}.{name}"),
            None => name,
        };
        let prefix = options.key_prefix.as_ref().map_or(name, |prefix| prefix.value());
        let sound = errors.count();
        let (mut texts, values, type_place) = match &options.key {
            Some(KeyArg::Template(template)) => {
                let (texts, values) = templated(template, args, errors);
                let place = texts.iter().enumerate().find_map(|(index, text)| Some((index, text.find(':')?)));
                (texts, values, place)
            }
            Some(KeyArg::Segments(_, segments)) => {
                let values = segments.iter().map(|segment| Value::expression(segment, args)).collect();
                joined(prefix, values)
            }
            None if options.key_with.is_some() => {
                let values = options.key_with.iter().map(|given| Value::built(given, args)).collect();
                joined(prefix, values)
            }
            None => {
                let values = args
                    .iter()
                    .enumerate()
                    .filter(|(_, arg)| arg.role == Role::Key)
                    .map(|(index, arg)| Value::argument(index, arg))
                    .collect();
                joined(prefix, values)
            }
        };
        let mut segments: Vec<_> = values.into_iter().map(|value| Segment::Value(Box::new(value))).collect();
        insert_types(
            &mut texts,
            &mut segments,
            type_place,
            type_segments(item, args, &segments_args_of(options, args), output),
        );
        if host.is_some_and(|host| host.generic) {
            insert_self(&mut texts, &mut segments, type_place);
        }
        Key {
            template: display(&texts, &segments),
            texts,
            segments,
            explicit: options.key_prefix.is_some() || matches!(options.key, Some(KeyArg::Template(_))),
            spelled: options.key.is_some() || options.key_with.is_some(),
            open_end: options.key_with.is_some(),
            broken: errors.count() > sound
                || matches!(&options.key, Some(KeyArg::Segments(_, segments)) if segments.is_empty()),
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Value(value) => Some(&**value),
            Segment::Type(_) | Segment::Const(_) | Segment::SelfParams => None,
        })
    }

    /// Whether the argument is part of the key.
    pub(crate) fn mentions(&self, arg: usize) -> bool {
        self.values().any(|value| value.args.contains(&arg))
    }

    /// Whether the argument, or this part of one, is mentioned by its name.
    pub(crate) fn names(&self, name: &Ident) -> bool {
        self.values().any(|value| mentions(&value.expr, name))
    }

    /// Type and const parameters that are segments.
    pub(crate) fn params(&self) -> impl Iterator<Item = &Ident> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Type(name) | Segment::Const(name) => Some(name),
            Segment::Value(_) | Segment::SelfParams => None,
        })
    }
}

type Place = Option<(usize, usize)>;

/// `prefix:{…}:{…}`, and the place behind the prefix.
fn joined(prefix: String, values: Vec<Value>) -> (Vec<String>, Vec<Value>, Place) {
    let place = Some((0, prefix.len()));
    let mut texts = vec![":".to_owned(); values.len() + 1];
    if let Some(last) = texts.last_mut() {
        last.clear();
    }
    texts[0] = prefix;
    if !values.is_empty() {
        texts[0].push(':');
    }
    (texts, values, place)
}

fn templated(template: &Template, args: &[Arg], errors: &mut Errors) -> (Vec<String>, Vec<Value>) {
    let mut values = Vec::new();
    for placeholder in &template.placeholders {
        match (Value::placeholder(placeholder, args), &placeholder.path) {
            (Some(value), _) => values.push(value),
            (None, None) => errors.at(placeholder.span, "`{}` names no argument: write `{artist_id}`"),
            (None, Some((name, _))) => {
                let name = name.to_string();
                let known: Vec<_> = args.iter().flat_map(|arg| &arg.names).map(ToString::to_string).collect();
                let hint = match did_you_mean(&name, known.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean `{{{meant}}}`?"),
                    None => format!("the function's arguments are {}", listed(&known)),
                };
                errors.at(placeholder.span, format!("`{{{}}}` names no argument: {hint}", placeholder.text));
            }
        }
    }
    let texts = if values.len() == template.placeholders.len() {
        template.texts.clone()
    } else {
        vec![String::new(); values.len() + 1]
    };
    (texts, values)
}

/// `` `a`, `b` ``
pub(crate) fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Which arguments are in the key, by the options alone.
fn segments_args_of(options: &CachedArgs, args: &[Arg]) -> BTreeSet<usize> {
    let all = 0..args.len();
    match &options.key {
        None => all.filter(|index| args[*index].role == Role::Key).collect(),
        Some(_) => {
            all.filter(|index| !matches!(args[*index].role, Role::Handle | Role::NamedHandle | Role::Skipped)).collect()
        }
    }
}

/// Type and const parameters that tell entries apart: all but those that only occur in arguments left out.
fn type_segments(item: &ItemFn, args: &[Arg], keyed: &BTreeSet<usize>, output: &Type) -> Vec<Segment> {
    if item.sig.generics.params.is_empty() {
        return Vec::new();
    }
    let mut seen = names_in(&output.to_token_stream());
    let mut left_out = BTreeSet::new();
    for (index, arg) in args.iter().enumerate() {
        let names = names_in(&arg.ty.to_token_stream());
        if keyed.contains(&index) {
            seen.extend(names);
        } else {
            left_out.extend(names);
        }
    }
    let tells_apart = |name: &Ident| {
        let name = name.to_string();
        seen.contains(&name) || !left_out.contains(&name)
    };
    let params = item.sig.generics.params.iter();
    params
        .filter_map(|param| match param {
            GenericParam::Type(param) if tells_apart(&param.ident) => Some(Segment::Type(param.ident.clone())),
            GenericParam::Const(param) if tells_apart(&param.ident) => Some(Segment::Const(param.ident.clone())),
            _ => None,
        })
        .collect()
}

fn insert_types(texts: &mut Vec<String>, segments: &mut Vec<Segment>, place: Place, types: Vec<Segment>) {
    if types.is_empty() {
        return;
    }
    let (index, at) = place.unwrap_or_else(|| {
        let last = texts.len() - 1;
        (last, texts[last].len())
    });
    let after = texts[index].split_off(at);
    let count = types.len();
    segments.splice(index..index, types);
    texts[index].push(':');
    let between = std::iter::repeat_n(":".to_owned(), count - 1).chain([after]);
    texts.splice(index + 1..index + 1, between);
}

/// The type parameters of `Self`, which print nothing where there are none, right behind the prefix.
fn insert_self(texts: &mut Vec<String>, segments: &mut Vec<Segment>, place: Place) {
    let (index, at) = place.unwrap_or_else(|| {
        let last = texts.len() - 1;
        (last, texts[last].len())
    });
    let after = texts[index].split_off(at);
    texts.insert(index + 1, after);
    segments.insert(index, Segment::SelfParams);
}

fn display(texts: &[String], segments: &[Segment]) -> String {
    let mut template = texts[0].clone();
    for (segment, text) in segments.iter().zip(&texts[1..]) {
        let label = match segment {
            Segment::Type(name) | Segment::Const(name) => name.to_string(),
            Segment::Value(value) => value.label.clone(),
            Segment::SelfParams => {
                template.push_str(text);
                continue;
            }
        };
        template.push_str(&format!("{{{label}}}{text}"));
    }
    template
}
