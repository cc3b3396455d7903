//! Whatever comes in, nothing panics: arbitrary bytes, and blueprints with pieces cut out, doubled and exchanged.

use proptest::prelude::*;

use super::testing::Memory;
use super::{Evaluator, Inputs, Parsed};
use crate::report::diagnostics::{Drawing, draw};

/// Parses, evaluates and draws.
fn survive(bytes: Vec<u8>) {
    let (parsed, mut problems) = Parsed::new([("fuzz.hcl".to_owned(), bytes)]);
    let inputs = Inputs::default();
    let files = Memory(&[("site.j2", "{{ a }}")]);
    let evaluator = Evaluator::new(&parsed, &inputs, &files);
    for declared in evaluator.index().iter() {
        for attribute in declared.attributes() {
            evaluator.evaluate(&attribute.value, declared.source);
        }
    }
    problems.extend(evaluator.finish());
    draw(&problems, &parsed.sources, Drawing { color: true, width: 80 });
}

const SEED: &str = r#"
variable "artists" {
  type    = object({ n = optional(number, 3), names = list(string) })
  default = { names = ["ana", "bo"] }
  validation {
    condition     = var.artists.n <= 400 && length(var.artists.names) > 0
    error_message = "At most ${400}."
  }
}
locals {
  cidrs = cidrsubnets("10.0.0.0/16", 4, 4, 8)
  names = { for i, name in var.artists.names : upper(name) => format("%03d-%s", i, name)... if name != "" }
  text  = <<-EOT
    %{ for name in var.artists.names ~}
    ${name} ${network.main.workstations.newbits + 1}
    %{ endfor ~}
  EOT
  maths = (1 + 2 * 3) / 4 % 5 > 1 ? -1.5e3 : !true ? null : [1, "2"][0]
  file  = templatefile("site.j2", { a = local.names[*].x, b = substr("héllo", -3, 2) })
}
network "main" {
  cidr = local.cidrs[0]
  segment "workstations" {
    newbits = 4
  }
}
workstation_pool "comp" {
  seats   = var.artists.n
  segment = network.main.workstations
  tags    = merge({ a = "x" }, { "b c" = jsonencode(local.maths) })
}
"#;

#[test]
fn the_seed_itself_survives() {
    survive(SEED.as_bytes().to_vec());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survive(bytes);
    }

    #[test]
    fn arbitrary_expressions_survive(text in r#"[a-z0-9 ."$%{}\[\]()*/<>=!&|?:,~#\\\n-]{0,80}"#) {
        survive(format!("locals {{\n  a = {text}\n}}\n").into_bytes());
    }

    #[test]
    fn mutated_blueprints_survive(edits in proptest::collection::vec((0usize..1000, 0usize..1000, 0usize..40, 0u8..4), 1..6)) {
        let mut bytes = SEED.as_bytes().to_vec();
        for (from, to, length, kind) in edits {
            let from = from % bytes.len().max(1);
            let end = (from + length).min(bytes.len());
            let to = to % bytes.len().max(1);
            match kind {
                0 => drop(bytes.drain(from..end)),
                1 => {
                    let piece = bytes[from..end].to_vec();
                    bytes.splice(to..to, piece);
                }
                2 => {
                    let piece = bytes[from..end].to_vec();
                    let over = (to + piece.len()).min(bytes.len());
                    bytes.splice(to..over, piece);
                }
                _ if from < bytes.len() => bytes[from] = b"(){}[]\"$%.,0-"[length % 13],
                _ => {}
            }
        }
        survive(bytes);
    }

    #[test]
    fn functions_survive_any_arguments(
        name in proptest::sample::select(super::functions::all().iter().map(|function| function.name).collect::<Vec<_>>()),
        arguments in proptest::collection::vec(
            proptest::sample::select(vec![
                "null", "true", "-1", "0", "1.5", "1e300", "9223372036854775807", "-9223372036854775807 - 1", "\"\"", "\"%s %[9]d\"",
                "\"(\"", "\"/a*/\"", "\"10.0.0.0/16\"", "\"::/0\"", "\"0.0.0.0/0\"", "[]", "[null]", "[1, \"a\", [2]]", "{}",
                "{ a = null }", "toset([1, 2])", "tomap({ a = 1 })", "key.k", "\"héé\"", "128", "\"site.j2\"",
            ]),
            0..4,
        ),
    ) {
        survive(format!("key \"k\" {{}}\nlocals {{\n  a = {name}({})\n}}\n", arguments.join(", ")).into_bytes());
    }
}
