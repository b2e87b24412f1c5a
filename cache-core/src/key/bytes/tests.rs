use super::super::HashSink;
use super::*;

#[test]
fn borrowed_arguments_match_what_owned_ones_stored() {
    let stored = key_bytes(&(&7_i64, &String::from("matched"), &Some(3_u32)));
    assert!(is_key(&stored, &(&7_i64, &"matched", &Some(&3_u32))));
    assert!(!is_key(&stored, &(&7_i64, &"matched", &None::<u32>)));
    assert!(!is_key(&stored, &(&7_i64, &"matche", &Some(3_u32))));
    assert!(!is_key(&stored, &(&7_i64, &"matched")));
    assert!(!is_key(&stored, &(&7_u64, &"matched", &Some(3_u32))));
}

#[test]
fn what_is_replayed_is_what_was_written() {
    /// A variant beside a composite, by hand.
    struct Shape;
    impl crate::CacheKey for Shape {
        fn visit<S: Sink>(&self, sink: &mut S) {
            sink.variant("Square");
            sink.open();
            5_u64.visit(sink);
            sink.next();
            sink.scalar(&[7; 16], &"seven");
            sink.close();
        }
    }
    let long = "x".repeat(300);
    let key = (&u64::MAX, &7_u8, &i64::MIN, &-7_i16, &"", &long, &Some(None::<u32>), &Shape, &(1_i32, 'c', true));
    let state = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
    let (mut shown, mut replayed) = (HashSink::new(&state, 3), HashSink::new(&state, 3));
    key.visit_segments(&mut shown);
    replay(&key_bytes(&key), &mut replayed);
    assert_eq!(shown.finish(), replayed.finish());
}

#[test]
fn numbers_of_every_size_are_told_apart() {
    let numbers = [0, 1, i64::from(i32::MAX), i64::from(i32::MAX) + 1, -1, i64::from(i32::MIN) - 1, i64::MIN, i64::MAX];
    for a in numbers {
        for b in numbers {
            assert_eq!(is_key(&key_bytes(&(&a,)), &(&b,)), a == b, "{a} {b}");
            let (a, b) = (a.cast_unsigned(), b.cast_unsigned());
            assert_eq!(is_key(&key_bytes(&(&a,)), &(&b,)), a == b, "{a} {b}");
        }
    }
}

#[test]
fn one_byte_makes_a_difference_wherever_it_is() {
    for len in 0..100 {
        let text = "x".repeat(len);
        let stored = key_bytes(&(&text,));
        assert!(is_key(&stored, &(&text,)), "{len}");
        for at in 0..len {
            let other = format!("{}y{}", &text[..at], &text[at + 1..]);
            assert!(!is_key(&stored, &(&other,)), "{len}, {at}");
        }
        assert!(!is_key(&stored, &(&format!("{text}x"),)), "{len}");
    }
}

#[test]
fn long_keys_go_to_the_heap_and_compare_alike() {
    let long = "x".repeat(1_000);
    let stored = key_bytes(&(&long.as_str(),));
    assert!(stored.spilled() && stored.len() > 1_000);
    assert!(is_key(&stored, &(&long,)));
    assert!(!is_key(&stored, &(&&long[1..],)));
}
