//! The gaps between columns: how wide each is, where its lines turn, and where its labels stand.

use super::columns::{Columns, Shape};
use super::layout::BOUNDARY_SIDE;
use super::place::Placed;

/// Between two lines that turn.
const TRACK: f64 = 11.0;
/// Before and behind the lines that turn.
const MARGIN: f64 = 13.0;
/// For the head of an arrow, and air behind a label.
pub(super) const HEAD: f64 = 18.0;
/// The least width of a gap.
const LEAST: f64 = 56.0;
/// On either side of the boundary where it runs through a gap.
const BOUNDARY: f64 = 15.0;
/// Ends that differ by less are joined by a straight line.
pub(super) const STRAIGHT: f64 = 0.75;

/// One gap, in distances from its left edge.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap {
    pub width: f64,
    /// Where the boundary runs, if it does.
    pub boundary: Option<f64>,
    /// Where labels of loops begin.
    pub loop_labels: f64,
    /// Where labels of arrows to the next column end.
    pub labels_end: f64,
}

/// Where the boundary runs with respect to a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary {
    /// It doesn't.
    No,
    /// The next column is inside.
    In,
    /// The next column is outside, or there is none.
    Out,
}

/// The gaps, and of each link that turns, where it does: a distance from its gap's left edge.
pub(super) fn gaps(
    columns: &Columns,
    placed: &Placed,
    label_widths: &[f64],
    boundary: impl Fn(usize) -> Boundary,
) -> (Vec<Gap>, Vec<Option<f64>>) {
    let mut turns = vec![None; columns.links.len()];
    let gaps =
        (0..columns.order.len()).map(|at| gap(at, columns, placed, label_widths, boundary(at), &mut turns)).collect();
    (gaps, turns)
}

fn gap(
    at: usize,
    columns: &Columns,
    placed: &Placed,
    label_widths: &[f64],
    boundary: Boundary,
    turns: &mut [Option<f64>],
) -> Gap {
    let here = || columns.links.iter().enumerate().filter(|(_, link)| link.gap == at);
    let mut loops: Vec<usize> = here().filter(|(_, link)| link.shape == Shape::Loop).map(|(link, _)| link).collect();
    let mut turning: Vec<usize> = here()
        .filter(|(_, link)| link.shape == Shape::Across)
        .map(|(link, _)| link)
        .filter(|link| (placed.ends[*link][0] - placed.ends[*link][1]).abs() > STRAIGHT)
        .collect();
    // The smaller loop is within the larger.
    let span = |link: usize| (placed.ends[link][0] - placed.ends[link][1]).abs();
    loops.sort_by(|a, b| span(*a).total_cmp(&span(*b)).then(a.cmp(b)));
    // Of lines that go down, the lowest turns first; of those that go up, the highest: so that they don't cross.
    let key = |link: usize| {
        let [left, right] = placed.ends[link];
        if right > left { (0, -left) } else { (1, left) }
    };
    turning.sort_by(|a, b| {
        let (a_key, b_key) = (key(*a), key(*b));
        a_key.0.cmp(&b_key.0).then(a_key.1.total_cmp(&b_key.1)).then(a.cmp(b))
    });

    let width_of = |shape: Shape| {
        let labelled = here().filter(move |(_, link)| {
            link.shape == shape && (shape == Shape::Loop || columns.items[link.right].node.is_some())
        });
        labelled.map(|(_, link)| label_widths[link.flow]).fold(0.0, f64::max)
    };
    let mut x = 0.0;
    let mut gap = Gap { loop_labels: HEAD, ..Gap::default() };
    if !loops.is_empty() {
        x = HEAD + width_of(Shape::Loop) + MARGIN;
        x = tracks(&loops, x, turns);
    }
    if boundary == Boundary::Out {
        x += if at + 1 < columns.order.len() { BOUNDARY } else { BOUNDARY_SIDE };
        gap.boundary = Some(x);
    }
    let has_across = here().any(|(_, link)| link.shape == Shape::Across);
    if has_across {
        x += MARGIN;
        x = tracks(&turning, x, turns);
        if boundary == Boundary::In {
            x += BOUNDARY;
            gap.boundary = Some(x);
        }
        let labels = width_of(Shape::Across);
        gap.labels_end = x + MARGIN + labels;
        gap.width = (gap.labels_end + HEAD).max(LEAST);
        gap.labels_end = gap.width - HEAD;
    } else if boundary == Boundary::In {
        gap.boundary = Some(x + BOUNDARY);
        gap.width = (x + BOUNDARY * 2.0).max(LEAST);
    } else {
        // A loop's turn keeps its distance to the next column.
        let x = if loops.is_empty() || boundary == Boundary::Out { x } else { x + MARGIN };
        gap.width = if at + 1 < columns.order.len() { x.max(LEAST) } else { x };
    }
    gap
}

/// Gives each of these links a place to turn, from `x` on; says where the last one is.
fn tracks(links: &[usize], x: f64, turns: &mut [Option<f64>]) -> f64 {
    let mut at = x;
    for (number, link) in links.iter().enumerate() {
        if number > 0 {
            at += TRACK;
        }
        turns[*link] = Some(at);
    }
    at
}
