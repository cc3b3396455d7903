//! A network's picture in coordinates: boxes, the boundary, lines, labels. Columns from left to right, labels in the gaps
//! between them, each at a height of its own: by construction no label touches another or a box.

use super::columns::{Columns, Shape};
use super::measure::{width, wrapped};
use super::place::{Placed, Placement, Room};
use super::route::{Boundary, Gap, STRAIGHT, gaps};
use super::scene::{NetworkScene, Node};

/// Letter sizes, in pixels.
pub(super) const TITLE: f64 = 15.0;
pub(super) const NAME: f64 = 13.0;
pub(super) const SMALL: f64 = 12.0;

/// The height of a box's head, of a line of text and of a zone in it.
pub(super) const HEAD_HEIGHT: f64 = 32.0;
pub(super) const LINE_HEIGHT: f64 = 18.0;
pub(super) const ZONE_HEIGHT: f64 = 25.0;
/// Air within a box.
pub(super) const INSET: f64 = 12.0;
/// The narrowest box.
const NARROWEST: f64 = 150.0;
/// Ports are wrapped at this width.
const WIDEST_PORTS: f64 = 112.0;
/// Above and below what is within the boundary.
const BOUNDARY_AIR: f64 = 26.0;
/// Between the boundary and the nearest box where there is nothing on its other side.
pub(super) const BOUNDARY_SIDE: f64 = 28.0;
/// The least width of what the boundary encloses where nothing stands on its right, so that its words have room.
const LEAST_BOUNDARY: f64 = 420.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    fn moved(mut self, x: f64, y: f64) -> Self {
        self.x += x;
        self.y += y;
        self
    }
}

/// The name of a flow above its line, and its ports below.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub flow: usize,
    /// All of it.
    pub rect: Rect,
    /// The height of the line that it belongs to.
    pub line_y: f64,
    pub ports: Vec<String>,
    /// Whether it stands at the end of its arrow, or else at the beginning of a loop.
    pub at_end: bool,
}

/// An arrow: its corners from the source to the target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub flow: usize,
    pub points: Vec<(f64, f64)>,
}

/// Everything of one network, from its own upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawing {
    pub width: f64,
    pub height: f64,
    pub boundary: Rect,
    /// The lines under the network's name.
    pub words: Vec<String>,
    /// In the order of the network's nodes.
    pub boxes: Vec<Rect>,
    pub labels: Vec<Label>,
    pub lines: Vec<Line>,
}

/// The head of the boundary: its name, and lines of words.
pub(super) fn boundary_head(lines: usize) -> f64 {
    (0..lines).fold(40.0, |height, _| height + LINE_HEIGHT) + 8.0
}

fn count(many: usize) -> f64 {
    u32::try_from(many).map_or(f64::MAX, f64::from)
}

fn node_size(node: &Node) -> (f64, f64) {
    let head = width(&node.title, TITLE, true) + 18.0 + width(&node.tag, SMALL, false);
    let lines = node.lines.iter().map(|line| width(line, SMALL, false));
    let zones = node.zones.iter().map(|(zone, range)| width(zone, SMALL, false) + width(range, SMALL, false) + 30.0);
    let wide = lines.chain(zones).fold(head, f64::max) + INSET * 2.0;
    let mut high = HEAD_HEIGHT;
    if !node.lines.is_empty() {
        high += 8.0 + LINE_HEIGHT * count(node.lines.len());
    }
    if !node.zones.is_empty() {
        high += 8.0 + ZONE_HEIGHT * count(node.zones.len());
    }
    (wide.max(NARROWEST), high + 8.0)
}

/// Lays a network out.
pub(super) fn layout(network: &NetworkScene) -> Drawing {
    let columns = Columns::of(network);
    let sizes: Vec<(f64, f64)> = network.nodes.iter().map(node_size).collect();
    let ports: Vec<Vec<String>> =
        network.flows.iter().map(|flow| wrapped(&flow.ports, ",", SMALL, WIDEST_PORTS)).collect();
    let rooms: Vec<Room> =
        ports.iter().map(|lines| Room { above: NAME + 7.0, below: 5.0 + (SMALL + 4.0) * count(lines.len()) }).collect();
    let label_widths: Vec<f64> = network
        .flows
        .iter()
        .zip(&ports)
        .map(|(flow, ports)| {
            ports.iter().map(|line| width(line, SMALL, false)).fold(width(&flow.name, NAME, true), f64::max)
        })
        .collect();
    let content_height: Vec<f64> = sizes.iter().map(|(_, height)| *height).collect();
    let content: Vec<bool> = network.flows.iter().map(|flow| flow.content).collect();
    let placement = Placement { columns: &columns, content_height: &content_height, labels: &rooms, content: &content };
    let placed = placement.place();

    let inside = |column: usize| columns.kinds.get(column).is_some_and(|kind| kind.is_inside());
    let boundary = |gap: usize| match (inside(gap), inside(gap + 1)) {
        (false, true) => Boundary::In,
        (true, false) => Boundary::Out,
        _ => Boundary::No,
    };
    let (gaps, turns) = gaps(&columns, &placed, &label_widths, boundary);
    let across = Across::new(&columns, &sizes, &gaps);
    draw(network, &columns, &placed, &across, &gaps, &turns, (&ports, &rooms, &label_widths))
}

/// Where columns and gaps begin, from left to right.
struct Across {
    columns: Vec<f64>,
    widths: Vec<f64>,
    gaps: Vec<f64>,
    boundary: (f64, f64),
    width: f64,
}

