use super::*;

const SCHEMA: Schema = Schema { version: 2, fingerprint: 0x0123_4567_89AB_CDEF };
const MOST: usize = 1_000;
const SECOND: Duration = Duration::from_secs(1);

fn record(bytes: &[u8], lived: &Lived, now: u64) -> Vec<u8> {
    let mut record = begin();
    record.extend_from_slice(bytes);
    let sealed = Sealed::Value { encoding: Encoding::Json, len: bytes.len() as u32, compressed: false };
    seal(record, &sealed, SCHEMA, lived, now)
}

fn graced() -> Lived {
    Lived { revalidate: 5 * SECOND, error: 60 * SECOND, ..Lived::plain(Some(10 * SECOND)) }
}

#[test]
fn what_was_sealed_is_read_back_with_its_age() {
    let sealed = record(b"[1]", &graced(), 50_000);
    assert!(sealed.ends_with(b"[1]") && sealed.len() == HEADER + 3);
    let opened = open(&sealed, SCHEMA, 62_500, MOST).unwrap();
    assert_eq!(opened.content, Content::Value(Encoding::Json, Cow::Borrowed(b"[1]")));
    assert_eq!(opened.lived, Lived { age: Duration::from_millis(12_500), ..graced() });
    let for_ever = seal(begin(), &Sealed::Absent(1), SCHEMA, &Lived::plain(None), 50_000);
    let opened = open(&for_ever, SCHEMA, u64::MAX, MOST).unwrap();
    assert_eq!((opened.content, opened.lived.fresh), (Content::Absent(1), None));
}

#[test]
fn a_value_is_as_old_as_it_was_when_it_was_written() {
    let sealed = record(b"1", &Lived { age: 3 * SECOND, ..graced() }, 50_000);
    assert_eq!(open(&sealed, SCHEMA, 51_000, MOST).unwrap().lived.age, 4 * SECOND);
}

#[test]
fn what_was_shortened_at_random_says_of_what() {
    let lived = Lived { ttl: Some(12 * SECOND), ..graced() };
    let sealed = record(b"1", &lived, 0);
    assert!(sealed.len() > HEADER + 1 && sealed.ends_with(b"1"));
    assert_eq!(open(&sealed, SCHEMA, 0, MOST).unwrap().lived, lived);
}

#[test]
fn a_clock_that_is_ahead_lengthens_no_life() {
    let sealed = record(b"1", &graced(), 50_000);
    assert_eq!(open(&sealed, SCHEMA, 49_500, MOST).unwrap().lived.age, Duration::ZERO);
    for now in [0, 40_000, 48_999] {
        assert_eq!(open(&sealed, SCHEMA, now, MOST), Err(Unread::Foreign), "at {now}");
    }
}

#[test]
fn another_version_type_or_format_is_a_miss_and_garbage_an_error() {
    let sealed = record(b"{}", &graced(), 0);
    let with = |at: usize, byte: u8| {
        let mut other = sealed.clone();
        other[at] = byte;
        open(&other, SCHEMA, 0, MOST).map(|_| ())
    };
    assert_eq!(open(&sealed, Schema { version: 3, ..SCHEMA }, 0, MOST), Err(Unread::Foreign));
    assert_eq!(open(&sealed, Schema { fingerprint: 7, ..SCHEMA }, 0, MOST), Err(Unread::Foreign));
    assert_eq!((with(1, 1), with(1, 3)), (Err(Unread::Foreign), Err(Unread::Foreign)), "formats before and after");
    assert_eq!((with(4, 77), with(5, 77)), (Err(Unread::Foreign), Err(Unread::Foreign)), "encodings, compressions");
    assert_eq!((with(2, 77), with(0, b'{')), (Err(Unread::Corrupt), Err(Unread::Corrupt)));
    assert_eq!((with(12, 3), with(12, 1)), (Err(Unread::Corrupt), Err(Unread::Corrupt)), "lengths");
    for len in 0..sealed.len() {
        assert_eq!(open(&sealed[..len], SCHEMA, 0, MOST), Err(Unread::Corrupt), "cut at {len}");
    }
    // As the first format wrote it.
    assert_eq!(open(&[0xCA, 1, 0, 0, 2, 0, 0, 0, 7, 7], SCHEMA, 0, MOST), Err(Unread::Foreign));
    assert_eq!(open(b"{\"json\": \"of another program\"}", SCHEMA, 0, MOST), Err(Unread::Corrupt));
}

#[test]
fn parts_that_are_not_known_are_passed_over_unless_they_have_to_be() {
    let extended = |part: &[u8]| {
        let mut record = record(b"7", &graced(), 0);
        record[6] = part.len() as u8;
        record.splice(HEADER..HEADER, part.iter().copied());
        record
    };
    let later = extended(&[2, 3, 0, b'a', b'b', b'c', 127, 0, 0]);
    assert_eq!(open(&later, SCHEMA, 0, MOST).unwrap().lived, graced());
    assert_eq!(open(&extended(&[NEEDED, 0, 0]), SCHEMA, 0, MOST), Err(Unread::Foreign));
    for part in [&[2_u8, 9, 0, 1][..], &[2, 0], &[TTL, 1, 0, 0]] {
        assert_eq!(open(&extended(part), SCHEMA, 0, MOST), Err(Unread::Corrupt), "{part:?}");
    }
}

#[test]
fn what_is_too_long_is_not_opened() {
    let sealed = record(&[b'1'; 100], &graced(), 0);
    assert!(open(&sealed, SCHEMA, 0, 100).is_ok());
    assert_eq!(open(&sealed, SCHEMA, 0, 99), Err(Unread::TooLong));
    let mut lie = sealed.clone();
    lie[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    lie[5] = 1;
    assert_eq!(open(&lie, SCHEMA, 0, MOST), Err(Unread::TooLong), "whatever it says of its compression");
}

#[test]
fn freshness_is_seen_from_outside_and_taken() {
    let sealed = record(b"7", &graced(), 1_000);
    assert_eq!((look(&sealed, 10_999), look(&sealed, 11_000)), (Outside::Value, Outside::Nothing));
    let absent = seal(begin(), &Sealed::Absent(0), SCHEMA, &graced(), 1_000);
    assert_eq!((look(&absent, 1_000), look(b"42", 0)), (Outside::Nothing, Outside::Value));
    let (over, grace) = expired(&sealed, 5_000).unwrap();
    assert_eq!(grace, 60 * SECOND);
    let opened = open(&over, SCHEMA, 6_000, MOST).unwrap();
    assert_eq!((opened.lived.age, opened.lived.fresh), (5 * SECOND, Some(4 * SECOND)));
    assert_eq!(opened.content, Content::Value(Encoding::Json, Cow::Borrowed(b"7")));
    assert_eq!(expired(&over, 8_000), Some((over.clone(), 57 * SECOND)), "not twice");
    assert_eq!(expired(&over, 65_000), None);
    assert_eq!(expired(&record(b"7", &Lived::plain(Some(SECOND)), 0), 0), None, "it has no grace");
}
