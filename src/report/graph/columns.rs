//! Which box stands in which column and in which order, and the links between neighbouring columns that arrows are made of.
//! An arrow that passes a column has a lane there: a thin box of its own.

use super::scene::{Column, NetworkScene};

/// What stands in a column.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub column: usize,
    /// None for a lane.
    pub node: Option<usize>,
}

/// A part of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub flow: usize,
    /// The gap that it lies in: behind the column of that number.
    pub gap: usize,
    /// The item that it begins at, on the right side of its column.
    pub left: usize,
    /// The item that it ends at, in the next column; for a loop, in the same.
    pub right: usize,
    pub shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// From one column to the next.
    Across,
    /// Out of a column and back into it.
    Loop,
}

/// The columns of a network.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub items: Vec<Item>,
    /// The items of each column, from top to bottom.
    pub order: Vec<Vec<usize>>,
    /// What each column holds.
    pub kinds: Vec<Column>,
    pub links: Vec<Link>,
}

/// Rounds of ordering; small pictures settle after two or three.
const ROUNDS: usize = 12;

impl Columns {
    pub fn of(network: &NetworkScene) -> Self {
        let mut kinds: Vec<Column> = network.nodes.iter().map(|node| node.column).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut columns = Self { items: Vec::new(), order: vec![Vec::new(); kinds.len()], kinds, links: Vec::new() };
        for (at, node) in network.nodes.iter().enumerate() {
            let column = columns.kinds.iter().position(|kind| *kind == node.column).unwrap_or_default();
            columns.stand(column, Some(at));
        }
        for (at, flow) in network.flows.iter().enumerate() {
            columns.link(at, flow.from, flow.to);
        }
        columns.untangle();
        columns
    }

    fn stand(&mut self, column: usize, node: Option<usize>) -> usize {
        let item = self.items.len();
        self.items.push(Item { column, node });
        if let Some(order) = self.order.get_mut(column) {
            order.push(item);
        }
        item
    }

    fn column(&self, item: usize) -> usize {
        self.items.get(item).map_or(0, |item| item.column)
    }

    /// Nodes come first among the items, so that their numbers are the same.
    fn link(&mut self, flow: usize, from: usize, to: usize) {
        let (first, last) = (self.column(from), self.column(to));
        if first == last {
            self.links.push(Link { flow, gap: first, left: from, right: to, shape: Shape::Loop });
            return;
        }
        let (mut left, end) = if first < last { (from, to) } else { (to, from) };
        let (first, last) = (first.min(last), first.max(last));
        for gap in first..last {
            let right = if gap + 1 == last { end } else { self.stand(gap + 1, None) };
            self.links.push(Link { flow, gap, left, right, shape: Shape::Across });
            left = right;
        }
    }

    /// Where each item stands in its column.
    pub fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.items.len()];
        for order in &self.order {
            for (rank, item) in order.iter().enumerate() {
                if let Some(place) = ranks.get_mut(*item) {
                    *place = rank;
                }
            }
        }
        ranks
    }

    /// Orders every column by the middle of what it is linked to, back and forth, and keeps the order with the fewest
    /// crossings.
    fn untangle(&mut self) {
        let (mut best, mut fewest) = (self.order.clone(), self.crossings());
        for round in 0..ROUNDS {
            let count = self.order.len();
            let forth = round % 2 == 0;
            for step in 1..count {
                let column = if forth { step } else { count - 1 - step };
                self.sort_column(column, forth);
            }
            let crossings = self.crossings();
            if crossings < fewest {
                (best, fewest) = (self.order.clone(), crossings);
            }
        }
        self.order = best;
        self.swap_neighbours(fewest);
    }

    /// What sorting leaves: any two neighbours that are better the other way round.
    fn swap_neighbours(&mut self, mut fewest: usize) {
        let mut better = true;
        while better {
            better = false;
            for column in 0..self.order.len() {
                let length = self.order.get(column).map_or(0, Vec::len);
                for at in 1..length {
                    if let Some(order) = self.order.get_mut(column) {
                        order.swap(at - 1, at);
                    }
                    let crossings = self.crossings();
                    if crossings < fewest {
                        (fewest, better) = (crossings, true);
                    } else if let Some(order) = self.order.get_mut(column) {
                        order.swap(at - 1, at);
                    }
                }
            }
        }
    }

    fn sort_column(&mut self, column: usize, by_left: bool) {
        let ranks = self.ranks();
        let rank = |item: usize| ranks.get(item).copied().unwrap_or_default();
        let middle = |item: usize| {
            let others: Vec<usize> = self
                .links
                .iter()
                .filter(|link| link.shape == Shape::Across)
                .filter_map(|link| match by_left {
                    true if link.right == item => Some(rank(link.left)),
                    false if link.left == item => Some(rank(link.right)),
                    _ => None,
                })
                .collect();
            // In thousandths, so that it can be sorted by; what is linked to nothing stays where it is.
            match others.len() {
                0 => rank(item) * 1000,
                many => others.iter().sum::<usize>() * 1000 / many,
            }
        };
        let Some(mut order) = self.order.get(column).cloned() else { return };
        order.sort_by_key(|item| middle(*item));
        if let Some(place) = self.order.get_mut(column) {
            *place = order;
        }
    }

    /// Pairs of links that cross. Parts that lead to one and the same box don't.
    fn crossings(&self) -> usize {
        let ranks = self.ranks();
        let rank = |item: usize| ranks.get(item).copied().unwrap_or_default();
        let mut crossings = 0;
        for (at, one) in self.links.iter().enumerate() {
            for other in self.links.iter().skip(at + 1).filter(|other| other.gap == one.gap) {
                if one.shape == Shape::Across && other.shape == Shape::Across {
                    let left = rank(one.left).cmp(&rank(other.left));
                    let right = rank(one.right).cmp(&rank(other.right));
                    crossings += usize::from(left.is_ne() && left == right.reverse());
                }
            }
        }
        crossings
    }
}
