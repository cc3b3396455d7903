//! The picture as SVG: on its own paper, so that it reads alike on light and dark pages and in print.

use std::fmt::Write as _;

use super::layout::{
    Drawing, HEAD_HEIGHT, INSET, LINE_HEIGHT, Label, Line, Rect, SMALL, ZONE_HEIGHT, boundary_head, layout,
};
use super::measure::width;
use super::scene::{Flow, Look, NetworkScene, Node, Scene};

/// Around everything.
const MARGIN: f64 = 36.0;
/// The title and the line below it.
const HEAD: f64 = 74.0;
/// Between two networks.
const BETWEEN: f64 = 44.0;
/// The legend, at the foot.
const LEGEND: f64 = 56.0;
/// The radius of a line's corners.
const CORNER: f64 = 7.0;
/// The narrowest picture: that of the legend.
const NARROWEST: f64 = 900.0;

const STYLE: &str = "\
text{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;fill:#1c2430}\
.h{font-size:21px;font-weight:700}.t{font-size:15px;font-weight:700}.n{font-size:13px;font-weight:700}\
.s{font-size:12px}.q{fill:#4a5568}.b{text-anchor:end}\
.f{fill:none;stroke:#5b6b80;stroke-width:1.7;stroke-linejoin:round}\
.c{fill:none;stroke:#b3123c;stroke-width:3.2;stroke-linejoin:round}\
.u{fill:none;stroke:#fff;stroke-width:7;stroke-linejoin:round}\
.af{fill:#5b6b80}.ac{fill:#b3123c}.nc{fill:#9b0f34}\
.d{fill:#f8fafc;stroke:#1c2430;stroke-width:2;stroke-dasharray:9 5}\
.l{paint-order:stroke;stroke:#f8fafc;stroke-width:3px;stroke-linejoin:round}";

/// Line, head and paper of a kind of box.
fn colours(look: Look) -> (&'static str, &'static str) {
    match look {
        Look::Outside => ("#64748b", "#e8edf3"),
        Look::Edge => ("#b45309", "#fdebc8"),
        Look::Content => ("#1d4ed8", "#dbe6fe"),
        Look::Service => ("#15803d", "#d6f2de"),
        Look::Endpoints => ("#6d28d9", "#e9e0fb"),
    }
}

/// Draws a scene.
pub fn svg(scene: &Scene) -> String {
    let drawings: Vec<Drawing> = scene.networks.iter().map(layout).collect();
    let widest = drawings.iter().map(|one| one.width).fold(NARROWEST - MARGIN * 2.0, f64::max);
    let (wide, mut y) = (widest + MARGIN * 2.0, HEAD + MARGIN / 2.0);
    let mut body = String::new();
    for (network, drawing) in scene.networks.iter().zip(&drawings) {
        let _ = writeln!(body, "<g transform=\"translate({MARGIN:.1} {y:.1})\">");
        draw(network, drawing, &mut body);
        body.push_str("</g>\n");
        y += drawing.height + BETWEEN;
    }
    legend(&scene.networks, y, &mut body);
    let high = y + LEGEND;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" \
         viewBox=\"0 0 {wide:.0} {high:.0}\" style=\"max-width:100%;height:auto\" role=\"img\" \
         aria-labelledby=\"title desc\">"
    );
    let _ = writeln!(out, "<title id=\"title\">{}</title>", escaped(&scene.title));
    let _ = writeln!(out, "<desc id=\"desc\">{}</desc>", escaped(&scene.in_words()));
    let _ = writeln!(out, "<style>{STYLE}</style>");
    let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
    let _ = writeln!(out, "<text class=\"h\" x=\"{MARGIN:.0}\" y=\"46\">{}</text>", escaped(&scene.title));
    let _ = writeln!(out, "<text class=\"s q\" x=\"{MARGIN:.0}\" y=\"68\">{}</text>", escaped(&scene.subtitle));
    out.push_str(&body);
    out.push_str("</svg>\n");
    out
}

