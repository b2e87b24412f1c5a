//! Messages as they are written and read.

use cache_core::Change;
use proptest::prelude::*;

use super::*;

#[test]
fn messages_are_bounded_and_hold_everything() {
    let reaches: Vec<Reach> =
        (0..2_000).map(|n| Change::remove(format!("{n}:\"\u{1}{}", "é".repeat(40))).reach()).collect();
    let message = |reaches| Message { origin: Origin(7), reaches, sweep: None, landed: Vec::new() };
    let messages = messages(&message(reaches.clone()));
    assert!(messages.len() > 1 && messages.iter().all(|message| message.len() <= LONGEST));
    let texts: Vec<String> =
        messages.iter().flat_map(|message| serde_json::from_str::<Vec<String>>(message).unwrap()).collect();
    assert_eq!(texts, reaches.iter().map(Reach::to_text).collect::<Vec<_>>());
    let large = Change::remove("x".repeat(LONGEST)).reach();
    assert_eq!(super::messages(&message(vec![large])), [r#"["*"]"#]);
    let landed = Message { landed: vec!["a".to_owned()], ..message(Vec::new()) };
    assert_eq!(super::messages(&landed), [r#"["!a"]"#]);
    // What is being swept is said in each of them, whatever it is.
    let sweeping = |reaches| Message { sweep: Some((Sweep(7), Swept::NotYet)), ..message(reaches) };
    assert_eq!(super::messages(&sweeping(vec![Change::remove("x".repeat(LONGEST)).reach()])), [r#"["/+7","*"]"#]);
    assert!(super::messages(&sweeping(reaches)).iter().all(|message| message.starts_with(r#"["/+7","#)));
    let swept = Message { sweep: Some((Sweep(7), Swept::Done)), ..message(Vec::new()) };
    assert_eq!(super::messages(&swept), [r#"["/-7"]"#]);
}

#[test]
fn ids_are_compared_as_numbers() {
    assert!(comes_after("10-0", "9-5") && comes_after("9-10", "9-9") && comes_after("1-1", ""));
    assert!(!comes_after("9-9", "9-9") && !comes_after("", "1-1"));
}

fn entry(fields: impl IntoIterator<Item = (String, Value)>) -> StreamId {
    StreamId { id: "1-1".to_owned(), map: fields.into_iter().collect(), ..StreamId::default() }
}

fn written(origin: u64, changes: &[u8]) -> StreamId {
    let text = |bytes: &[u8]| Value::BulkString(bytes.to_vec());
    entry([
        ("before".to_owned(), text(b"")),
        ("origin".to_owned(), text(origin.to_string().as_bytes())),
        ("changes".to_owned(), text(changes)),
    ])
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..80).prop_map(Value::BulkString),
        2 => ".{0,40}".prop_map(|text| Value::BulkString(text.into_bytes())),
        1 => any::<i64>().prop_map(Value::Int),
        1 => ".{0,40}".prop_map(Value::SimpleString),
        1 => any::<f64>().prop_map(Value::Double),
        1 => any::<bool>().prop_map(Value::Boolean),
        1 => Just(Value::Nil),
        1 => Just(Value::Okay),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::Array))
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![Just("origin".to_owned()), Just("changes".to_owned()), Just("before".to_owned()), ".{0,8}"]
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        Just(Change::remove_all().reach()),
        ".{0,200}".prop_map(|name| Change::remove(name).reach()),
        ".{0,40}".prop_filter_map("no prefix", |prefix| Some(Change::remove_prefix(&prefix).ok()?.reach())),
        ".{0,40}".prop_filter_map("no pattern", |pattern| Some(Change::remove_pattern(&pattern).ok()?.reach())),
        ".{0,40}".prop_filter_map("no tag", |tag| Reach::from_text(&format!("#{tag}"))),
    ]
}

fn texts(message: &Message) -> (Vec<String>, &[String]) {
    (message.reaches.iter().map(Reach::to_text).collect(), &message.landed)
}

proptest! {
    #[test]
    fn any_entry_is_a_message_or_none(fields in prop::collection::vec((field(), value()), 0..6)) {
        if let Some(message) = message(&entry(fields)) {
            let (reaches, _) = texts(&message);
            prop_assert!(reaches.iter().all(|text| Reach::from_text(text).is_some()));
        }
    }

    #[test]
    fn any_bytes_are_changes_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let read = message(&written(1, &bytes));
        prop_assert_eq!(read.is_some(), serde_json::from_slice::<Vec<String>>(&bytes).is_ok_and(|texts| {
            let sweep = |text: &str| [SWEEPING, SWEPT].iter().any(|kind| {
                text.strip_prefix(kind).is_some_and(|id| id.parse::<u64>().is_ok())
            });
            texts.iter().all(|text| text.starts_with(LANDED) || sweep(text) || Reach::from_text(text).is_some())
        }));
    }

    #[test]
    fn what_is_garbled_is_a_message_or_none(
        names in prop::collection::vec(".{0,20}", 1..5), at: prop::sample::Index, bit in 0_u32..8,
    ) {
        let reaches = names.into_iter().map(|name| Change::remove(name).reach()).collect();
        let whole = messages(&Message { origin: Origin(1), reaches, sweep: None, landed: Vec::new() }).remove(0);
        let mut bytes = whole.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Some(message) = message(&written(1, &bytes)) {
            let texts: Vec<String> = serde_json::from_slice(&bytes).unwrap();
            let swept = texts.iter().filter(|text| text.starts_with('/')).count();
            prop_assert_eq!(message.reaches.len() + message.landed.len() + swept, texts.len());
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        origin: u64, reaches in prop::collection::vec(reach(), 0..100), landed in prop::collection::vec(".{0,60}", 0..40),
        sweep: Option<(u64, bool)>,
    ) {
        let sweep = sweep.map(|(id, done)| (Sweep(id), if done { Swept::Done } else { Swept::NotYet }));
        let whole = Message { origin: Origin(origin), reaches, sweep, landed };
        let (mut reaches, mut names) = (Vec::new(), Vec::new());
        for changes in messages(&whole) {
            let read = message(&written(origin, changes.as_bytes())).expect("it is a message");
            prop_assert_eq!((read.origin, read.sweep), (whole.origin, sweep));
            reaches.extend(read.reaches.iter().map(Reach::to_text));
            names.extend(read.landed);
        }
        prop_assert_eq!((reaches, names.as_slice()), texts(&whole));
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_no_message() {
    let long = format!("[\"={}\"]", "x".repeat(LONGEST));
    assert!(message(&written(1, long.as_bytes())).is_none());
    assert!(message(&written(1, "[".repeat(LONGEST).as_bytes())).is_none());
    assert!(message(&written(1, br#"["=a"]"#)).is_some());
}
