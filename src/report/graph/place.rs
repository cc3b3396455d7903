//! How high everything stands: boxes near to what they are linked to, and the points on their sides where arrows begin and
//! end, each with room for its label.

use super::columns::{Columns, Link, Shape};
use super::spread::{spread, spread_within};

/// Room above and below a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub above: f64,
    pub below: f64,
}

/// Room for a line without a label.
const BARE: Room = Room { above: 8.0, below: 8.0 };
/// Between the rooms of two lines.
const BETWEEN_LINES: f64 = 5.0;
/// Between a line's room and the corner of its box.
const CORNER: f64 = 7.0;
/// Between two boxes.
const BETWEEN_BOXES: f64 = 30.0;
/// Around a lane.
const BESIDE_LANES: f64 = 8.0;
/// The height of a lane.
const LANE: f64 = 12.0;
/// A turn that is smaller looks like a slip.
const NEARLY_STRAIGHT: f64 = 14.0;
/// Rounds of moving boxes and lines towards each other.
const ROUNDS: usize = 24;
/// How much more the content's path is kept straight than other arrows.
const CONTENT: f64 = 4.0;

/// Which end of a link: at its left item, or at its right.
const LEFT: usize = 0;
const RIGHT: usize = 1;

/// Heights and places, from 0 downwards.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub tops: Vec<f64>,
    pub heights: Vec<f64>,
    /// Of each link, the height of its left and its right end.
    pub ends: Vec<[f64; 2]>,
}

/// What is placed: the columns, each box's own height, each label's room, and which flows content takes.
pub(super) struct Placement<'a> {
    pub columns: &'a Columns,
    pub content_height: &'a [f64],
    pub labels: &'a [Room],
    pub content: &'a [bool],
}

/// The ends on one side of an item, from top to bottom.
type Side = Vec<(usize, usize)>;

