//! The canonical format: what `closedset fmt` writes.
//!
//! Two spaces a level, `=` aligned within a run of adjacent single-line attributes, and their comments too; one blank line
//! before and after a block, never two anywhere. Words, numbers, strings, heredocs and comments stay as they are.

mod layout;
mod tokens;

use super::diagnostic::Diagnostic;
use super::parse::parse_body;
use super::source::{SourceId, Sources, Span};

/// The text of a file in canonical format. Formatting twice is the same as once.
///
/// # Errors
///
/// The first syntax error: only what can be read can be formatted.
pub fn format(sources: &Sources, source: SourceId) -> Result<String, Box<Diagnostic>> {
    parse_body(sources, source)?;
    let text = &sources.get(source).text;
    let formatted = layout::lay_out(tokens::lines(text));
    // The layout knows tokens, not grammar: where the two should ever differ, the file is left alone.
    if means_the_same(text, &formatted) {
        Ok(formatted)
    } else {
        let problem = Diagnostic::error("format", "this file can't be formatted without changing what it means");
        Err(problem.at(Span::new(source, 0..0)).help("leave it as it is, and report it with the file").into())
    }
}

fn means_the_same(before: &str, after: &str) -> bool {
    match (hcl::parse(before), hcl::parse(after)) {
        (Ok(before), Ok(after)) => before == after,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    fn formatted(text: &str) -> String {
        let mut sources = Sources::default();
        let source = sources.add(Source { name: "a.hcl".to_owned(), text: text.to_owned() });
        format(&sources, source).expect("can be formatted")
    }

    #[test]
    fn a_file_gets_its_format() {
        let text = r#"

# The production.
production   "nebula"{
owner="lighthouse-vfx"     # who
    content_class =   "pre-release" # what
  region= "us-west-2"


  tags={
   cost_center="4711"
       "a b"   = 1
  }
  contacts{
    security="a@b.example"
  }


}
locals {
  list = [ "a","b" ,
  "c" ]
  text = <<-EOT
      kept   as it = is
    EOT
  n = {for k , v in var.x:k=>v if v!=1}
}
variable "a" { type = string }
"#;
        insta::assert_snapshot!(formatted(text), @r#"
        # The production.
        production "nebula" {
          owner         = "lighthouse-vfx" # who
          content_class = "pre-release"    # what
          region        = "us-west-2"

          tags = {
            cost_center = "4711"
            "a b"       = 1
          }

          contacts {
            security = "a@b.example"
          }
        }

        locals {
          list = ["a", "b",
            "c"]
          text = <<-EOT
              kept   as it = is
            EOT
          n = { for k, v in var.x : k => v if v != 1 }
        }

        variable "a" { type = string }
        "#);
    }

    #[test]
    fn a_formatted_file_stays_as_it_is() {
        let text = "a = 1\n\n/* a\n   b */\nb {\n  # alone\n}\n\n# end\n";
        assert_eq!(formatted(text), text);
    }

    proptest::proptest! {
        #[test]
        fn formatting_twice_is_formatting_once(picks in proptest::collection::vec(0usize..PIECES.len(), 0..40)) {
            let text: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
            let mut sources = Sources::default();
            let source = sources.add(Source { name: "a.hcl".to_owned(), text });
            if let Ok(once) = format(&sources, source) {
                let again = sources.add(Source { name: "b.hcl".to_owned(), text: once.clone() });
                proptest::prop_assert_eq!(format(&sources, again), Ok(once));
            }
        }
    }

    /// Pieces of files; a good part of their sequences can be read.
    const PIECES: &[&str] = &[
        "a=1\n",
        "bb   =  [1,2 , 3]\n",
        "c {\n",
        "}\n",
        "d \"x\" \"y\"{\n",
        "\n",
        "\n\n",
        "  # note\n",
        "// other\n",
        "/* block */\n",
        "e = {\n",
        "k = 1, \n",
        "\"q\" : 2\n",
        "f = \"${a  +  b}\" # why\n",
        "g = <<E\n  x\n y\nE\n",
        "h = a?b:c\n",
        "i = [\n  1,\n",
        "]\n",
        "j = -1 + !x\n",
        "l = f(a...)\n",
        "m { n = 1 }\n",
        "o = [for x in y:x]\n",
        "p = a.b[0].*.c\n",
    ];
}