impl Across {
    fn new(columns: &Columns, sizes: &[(f64, f64)], gaps: &[Gap]) -> Self {
        let starts_inside = columns.kinds.first().is_some_and(|kind| kind.is_inside());
        let mut x = if starts_inside { BOUNDARY_SIDE } else { 0.0 };
        let mut across =
            Self { columns: Vec::new(), widths: Vec::new(), gaps: Vec::new(), boundary: (0.0, 0.0), width: 0.0 };
        let mut right = None;
        for (at, order) in columns.order.iter().enumerate() {
            let nodes = order.iter().filter_map(|item| columns.items[*item].node);
            let wide = nodes.map(|node| sizes[node].0).fold(0.0, f64::max);
            across.columns.push(x);
            across.widths.push(wide);
            x += wide;
            across.gaps.push(x);
            if let Some(gap) = gaps.get(at) {
                if let Some(boundary) = gap.boundary {
                    let inside = columns.kinds.get(at).is_some_and(|kind| kind.is_inside());
                    match inside {
                        true if at + 1 < columns.order.len() => right = Some(x + boundary),
                        true => {}
                        false => across.boundary.0 = x + boundary,
                    }
                }
                x += gap.width;
            }
        }
        let free = x.max(across.boundary.0 + LEAST_BOUNDARY);
        across.boundary.1 = right.unwrap_or(free);
        across.width = x.max(across.boundary.1);
        across
    }
}

type Words<'a> = (&'a [Vec<String>], &'a [Room], &'a [f64]);

fn draw(
    network: &NetworkScene,
    columns: &Columns,
    placed: &Placed,
    across: &Across,
    gaps: &[Gap],
    turns: &[Option<f64>],
    (ports, rooms, label_widths): Words<'_>,
) -> Drawing {
    let (left, right) = across.boundary;
    let lines_of = |text: &str| {
        let all: Vec<String> = text.split(' ').map(str::to_owned).collect();
        wrapped(&all, "", SMALL, right - left - 40.0)
    };
    let words = [lines_of(&network.facts), lines_of(&network.rule)].concat();
    let down = boundary_head(words.len()) + 6.0;
    let mut boxes = vec![Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 }; network.nodes.len()];
    let mut bottom = 0.0_f64;
    for (item, one) in columns.items.iter().enumerate() {
        bottom = bottom.max(placed.tops[item] + placed.heights[item]);
        let Some(node) = one.node else { continue };
        boxes[node] = Rect {
            x: across.columns[one.column],
            y: placed.tops[item],
            width: across.widths[one.column],
            height: placed.heights[item],
        }
        .moved(0.0, down);
    }
    let (lines, labels) = lines(network, columns, placed, across, gaps, turns, (ports, rooms, label_widths));
    let height = down + bottom + BOUNDARY_AIR;
    let lower = |mut line: Line| {
        line.points.iter_mut().for_each(|point| point.1 += down);
        line
    };
    Drawing {
        width: across.width,
        height,
        boundary: Rect { x: left, y: 0.0, width: right - left, height },
        words,
        boxes,
        labels: labels
            .into_iter()
            .map(|label| Label { rect: label.rect.moved(0.0, down), line_y: label.line_y + down, ..label })
            .collect(),
        lines: lines.into_iter().map(lower).collect(),
    }
}

fn lines(
    network: &NetworkScene,
    columns: &Columns,
    placed: &Placed,
    across: &Across,
    gaps: &[Gap],
    turns: &[Option<f64>],
    (ports, rooms, label_widths): Words<'_>,
) -> (Vec<Line>, Vec<Label>) {
    let mut lines: Vec<Line> = (0..network.flows.len()).map(|flow| Line { flow, points: Vec::new() }).collect();
    let mut labels = Vec::new();
    for (at, link) in columns.links.iter().enumerate() {
        let start = across.gaps[link.gap];
        let [y1, y2] = placed.ends[at];
        let points = &mut lines[link.flow].points;
        let label_y = match link.shape {
            Shape::Across => {
                points.push((start, y1));
                if let Some(turn) = turns[at].filter(|_| (y1 - y2).abs() > STRAIGHT) {
                    points.extend([(start + turn, y1), (start + turn, y2)]);
                }
                points.push((start + gaps[link.gap].width, y2));
                columns.items[link.right].node.is_some().then_some(y2)
            }
            Shape::Loop => {
                let turn = start + turns[at].unwrap_or_default();
                points.extend([(start, y1), (turn, y1), (turn, y2), (start, y2)]);
                Some(y1)
            }
        };
        if let Some(y) = label_y {
            let (room, wide) = (rooms[link.flow], label_widths[link.flow]);
            let x = match link.shape {
                Shape::Across => start + gaps[link.gap].labels_end - wide,
                Shape::Loop => start + gaps[link.gap].loop_labels,
            };
            let rect = Rect { x, y: y - room.above, width: wide, height: room.above + room.below };
            let at_end = link.shape == Shape::Across;
            labels.push(Label { flow: link.flow, rect, line_y: y, ports: ports[link.flow].clone(), at_end });
        }
    }
    for line in &mut lines {
        let Some(flow) = network.flows.get(line.flow) else { continue };
        // Parts are listed from left to right; an arrow to the left begins at their end.
        let column = |node: usize| columns.items.get(node).map_or(0, |item| item.column);
        if column(flow.from) > column(flow.to) {
            line.points.reverse();
        }
    }
    (lines, labels)
}
