//! What the macros refuse, with what words, and what they accept: one file per rule.

#[test]
fn refusals_say_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/fail/*.rs");
}

#[test]
fn whatever_is_sound_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/*/pass/*.rs");
}
