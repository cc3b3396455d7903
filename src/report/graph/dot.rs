//! The picture for Graphviz, in its DOT language.

use std::fmt::Write as _;

use super::scene::{Look, Scene};

/// Writes a scene as DOT.
pub fn dot(scene: &Scene) -> String {
    let mut out = String::from("digraph closedset {\n");
    let _ = writeln!(out, "  graph [label={}, labelloc=t, rankdir=LR, fontname=Helvetica];", quoted(&[&scene.title]));
    out.push_str("  node [shape=box, style=rounded, fontname=Helvetica];\n  edge [fontname=Helvetica, fontsize=10];\n");
    for (at, network) in scene.networks.iter().enumerate() {
        let name = |node: usize| format!("n{at}_{node}");
        let box_of = |node: usize| {
            let Some(one) = network.nodes.get(node) else { return String::new() };
            let zones: Vec<String> = one.zones.iter().map(|(zone, range)| format!("{zone} {range}")).collect();
            let head = format!("{} ({})", one.title, one.tag);
            let lines = std::iter::once(&head).chain(&one.lines).chain(&zones).map(String::as_str);
            format!("{} [label={}];", name(node), quoted(&lines.collect::<Vec<_>>()))
        };
        let _ = writeln!(out, "  subgraph cluster_{at} {{");
        let _ = writeln!(out, "    label={}; style=dashed;", quoted(&[&network.address, &network.facts]));
        for (node, one) in network.nodes.iter().enumerate() {
            if one.look != Look::Outside {
                let _ = writeln!(out, "    {}", box_of(node));
            }
        }
        out.push_str("  }\n");
        for (node, one) in network.nodes.iter().enumerate() {
            if one.look == Look::Outside {
                let _ = writeln!(out, "  {}", box_of(node));
            }
        }
        for flow in &network.flows {
            let bold = if flow.content { ", penwidth=3, color=\"#b3123c\"" } else { "" };
            let _ = writeln!(
                out,
                "  {} -> {} [label={}, tooltip={}{bold}];",
                name(flow.from),
                name(flow.to),
                quoted(&[&flow.name, &flow.ports.join(", ")]),
                quoted(&[&flow.reason]),
            );
        }
    }
    out.push_str("}\n");
    out
}

/// Lines as one quoted string. Source: Graphviz, "The DOT Language" (only the quote is escaped) and "escString" (a
/// backslash of the text is written twice).
fn quoted(lines: &[&str]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            plain.replace('\\', "\\\\").replace('"', "\\\"")
        })
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}