fn draw(network: &NetworkScene, drawing: &Drawing, out: &mut String) {
    let Rect { x, y, width: wide, height } = drawing.boundary;
    let _ = writeln!(
        out,
        "<rect class=\"d\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{height:.1}\" rx=\"10\"/>"
    );
    let _ = writeln!(out, "<text class=\"t\" x=\"{:.1}\" y=\"28\">{}</text>", x + 20.0, escaped(&network.address));
    for (at, line) in drawing.words.iter().enumerate() {
        let y = boundary_head(at) + 1.0;
        let _ = writeln!(out, "<text class=\"s q\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>", x + 20.0, escaped(line));
    }
    // The content's path lies on top.
    let mut lines: Vec<(&Line, &Flow)> =
        drawing.lines.iter().filter_map(|line| Some((line, network.flows.get(line.flow)?))).collect();
    lines.sort_by_key(|(_, flow)| flow.content);
    for (line, flow) in &lines {
        arrow(network, line, flow, out);
    }
    for (node, rect) in network.nodes.iter().zip(&drawing.boxes) {
        node_box(node, *rect, out);
    }
    for label in &drawing.labels {
        if let Some(flow) = network.flows.get(label.flow) {
            words(label, flow, out);
        }
    }
}

fn arrow(network: &NetworkScene, line: &Line, flow: &Flow, out: &mut String) {
    let (Some(tip), Some(before)) = (line.points.last(), line.points.iter().rev().nth(1)) else { return };
    let back = if before.0 < tip.0 { -1.0 } else { 1.0 };
    let (size, class, head) = if flow.content { (12.0, "c", "ac") } else { (10.0, "f", "af") };
    // The line ends within its head, so that it doesn't show at the tip.
    let mut points = line.points.clone();
    if let Some(last) = points.last_mut() {
        last.0 += back * size * 0.6;
    }
    let path = path(&points);
    let name = |node: usize| network.nodes.get(node).map_or("", |node| node.title.as_str());
    let _ = writeln!(
        out,
        "<g><title>{}</title><path class=\"u\" d=\"{path}\" stroke=\"#f8fafc\"/><path class=\"{class}\" d=\"{path}\"/>\
         <path class=\"{head}\" d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/></g>",
        escaped(&format!(
            "{}: {} to {}, {}. {}",
            flow.name,
            name(flow.from),
            name(flow.to),
            flow.ports.join(", "),
            flow.reason
        )),
        tip.0,
        tip.1,
        tip.0 + back * size,
        tip.1 - size * 0.5,
        tip.0 + back * size,
        tip.1 + size * 0.5,
    );
}

/// A line with round corners.
fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, point) in points.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).and_then(|at| points.get(at)), points.get(at + 1));
        let (Some(before), Some(after)) = (before, after) else {
            let _ = write!(path, "{}{:.1} {:.1}", if at == 0 { 'M' } else { 'L' }, point.0, point.1);
            continue;
        };
        let towards = |to: &(f64, f64)| {
            let (dx, dy) = (to.0 - point.0, to.1 - point.1);
            let length = dx.hypot(dy).max(0.001);
            let radius = CORNER.min(length / 2.0);
            (point.0 + dx / length * radius, point.1 + dy / length * radius)
        };
        let (into, out) = (towards(before), towards(after));
        let _ = write!(path, "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", into.0, into.1, point.0, point.1, out.0, out.1);
    }
    path
}