impl Placement<'_> {
    pub fn place(&self) -> Placed {
        let sides: Vec<[Side; 2]> = (0..self.columns.items.len()).map(|item| self.sides(item)).collect();
        let heights: Vec<f64> = sides.iter().enumerate().map(|(item, sides)| self.height(item, sides)).collect();
        let mut placed =
            Placed { tops: vec![0.0; heights.len()], heights, ends: vec![[0.0; 2]; self.columns.links.len()] };
        for order in &self.columns.order {
            let mut top = 0.0;
            for item in order {
                placed.tops[*item] = top;
                top += placed.heights[*item] + BETWEEN_BOXES;
            }
        }
        for (item, sides) in sides.iter().enumerate() {
            sides.iter().for_each(|side| self.settle(item, side, &mut placed));
        }
        let count = self.columns.order.len();
        for round in 0..ROUNDS {
            for step in 0..count {
                let column = if round % 2 == 0 { step } else { count - 1 - step };
                self.move_column(column, &sides, &mut placed);
                for item in &self.columns.order[column] {
                    sides[*item].iter().for_each(|side| self.settle(*item, side, &mut placed));
                }
            }
        }
        for _ in 0..4 {
            for which in [1, 0] {
                for (item, sides) in sides.iter().enumerate() {
                    self.settle(item, &sides[which], &mut placed);
                }
            }
        }
        self.straighten_lanes(&sides, &mut placed);
        for (item, sides) in sides.iter().enumerate() {
            sides.iter().for_each(|side| self.settle(item, side, &mut placed));
        }
        let highest = placed.tops.iter().copied().fold(f64::INFINITY, f64::min);
        if highest.is_finite() {
            placed.tops.iter_mut().for_each(|top| *top -= highest);
            placed.ends.iter_mut().flatten().for_each(|end| *end -= highest);
        }
        placed
    }

    /// Moves lanes the last few pixels to where their arrows come from or go to, where nothing is in the way.
    fn straighten_lanes(&self, sides: &[[Side; 2]], placed: &mut Placed) {
        for order in &self.columns.order {
            for (rank, item) in order.iter().enumerate().filter(|(_, item)| self.is_lane(**item)) {
                let above = rank.checked_sub(1).and_then(|at| order.get(at));
                let low =
                    above.map_or(f64::NEG_INFINITY, |one| placed.tops[*one] + placed.heights[*one] + BESIDE_LANES);
                let high = order.get(rank + 1).map_or(f64::INFINITY, |one| placed.tops[*one] - BESIDE_LANES - LANE);
                let others = sides[*item].iter().flatten().map(|(at, end)| placed.ends[*at][1 - *end] - LANE / 2.0);
                let near = |top: &f64| (top - placed.tops[*item]).abs() < NEARLY_STRAIGHT && (low..=high).contains(top);
                let Some(top) = others.into_iter().find(near) else { continue };
                placed.tops[*item] = top;
                sides[*item].iter().for_each(|side| self.settle(*item, side, placed));
            }
        }
    }

    /// The ends on the left and on the right side of an item, so that none crosses another for nothing.
    fn sides(&self, item: usize) -> [Side; 2] {
        let ranks = self.columns.ranks();
        let signed = |item: usize| i64::try_from(ranks[item]).unwrap_or(i64::MAX);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (at, link) in self.columns.links.iter().enumerate() {
            let number = i64::try_from(at).unwrap_or(i64::MAX);
            match link.shape {
                Shape::Across => {
                    if link.left == item {
                        right.push(((1, signed(link.right), number), (at, LEFT)));
                    }
                    if link.right == item {
                        left.push(((1, signed(link.left), number), (at, RIGHT)));
                    }
                }
                Shape::Loop => {
                    for (end, here, there) in [(LEFT, link.left, link.right), (RIGHT, link.right, link.left)] {
                        if here != item {
                            continue;
                        }
                        // Loops leave at the corner that is nearer to their other end, the farther ones farther from it.
                        let key = match signed(there) - signed(here) {
                            ..0 => (0, -signed(there), -number),
                            0 => (3, number, i64::from(end == RIGHT)),
                            1.. => (2, -signed(there), number),
                        };
                        right.push((key, (at, end)));
                    }
                }
            }
        }
        [left, right].map(|mut side| {
            side.sort_unstable();
            side.into_iter().map(|(_, end)| end).collect()
        })
    }

    fn is_lane(&self, item: usize) -> bool {
        self.columns.items[item].node.is_none()
    }

    /// The room of a link's end. A label stands at the right end of an arrow's last part, or at a loop's beginning; the
    /// other end gets the same room, so that the line can be straight.
    fn room(&self, (at, end): (usize, usize)) -> Room {
        let link = self.columns.links[at];
        let labelled = match link.shape {
            Shape::Across => !self.is_lane(link.right),
            Shape::Loop => end == LEFT,
        };
        if labelled { self.labels[link.flow] } else { BARE }
    }

    /// The distances between the ends of a side.
    fn apart(&self, side: &Side) -> Vec<f64> {
        side.windows(2).map(|pair| self.room(pair[0]).below + BETWEEN_LINES + self.room(pair[1]).above).collect()
    }

    fn height(&self, item: usize, sides: &[Side; 2]) -> f64 {
        let Some(node) = self.columns.items[item].node else { return LANE };
        let of_side = |side: &Side| match (side.first(), side.last()) {
            (Some(first), Some(last)) => {
                let between: f64 = self.apart(side).iter().sum();
                CORNER + self.room(*first).above + between + self.room(*last).below + CORNER
            }
            _ => 0.0,
        };
        self.content_height[node].max(of_side(&sides[0])).max(of_side(&sides[1]))
    }

    fn weight(&self, link: Link) -> f64 {
        if self.content[link.flow] { CONTENT } else { 1.0 }
    }

    /// Puts the ends of a side as high as their other ends, as far as the box goes.
    fn settle(&self, item: usize, side: &Side, placed: &mut Placed) {
        let (Some(first), Some(last)) = (side.first(), side.last()) else { return };
        let (top, height) = (placed.tops[item], placed.heights[item]);
        if self.is_lane(item) {
            side.iter().for_each(|(at, end)| placed.ends[*at][*end] = top + height / 2.0);
            return;
        }
        let bounds = (top + CORNER + self.room(*first).above, top + height - CORNER - self.room(*last).below);
        let desired: Vec<(f64, f64)> = side
            .iter()
            .map(|(at, end)| {
                let link = self.columns.links[*at];
                (placed.ends[*at][1 - *end], self.weight(link))
            })
            .collect();
        for ((at, end), y) in side.iter().zip(spread_within(&desired, &self.apart(side), bounds)) {
            placed.ends[*at][*end] = y;
        }
    }

    /// Moves the boxes of a column towards what they are linked to. Their order stays.
    fn move_column(&self, column: usize, sides: &[[Side; 2]], placed: &mut Placed) {
        let order = &self.columns.order[column];
        let desired: Vec<(f64, f64)> = order
            .iter()
            .map(|item| {
                let (mut sum, mut weights) = (placed.tops[*item] * 0.05, 0.05);
                for (at, end) in sides[*item].iter().flatten() {
                    let link = self.columns.links[*at];
                    if link.shape == Shape::Across {
                        let weight = self.weight(link);
                        let own = placed.ends[*at][*end] - placed.tops[*item];
                        sum += (placed.ends[*at][1 - *end] - own) * weight;
                        weights += weight;
                    }
                }
                (sum / weights, weights)
            })
            .collect();
        let apart: Vec<f64> = order
            .windows(2)
            .map(|pair| {
                let gap = match (self.is_lane(pair[0]), self.is_lane(pair[1])) {
                    (true, true) => BESIDE_LANES,
                    (false, false) => BETWEEN_BOXES,
                    _ => BESIDE_LANES * 2.0,
                };
                placed.heights[pair[0]] + gap
            })
            .collect();
        for (item, top) in order.iter().zip(spread(&desired, &apart)) {
            let moved = top - placed.tops[*item];
            placed.tops[*item] = top;
            for (at, end) in sides[*item].iter().flatten() {
                placed.ends[*at][*end] += moved;
            }
        }
    }
}
