use super::super::Outcome;
use super::*;

type Alias<T> = Result<Option<T>, NoClone>;

#[derive(Debug, PartialEq)]
struct NoClone;

#[test]
fn layers_are_seen_through_aliases() {
    let shape = __probed!(Alias<u8>).shape();
    fn parts<T, W: Wrap<T>>(_: Shape<T, W>, full: W::Full) -> Outcome<T, W::Full> {
        W::unwrap(full)
    }
    assert!(matches!(parts(shape, Ok(Some(3))), Outcome::Value(3)));
    assert!(matches!(parts(shape, Ok(None)), Outcome::Absent(0, _)));
    assert!(matches!(parts(shape, Err(NoClone)), Outcome::Failed(Err(NoClone))));
    assert!((shape.share)(&Err(NoClone)).is_none());
}

#[test]
fn an_absence_comes_back_at_its_own_depth() {
    fn there_and_back<T, W: Wrap<T>>(_: Shape<T, W>, full: W::Full) -> Option<W::Full> {
        match W::unwrap(full) {
            Outcome::Absent(depth, _) => W::absent(depth),
            _ => None,
        }
    }
    type Nested = Option<Result<Option<u8>, String>>;
    assert_eq!(there_and_back(__probed!(Nested).shape(), None), Some(None));
    assert_eq!(there_and_back(__probed!(Nested).shape(), Some(Ok(None))), Some(Some(Ok(None))));
    assert_eq!(there_and_back(__probed!(u8).shape(), 3), None);
}

#[test]
fn errors_that_are_clone_are_shared() {
    let shape = __probed!(Result<u8, String>).shape();
    let shared = (shape.share)(&Err("down".to_owned())).unwrap();
    assert_eq!((shape.unshare)(&shared), Some(Err("down".to_owned())));
}