fn node_box(node: &Node, rect: Rect, out: &mut String) {
    let (line, head) = colours(node.look);
    let Rect { x, y, width: wide, height } = rect;
    let dashes = if node.look == Look::Outside { " stroke-dasharray=\"3 3\"" } else { "" };
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{height:.1}\" rx=\"8\" fill=\"#fff\"/>\
         <path d=\"M{x:.1} {:.1}v{:.1}a8 8 0 0 1 8 -8h{:.1}a8 8 0 0 1 8 8v{:.1}z\" fill=\"{head}\"/>\
         <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{height:.1}\" rx=\"8\" fill=\"none\" \
         stroke=\"{line}\" stroke-width=\"1.6\"{dashes}/>",
        y + HEAD_HEIGHT,
        -(HEAD_HEIGHT - 8.0),
        wide - 16.0,
        HEAD_HEIGHT - 8.0,
    );
    let _ = writeln!(
        out,
        "<text class=\"t\" x=\"{:.1}\" y=\"{:.1}\">{}</text><text class=\"s b\" x=\"{:.1}\" y=\"{:.1}\" \
         style=\"fill:{line}\">{}</text>",
        x + INSET,
        y + 21.0,
        escaped(&node.title),
        x + wide - INSET,
        y + 21.0,
        escaped(&node.tag),
    );
    let mut down = y + HEAD_HEIGHT + 4.0;
    for words in &node.lines {
        down += LINE_HEIGHT;
        let _ =
            writeln!(out, "<text class=\"s\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + INSET, down - 3.0, escaped(words));
    }
    if !node.lines.is_empty() {
        down += 4.0;
    }
    down += 4.0;
    for (zone, range) in &node.zones {
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"4\" fill=\"#f1f5f9\"/>\
             <text class=\"s q\" x=\"{:.1}\" y=\"{:.1}\">{}</text><text class=\"s b\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 8.0,
            down,
            wide - 16.0,
            ZONE_HEIGHT - 4.0,
            x + INSET + 3.0,
            down + 15.0,
            escaped(zone),
            x + wide - INSET - 3.0,
            down + 15.0,
            escaped(range),
        );
        down += ZONE_HEIGHT;
    }
}

fn words(label: &Label, flow: &Flow, out: &mut String) {
    let (x, anchor) = if label.at_end { (label.rect.right(), " b") } else { (label.rect.x, "") };
    let colour = if flow.content { " nc" } else { "" };
    let _ = writeln!(
        out,
        "<text class=\"n l{anchor}{colour}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
        label.line_y - 6.0,
        escaped(&flow.name)
    );
    let mut y = label.line_y + 4.0;
    for line in &label.ports {
        y += SMALL;
        let _ = writeln!(out, "<text class=\"s q l{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(line));
        y += 4.0;
    }
}

/// What lines and colours mean, for what there is in the picture.
fn legend(networks: &[NetworkScene], y: f64, out: &mut String) {
    let mut x = MARGIN;
    let mut text = |out: &mut String, words: &str, sample: f64| {
        let _ = writeln!(out, "<text class=\"s\" x=\"{:.1}\" y=\"{:.1}\">{words}</text>", x + sample + 8.0, y + 4.0);
        let start = x;
        x += sample + 8.0 + width(words, SMALL, false) + 20.0;
        start
    };
    for (line, head, words) in [("c", "ac", "the content's path"), ("f", "af", "another flow")] {
        let x = text(out, words, 34.0);
        let _ = writeln!(
            out,
            "<path class=\"{line}\" d=\"M{x:.1} {y:.1}h26\"/><path class=\"{head}\" d=\"M{:.1} {y:.1}l-10 -5v10z\"/>",
            x + 34.0
        );
    }
    let start = text(out, "the boundary: what is drawn passes, nothing else", 26.0);
    let _ =
        writeln!(out, "<rect class=\"d\" x=\"{start:.1}\" y=\"{:.1}\" width=\"26\" height=\"14\" rx=\"3\"/>", y - 7.0);
    for look in [Look::Edge, Look::Content, Look::Service, Look::Endpoints] {
        if !networks.iter().flat_map(|network| &network.nodes).any(|node| node.look == look) {
            continue;
        }
        let words = match look {
            Look::Outside => "outside",
            Look::Edge => "edge tier",
            Look::Content => "content tier",
            Look::Service => "service tier",
            Look::Endpoints => "endpoints",
        };
        let (line, head) = colours(look);
        let start = text(out, words, 18.0);
        let _ = writeln!(
            out,
            "<rect x=\"{start:.1}\" y=\"{:.1}\" width=\"18\" height=\"14\" rx=\"3\" fill=\"{head}\" stroke=\"{line}\"/>",
            y - 7.0
        );
    }
}

/// Text that can stand in an element or an attribute. Characters that XML has no place for go.
fn escaped(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.fold(String::with_capacity(text.len()), |mut all, c| {
        match c {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '"' => all.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c => all.push(c),
        }
        all
    })
}
