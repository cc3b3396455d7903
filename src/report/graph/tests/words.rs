//! DOT and Mermaid.

use super::super::{dot, mermaid};
use super::{changed, scene};

#[test]
fn a_floor_with_flows_as_dot() {
    insta::assert_snapshot!(dot(&scene(include_str!("../../../../examples/04-flows.hcl"))));
}

#[test]
fn a_floor_with_flows_as_mermaid() {
    insta::assert_snapshot!(mermaid(&scene(include_str!("../../../../examples/04-flows.hcl"))));
}

#[test]
fn quotes_and_brackets_stay_text() {
    let scene = changed(&[
        ("\"203.0.113.0/24\"  = \"Soho\"", "\"203.0.113.0/24\"  = \"So\\\"ho]; \\\\ <b>\""),
        ("Pixel streaming from the gateway.", "A \\\"quoted\\\" reason"),
    ]);
    let dot = dot(&scene);
    assert!(dot.contains(r#"203.0.113.0/24 So\"ho]; \\ <b>"#), "{dot}");
    assert!(dot.contains(r#"tooltip="A \"quoted\" reason""#), "{dot}");
    let mermaid = mermaid(&scene);
    assert!(mermaid.contains("203.0.113.0/24 So#34;ho]#59; #92; #60;b#62;"), "{mermaid}");
}
