use super::*;

fn set(name: &str, record: &[u8]) -> Change {
    Change::Set { name: name.to_owned(), record: record.to_vec(), ttl: None, tags: Vec::new() }
}

fn add(outbox: &Outbox, change: Change) -> (Place, bool) {
    let (place, overflowed) = outbox.add(change);
    outbox.release(place);
    (place, overflowed)
}

fn names(outbox: &Outbox) -> Vec<String> {
    let batch = outbox.batch().map(|(batch, _)| batch).unwrap_or_default();
    batch.iter().map(|change| change.name().unwrap_or("*").to_owned()).collect()
}

#[test]
fn the_newest_change_of_a_name_stands_at_its_own_place() {
    let outbox = Outbox::new(ROOM);
    add(&outbox, set("a", b"1"));
    add(&outbox, set("b", b"1"));
    add(&outbox, Change::remove("a"));
    assert_eq!(names(&outbox), ["b", "a"]);
    let (batch, _) = outbox.batch().unwrap();
    assert!(matches!(&batch[1], Change::Remove(_)));
}

#[test]
fn a_name_is_reached_until_its_last_change_is_made() {
    let outbox = Outbox::new(ROOM);
    let (first, _) = add(&outbox, Change::remove("a"));
    let (second, _) = add(&outbox, set("a", b"2"));
    outbox.made(first);
    assert!(outbox.reaches("a"));
    outbox.made(second);
    assert!(!outbox.reaches("a"));
    assert_eq!(outbox.count(), 0);
}

#[test]
fn what_does_not_fit_becomes_the_removal_of_everything() {
    let outbox = Outbox::new(Room { changes: 3, bytes: 100 });
    for name in ["a", "b", "c"] {
        assert!(!add(&outbox, Change::remove(name)).1);
    }
    assert!(add(&outbox, Change::remove("d")).1);
    assert_eq!(names(&outbox), ["*"]);
    assert!(outbox.reaches("anything"));
    let bytes = Outbox::new(Room { changes: 10, bytes: 100 });
    assert!(add(&bytes, set("big", &[0; 200])).1);
    assert_eq!(names(&bytes), ["*"]);
}

#[test]
fn a_removal_of_everything_takes_the_place_of_all_before_it() {
    let outbox = Outbox::new(ROOM);
    add(&outbox, set("a", b"1"));
    add(&outbox, Change::remove_all());
    add(&outbox, set("b", b"1"));
    let (_, all) = outbox.batch().unwrap();
    assert_eq!((names(&outbox), outbox.count()), (vec!["*".to_owned()], 2));
    outbox.made(all);
    assert_eq!(names(&outbox), ["b"]);
}

#[test]
fn what_comes_after_a_removal_of_many_names_waits_for_it() {
    let outbox = Outbox::new(ROOM);
    add(&outbox, set("a", b"1"));
    add(&outbox, Change::remove_prefix("b").unwrap());
    let (last, _) = add(&outbox, Change::remove_pattern("c*").unwrap());
    add(&outbox, set("b", b"1"));
    assert_eq!(names(&outbox), ["a"]);
    let (_, first) = outbox.batch().unwrap();
    outbox.made(first);
    assert_eq!(names(&outbox), ["*", "*"]);
    assert!(!outbox.poll(last, Waker::noop()) && outbox.reaches("c"));
    outbox.made(last);
    assert!(outbox.poll(last, Waker::noop()) && !outbox.reaches("c"));
    assert_eq!(names(&outbox), ["b"]);
}

#[test]
fn a_tag_is_owed_once_and_reaches_no_name() {
    let outbox = Outbox::new(ROOM);
    add(&outbox, Change::remove_tag("a"));
    add(&outbox, set("a", b"1"));
    let (last, _) = add(&outbox, Change::remove_tag("a"));
    assert_eq!(names(&outbox), ["a", "*"]);
    assert_eq!(outbox.tags(), OwedTags::These(vec!["a".to_owned()]));
    assert!(outbox.reaches("a") && !outbox.reaches("b"));
    outbox.made(last);
    assert_eq!(outbox.tags(), OwedTags::These(Vec::new()));
    for n in 0..=BROAD {
        add(&outbox, Change::remove_tag(n.to_string()));
    }
    assert!(!outbox.reaches("b"), "however many they are");
    assert!(outbox.tags().has_any(&["other".to_owned()]) && !outbox.tags().has_any(&[]));
}

#[test]
fn a_held_change_and_those_after_it_are_not_made_but_reach() {
    let outbox = Outbox::new(ROOM);
    add(&outbox, Change::remove("a"));
    let (held, _) = outbox.add(Change::remove("b"));
    add(&outbox, Change::remove("c"));
    assert_eq!(names(&outbox), ["a"]);
    assert!(outbox.reaches("b") && outbox.reaches("c"));
    outbox.release(held);
    assert_eq!(names(&outbox), ["a", "b", "c"]);
}
