//! The language as its users meet it: expressions and blueprints, with their values and their problems.

use super::files::NoFiles;
use super::parse::Parsed;
use super::testing::{error_of, problems_of, run, shown};

#[test]
fn arithmetic_and_comparison() {
    for (expression, value) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3.5"),
        ("6 / 2", "3"),
        ("-7 % 3", "-1"),
        ("10 - 2 - 3", "5"),
        (r#"1 + "2""#, "3"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("[1 < 2, 2 <= 2, 1 > 2, 3 >= 2]", "[true, true, false, true]"),
        (r#"[1 == 1, 1 == "1", null == null, [1] == [1], { a = 1 } == { a = 1 }]"#, "[true, false, true, true, true]"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775807 == 9223372036854775806", "false"),
        ("!true || false", "false"),
    ] {
        assert_eq!(shown(expression), value, "{expression}");
    }
}

#[test]
fn arithmetic_is_checked() {
    for (expression, error) in [
        ("9223372036854775807 + 1", "the result does not fit a 64-bit number: too large"),
        (
            "9223372036854775808",
            "this number does not fit 64 bits: integers reach from -9223372036854775808 to 9223372036854775807",
        ),
        ("1 / 0", "division by zero: this is zero"),
        ("5 % 0", "division by zero: this is zero"),
        ("1 + [2]", "the operand of `+` has the wrong type: expected number, found list"),
        ("1 + null", "the operand of `+` is null: expected number"),
        (r#""a" < "b""#, "the operand of `<` has the wrong type: expected number, found the string \"a\""),
        ("!5", "the operand of `!` has the wrong type: expected bool, found number"),
    ] {
        let text = format!("locals {{\n  result = {expression}\n}}\n");
        let first = problems_of(&text, &[]).into_iter().next().unwrap_or_default();
        assert_eq!(first, format!("2: {error}"), "{expression}");
    }
}

#[test]
fn logic_and_conditionals_are_lazy() {
    assert_eq!(shown("false && [][0]"), "false");
    assert_eq!(shown("true || [][0]"), "true");
    assert_eq!(shown("true ? 1 : [][0]"), "1");
    assert_eq!(shown(r#"true ? 1 : "one""#), r#""1""#);
    assert_eq!(shown(r#""true" ? "yes" : "no""#), r#""yes""#);
    assert_eq!(error_of("null ? 1 : 2"), "the condition is null: expected bool");
}

#[test]
fn collections_indexes_and_splats() {
    for (expression, value) in [
        ("[1, 2, 3][1]", "2"),
        ("[1, 2, 3].1", "2"),
        (r#"{ a = 1, "b c" = 2 }["b c"]"#, "2"),
        ("{ a = { b = 3 } }.a.b", "3"),
        ("{ (\"x${1}\") = 1 }", "{ x1 = 1 }"),
        (r#"[{ n = "a" }, { n = "b" }][*].n"#, r#"["a", "b"]"#),
        (r#"[{ n = ["a"] }, { n = ["b"] }][*].n[0]"#, r#"["a", "b"]"#),
        (r#"[{ n = "a" }, { n = "b" }].*.n[1]"#, r#""b""#),
        (r#"{ n = "a" }[*].n"#, r#"["a"]"#),
        ("null[*]", "[]"),
        ("[[1, 2], [3]][*][0]", "[1, 3]"),
    ] {
        assert_eq!(shown(expression), value, "{expression}");
    }
    assert_eq!(error_of("[1][3]"), "there is no element [3]: the list has one element, [0]");
    assert_eq!(error_of("[1, 2][-1]"), "there is no element [-1]: the list has 2 elements, [0] to [1]");
    assert_eq!(error_of("{ a = 1 }.b"), "the object has no `b`: it has `a`");
    assert_eq!(error_of("[1].a"), "a list has no attributes: `a` is looked for in a list");
    assert_eq!(error_of("toset([1])[0]"), "a set can't be indexed: the elements of a set have no places");
    assert_eq!(error_of("5[0]"), "a number can't be indexed: expected a list, a map or an object before it");
}

#[test]
fn for_expressions() {
    for (expression, value) in [
        ("[for v in [1, 2, 3] : v * 2 if v != 2]", "[2, 6]"),
        ("[for i, v in [\"a\", \"b\"] : \"${i}${v}\"]", r#"["0a", "1b"]"#),
        ("{ for k, v in { a = 1, b = 2 } : v => k }", r#"{ "1" = "a", "2" = "b" }"#),
        ("[for k, v in toset([\"b\", \"a\"]) : \"${k}${v}\"]", r#"["aa", "bb"]"#),
        ("{ for v in [\"ab\", \"ac\", \"b\"] : substr(v, 0, 1) => v... }", r#"{ a = ["ab", "ac"], b = ["b"] }"#),
        ("[for a in [1, 2] : [for b in [10, 20] : a + b]]", "[[11, 21], [12, 22]]"),
        ("[for v in [] : nope]", "[]"),
    ] {
        assert_eq!(shown(expression), value, "{expression}");
    }
    assert!(error_of("{ for v in [1, 1] : v => v }").starts_with("two elements have the key \"1\""));
    assert!(error_of("[for v in 5 : v]").starts_with("`for` can't go through a number"));
    // What is wrong with each of a hundred elements is said once.
    assert_eq!(error_of("[for v in range(100) : nope]"), "there is nothing called `nope`");
}

#[test]
fn templates_and_strips() {
    for (expression, value) in [
        (r#""a${1}b${true}""#, r#""a1btrue""#),
        (r#""${[1]}""#, "[1]"),
        (r#""$${a} %%{b}""#, r#""$${a} %%{b}""#),
        (r#""%{ if true }yes%{ else }no%{ endif }""#, r#""yes""#),
        (r#""%{ for v in [1, 2] }<${v}>%{ endfor }""#, r#""<1><2>""#),
        (r#""a  ${~ 1 ~}  b""#, r#""a1b""#),
        (r#""x %{~ if true ~} y %{~ endif ~} z""#, r#""xyz""#),
        (r#""x %{~ if false ~} y %{~ else ~} n %{~ endif ~} z""#, r#""xnz""#),
        (r#""tab\tquote\"\u00e9""#, "\"tab\\tquote\\\"é\""),
    ] {
        assert_eq!(shown(expression), value, "{expression}");
    }
    assert_eq!(error_of(r#""a${null}""#), "the value in the template is null: expected string");
    assert_eq!(error_of(r#""a${[1]}""#), "the value in the template has the wrong type: expected string, found list");
}

#[test]
fn heredocs() {
    for (expression, value) in [
        ("<<EOT\n  a\n b\nEOT", r#""  a\n b\n""#),
        ("<<-EOT\n    a\n\n      b\n    EOT", r#""a\n\n  b\n""#),
        // The parser alone would eat the `b`.
        ("<<-EOT\n    a ${1}\n  b\n  EOT", r#""  a 1\nb\n""#),
        // Blank lines do not count, directives do.
        ("<<-EOT\n    a\n  \n    %{ if true ~}\n    b\n    %{ endif ~}\n    EOT", r#""a\n\nb\n""#),
        ("<<-EOT\n    $${x} %%{y}\n    EOT", r#""$${x} %%{y}\n""#),
        ("<<EOT\nEOT", r#""""#),
    ] {
        assert_eq!(shown(expression), value, "{expression}");
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_accepted() {
    let (value, problems) = run("\u{feff}locals {\r\n  result = <<EOT\r\na\r\nEOT\r\n}\r\n", &[], &NoFiles);
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(value.to_string(), r#""a\n""#);
}

const STUDIO: &str = r#"
variable "artists" {
  type    = number
  default = 24
}
locals {
  seats  = var.artists + 1
  result = RESULT
}
network "main" {
  cidr = "10.40.0.0/16"
  segment "workstations" {
    newbits = 4
  }
  flow "stream" {
    ports = ["tcp/443"]
  }
}
workstation_pool "comp" {
  seats   = local.seats
  segment = network.main.workstations
  root_volume {
    size_gib = 150
  }
}
"#;

fn in_studio(expression: &str) -> String {
    let (value, problems) = run(&STUDIO.replace("RESULT", expression), &[], &NoFiles);
    match problems.first() {
        None => value.to_string(),
        Some(problem) => format!(
            "{}{}",
            problem.message,
            problem.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"))
        ),
    }
}

#[test]
fn references_lead_to_blocks_and_their_attributes() {
    for (expression, value) in [
        ("workstation_pool.comp.seats", "25"),
        ("network.main.cidr", "\"10.40.0.0/16\""),
        ("network.main.workstations", "network.main.workstations"),
        ("network.main.workstations.newbits", "4"),
        ("network.main.flow.stream.ports[0]", "\"tcp/443\""),
        ("workstation_pool.comp.segment.newbits", "4"),
        ("workstation_pool.comp.root_volume.size_gib", "150"),
        ("network.main[\"cidr\"]", "\"10.40.0.0/16\""),
        ("[workstation_pool.comp, network.main]", "[workstation_pool.comp, network.main]"),
        ("workstation_pool.comp == workstation_pool.comp", "true"),
    ] {
        assert_eq!(in_studio(expression), value, "{expression}");
    }
    for (expression, error) in [
        ("workstation_pool.cmp", "there is no workstation_pool `cmp` (did you mean `comp`?)"),
        ("network.main.workstation", "`network.main` has no `workstation` (did you mean `workstations`?)"),
        ("workstation_pool.comp.seat", "`workstation_pool.comp` has no `seat` (did you mean `seats`?)"),
        ("var.artist", "there is no variable `artist` (did you mean `artists`?)"),
        ("local.seat", "there is no local `seat` (did you mean `seats`?)"),
        ("image.nuke", "there is no image `nuke`"),
        ("var", "`var` alone is no value"),
        ("artists", "there is nothing called `artists` (did you mean `artist`?)"),
        ("vra.artists", "there is nothing called `vra` (did you mean `var`?)"),
        ("lenght([1])", "there is no function `lenght` (did you mean `length`?)"),
        (
            "\"${network.main}/x\"",
            "a block can't stand in a text (name one of its attributes: `network.main.<attribute>`)",
        ),
    ] {
        assert_eq!(in_studio(expression), error, "{expression}");
    }
}

#[test]
fn a_reference_knows_its_block() {
    let (value, _) = run(&STUDIO.replace("RESULT", "network.main.workstations"), &[], &NoFiles);
    let reference = value.as_reference().expect("a reference");
    assert_eq!((reference.block_type.as_ref(), reference.labels.len()), ("segment", 2));
    assert_eq!(reference.labels.iter().map(|label| label.to_string()).collect::<Vec<_>>(), ["main", "workstations"]);
}

#[test]
fn cycles_are_told_with_the_whole_chain() {
    let problems = problems_of("locals {\n  a = local.b\n  b = [local.a]\n  c = local.c + 1\n}\n", &[]);
    assert_eq!(
        problems,
        [
            "3: these values need one another: local.a -> local.b -> local.a: this closes the circle (give one of them a value of its own)",
            "4: these values need one another: local.c -> local.c: this closes the circle (give one of them a value of its own)",
        ]
    );
    let problems = problems_of(
        "locals {\n  n = workstation_pool.a.seats\n}\nworkstation_pool \"a\" {\n  seats = workstation_pool.b.seats\n}\n\
         workstation_pool \"b\" {\n  seats = workstation_pool.a.seats\n}\n",
        &[],
    );
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("workstation_pool.a.seats -> workstation_pool.b.seats -> workstation_pool.a.seats"));
}

#[test]
fn all_errors_are_found_in_one_run() {
    let problems = problems_of(
        "locals {\n  a = 1 / 0\n  b = local.a + nope\n  c = [local.a, lower(5, 6), upper([])]\n  d = { x = var.y }\n}\n",
        &[],
    );
    assert_eq!(
        problems.iter().map(|problem| problem.split(':').next().unwrap_or_default()).collect::<Vec<_>>(),
        ["2", "3", "4", "4", "5"]
    );
}

#[test]
fn what_is_wrong_causes_no_further_errors() {
    let expression = "length([for v in concat(nope, [1]) : upper(v)]) + 1 > 2 ? \"a${nope2}\" : 1";
    assert_eq!(error_of(expression), "there is nothing called `nope`");
}

#[test]
fn variables_take_their_values() {
    let declared = "variable \"n\" {\n  type = number\n  default = 1\n}\nvariable \"s\" {\n  type = string\n  default = null\n}\n\
                    variable \"l\" {\n  type = list(string)\n  default = []\n}\nlocals {\n  result = [var.n, var.s, var.l]\n}\n";
    let value = |given: &[(&str, &str)]| run(declared, given, &NoFiles).0.to_string();
    assert_eq!(value(&[]), "[1, null, []]");
    assert_eq!(value(&[("n", "5"), ("s", "5"), ("l", "[1, \"b\"]")]), r#"[5, "5", ["1", "b"]]"#);
    assert_eq!(value(&[("s", "${not} a template")]), r#"[1, "$${not} a template", []]"#);
    assert_eq!(value(&[("n", "1"), ("n", "2")]), "[2, null, []]");

    let error = |given: &[(&str, &str)]| problems_of(declared, given).join("; ");
    assert!(error(&[("m", "1")]).contains("the blueprint declares no variable `m`"));
    assert!(error(&[("nn", "1")]).contains("did you mean `n`?"));
    assert!(error(&[("n", "x")]).contains("the value of a variable can't refer to anything"));
    assert!(error(&[("n", "[1]")]).contains("the value of `var.n` does not fit its type: expected number, found list"));
    assert!(error(&[("l", "[1")]).contains("read as an expression of type list(string)"));
    assert!(problems_of("variable \"x\" {}\n", &[])[0].contains("the variable `x` has no value"));
}

#[test]
fn validations_hold_or_tell() {
    let text = "variable \"n\" {\n  type = number\n  validation {\n    condition = var.n <= 400\n    error_message = \"One floor holds at most 400, not ${var.n}.\"\n  }\n  \
                validation {\n    condition = var.n > 0\n    error_message = \"Seats are needed.\"\n  }\n}\n";
    assert_eq!(problems_of(text, &[("n", "400")]), [""; 0]);
    assert_eq!(
        problems_of(text, &[("n", "500")]),
        ["4: `var.n`: One floor holds at most 400, not 500: this does not hold"]
    );
}

#[test]
fn what_is_sensitive_stays_so() {
    let text = "variable \"key\" {\n  type = string\n  sensitive = true\n  default = \"hunter2\"\n}\nlocals {\n  result = RESULT\n}\n";
    for expression in [
        "\"x${var.key}\"",
        "upper(var.key)",
        "jsonencode([var.key])",
        "var.key == \"a\"",
        "[for c in split(\"\", var.key) : c]",
        "var.key == \"a\" ? 1 : 2",
        "length(var.key) + 1",
        "{ (var.key) = 1 }",
        "<<EOT\n%{ if var.key == \"a\" }x%{ endif }\nEOT",
    ] {
        let (value, problems) = run(&text.replace("RESULT", expression), &[], &NoFiles);
        assert!(problems.is_empty(), "{expression}: {problems:#?}");
        assert_eq!(value.to_string(), "(sensitive)", "{expression}");
    }
    for expression in
        ["tonumber(var.key)", "{}[var.key]", "regex(\"(\", var.key)", "format(\"%d\", var.key)", "1 + var.key"]
    {
        let problems = problems_of(&text.replace("RESULT", expression), &[]);
        assert!(!problems.is_empty() && !problems.iter().any(|problem| problem.contains("hunter2")), "{problems:?}");
    }
}

#[test]
fn what_is_declared_twice_is_told() {
    let problems = problems_of(
        "key \"a\" {}\nkey \"a\" {}\nnetwork \"n\" {\n  segment \"s\" {}\n  segment \"s\" {}\n}\nlocals {\n  x = 1\n}\nlocals {\n  x = 2\n}\n\
         variable \"v\" {\n  default = 1\n}\nvariable \"v\" {\n  default = 1\n}\n",
        &[],
    );
    let lines: Vec<&str> = problems.iter().map(|problem| problem.split(':').next().unwrap_or_default()).collect();
    assert_eq!(lines, ["2", "5", "11", "16"], "{problems:#?}");
}

#[test]
fn syntax_errors_are_located_one_a_file() {
    let (parsed, problems) = Parsed::new([
        ("a.hcl".to_owned(), b"locals {\n  a = \n}\n".to_vec()),
        ("b.hcl".to_owned(), b"locals {\n  b = 1\n}\n".to_vec()),
        ("c.hcl".to_owned(), b"x = \xff\n".to_vec()),
        ("d.hcl".to_owned(), vec![b' '; super::parse::LARGEST_FILE + 1]),
        ("e.hcl".to_owned(), b"a = 1\na = 2\n".to_vec()),
        ("f.hcl".to_owned(), b"a = 'x'\n".to_vec()),
        ("g.hcl".to_owned(), b"locals {\n  a = [1\n".to_vec()),
    ]);
    let shown: Vec<String> = problems
        .sorted()
        .iter()
        .map(|problem| {
            let span = problem.span.expect("a place");
            let (line, column) = parsed.sources.position(span);
            format!("{}:{line}:{column} {}", parsed.sources.get(span.source).name, problem.message)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    a.hcl:2:7 this can't be read here
    c.hcl:1:5 the file is not valid UTF-8
    d.hcl:1:1 `d.hcl` has 4194305 bytes; a file of a blueprint may have 4194304
    e.hcl:2:1 this attribute is already set in its block
    f.hcl:1:5 strings stand in double quotes
    g.hcl:2:9 the file ends in the middle of something
    "#);
    assert_eq!(parsed.files.len(), 1);
}

#[test]
fn deep_and_long_input_ends() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("locals {{\n  result = {}1{}\n}}\n", open.repeat(count), close.repeat(count))
    };
    for text in [
        deep("[", "]", 100_000),
        deep("(", ")", 100_000),
        deep("!", "", 100_000),
        deep("-", "", 100_000),
        deep("true ? 1 : ", "", 50_000),
        deep("1 + ", "", 100_000),
        deep("{ a = ", " }", 100_000),
        deep("\"${", "}\"", 100_000),
        deep("upper(", ")", 100_000),
        deep("[for v in [1] : ", "]", 10_000),
        format!("locals {{\n  result = [1]{}\n}}\n", "[*]".repeat(100_000)),
        format!("locals {{\n  result = a{}\n}}\n", ".a".repeat(100_000)),
        format!("locals {{\n  result = \"{}{}\"\n}}\n", "%{ if true }".repeat(10_000), "%{ endif }".repeat(10_000)),
        format!("{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000)),
    ] {
        let (_, problems) = run(&text, &[], &NoFiles);
        assert!(!problems.is_empty(), "{}", &text[..60]);
    }
}

#[test]
fn the_deepest_input_that_is_accepted_does_not_overflow_the_stack() {
    let nested = |open: &str, close: &str, count: usize| {
        format!("locals {{\n  result = {}1{}\n}}\n", open.repeat(count), close.repeat(count))
    };
    for text in [
        nested("[", "]", 60),
        nested("upper(", ")", 60),
        nested("[for v in [1] : ", "]", 60),
        nested("\"x${", "}\"", 30),
        nested("{ a = [", "] }", 30),
        nested("(1 + ", ")", 60),
        format!("locals {{\n  result = {}1\n}}\n", "1 + ".repeat(127)),
    ] {
        let (_, problems) = run(&text, &[], &NoFiles);
        assert!(problems.is_empty(), "{}: {problems:#?}", &text[..60]);
    }
    // A long chain of names is refused before it exhausts the stack.
    let mut chain = String::from("locals {\n  l0 = 1\n");
    for n in 1..5000 {
        chain.push_str(&format!("  l{n} = [for v in [\"x${{local.l{}}}\"] : v][0]\n", n - 1));
    }
    chain.push_str("  result = local.l4999\n}\n");
    assert!(run(&chain, &[], &NoFiles).1.iter().any(|problem| problem.code == "too-deep"));
}

#[test]
fn hostile_work_ends() {
    let started = std::time::Instant::now();
    let loops = "[for a in range(1024) : [for b in range(1024) : [for c in range(1024) : a + b + c]]]";
    assert!(error_of(loops).starts_with("the blueprint takes too much work"));
    // Each local holds the one before it twice.
    let mut doubling = String::from("locals {\n  l0 = \"xxxxxxxxxxxxxxxx\"\n");
    for n in 1..64 {
        doubling.push_str(&format!("  l{n} = \"${{local.l{0}}}${{local.l{0}}}\"\n", n - 1));
        doubling.push_str(&format!("  m{n} = [local.{1}{0}, local.{1}{0}]\n", n - 1, if n == 1 { "l" } else { "m" }));
    }
    doubling.push_str("}\n");
    let (_, problems) = run(&doubling, &[], &NoFiles);
    assert!(problems.iter().any(|problem| problem.code == "too-large"), "{problems:#?}");
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn an_object_too_large_for_the_parser_is_refused_at_once() {
    let entries: String = (0..150_000).map(|n| format!("a{n} = {n}\n")).collect();
    let started = std::time::Instant::now();
    for text in [format!("x = {{\n{entries}}}\n"), format!("x = [{{\n{}}}]\n", entries.replace('\n', ","))] {
        let (_, problems) = run(&text, &[], &NoFiles);
        assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["object-too-large"]);
    }
    // As attributes of a block the same is fine.
    let (_, problems) = run(
        &format!(
            "locals {{\n{}}}\n",
            entries.get(..200_000).unwrap_or_default().rsplit_once('\n').map_or("", |(whole, _)| whole).to_owned()
                + "\n"
        ),
        &[],
        &NoFiles,
    );
    assert!(problems.is_empty(), "{:?}", problems.first());
    assert!(started.elapsed().as_secs() < 60);
}
