//! The language as a reference for people, in Markdown.

use std::fmt::Write as _;

use super::{Block, Need, Repeat, table};

/// Every block with its attributes: type, default, meaning and an example.
pub fn reference() -> String {
    let mut text = String::from("# The blueprint language, version 1\n");
    for block in table::BLOCKS {
        write_block(&mut text, block, "", 2);
    }
    text
}

fn write_block(text: &mut String, block: &Block, within: &str, level: usize) {
    let name = if within.is_empty() { block.name.to_owned() } else { format!("{within} › {}", block.name) };
    let times = match block.repeat {
        Repeat::One => "Exactly once.",
        Repeat::Maybe => "At most once.",
        Repeat::Some => "At least once.",
        Repeat::Any => "Any number of times.",
    };
    let label = block.label.map(|label| format!(" The label is {label}.")).unwrap_or_default();
    // Writing to a string can't fail.
    let _ = writeln!(text, "\n{} `{name}`\n\n{} {times}{label}", "#".repeat(level), block.doc);
    if !block.attributes.is_empty() {
        text.push_str("\n| attribute | type | without it | meaning | example |\n|---|---|---|---|---|\n");
    }
    for attribute in block.attributes {
        let without = match attribute.need {
            Need::Required => "required".to_owned(),
            Need::Default(json) => format!("`{json}`"),
            Need::Optional(words) => words.to_owned(),
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {without} | {} | `{}` |",
            attribute.name,
            attribute.of.words(),
            attribute.doc,
            attribute.example
        );
    }
    for nested in block.blocks {
        write_block(text, nested, &name, level + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_every_block() {
        let text = reference();
        assert!(text.contains("### `network › segment`"));
        assert!(
            text.contains(
                "| `rotation_days` | a whole number from 90 to 365 | `365` | Days between rotations. | `365` |"
            )
        );
    }

    #[test]
    fn every_example_can_be_read() {
        for block in table::BLOCKS {
            for attribute in block.attributes {
                let text = format!("a = {}\n", attribute.example);
                assert!(hcl::parse(&text).is_ok(), "{}.{}", block.name, attribute.name);
            }
        }
    }
}
