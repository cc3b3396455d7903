//! The picture for Mermaid, which code hosts draw within a page of text.

use std::fmt::Write as _;

use super::scene::{Look, Scene};

/// Writes a scene as a Mermaid flowchart.
pub fn mermaid(scene: &Scene) -> String {
    let mut out = String::from("flowchart LR\n");
    let (mut number, mut content) = (0_usize, Vec::new());
    for (at, network) in scene.networks.iter().enumerate() {
        let name = |node: usize| format!("n{at}_{node}");
        let box_of = |node: usize| {
            let Some(one) = network.nodes.get(node) else { return String::new() };
            let zones: Vec<String> = one.zones.iter().map(|(zone, range)| format!("{zone} {range}")).collect();
            let head = format!("{} ({})", one.title, one.tag);
            let lines = std::iter::once(&head).chain(&one.lines).chain(&zones).map(String::as_str);
            format!("{}[{}]", name(node), quoted(&lines.collect::<Vec<_>>()))
        };
        let _ = writeln!(out, "  subgraph net{at}[{}]", quoted(&[&network.address, &network.facts]));
        for (node, one) in network.nodes.iter().enumerate() {
            if one.look != Look::Outside {
                let _ = writeln!(out, "    {}", box_of(node));
            }
        }
        out.push_str("  end\n");
        for (node, one) in network.nodes.iter().enumerate() {
            if one.look == Look::Outside {
                let _ = writeln!(out, "  {}", box_of(node));
            }
        }
        for flow in &network.flows {
            let words = quoted(&[&flow.name, &flow.ports.join(", ")]);
            let _ = writeln!(out, "  {} -->|{words}| {}", name(flow.from), name(flow.to));
            if flow.content {
                content.push(number.to_string());
            }
            number += 1;
        }
    }
    if !content.is_empty() {
        let _ = writeln!(out, "  linkStyle {} stroke:#b3123c,stroke-width:3px", content.join(","));
    }
    out
}

/// Lines as one quoted text. Characters that mean something to Mermaid or to HTML are written as entity codes.
/// Source: Mermaid, "Flowcharts: entity codes to escape characters".
fn quoted(lines: &[&str]) -> String {
    let escaped = |line: &str| {
        line.chars().fold(String::new(), |mut all, c| {
            match c {
                '"' | '#' | ';' | '<' | '>' | '&' | '`' | '|' | '\\' => {
                    let _ = write!(all, "#{};", u32::from(c));
                }
                c if c.is_control() => all.push(' '),
                c => all.push(c),
            }
            all
        })
    };
    format!("\"{}\"", lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br/>"))
}
