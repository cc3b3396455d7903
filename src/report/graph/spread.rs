//! Things in a row, each as near as can be to where it wants to be, none too near to the next.

/// Positions in the order given, at least `apart[i]` between the `i`th and its follower, with the least sum of squared
/// distances to the positions desired, by weight. The pool-adjacent-violators method.
pub(super) fn spread(desired: &[(f64, f64)], apart: &[f64]) -> Vec<f64> {
    // Without the distances, positions need only not decrease.
    let mut shift = 0.0;
    let mut shifts = Vec::with_capacity(desired.len());
    // Sum of weighted positions, sum of weights, how many.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (at, (position, weight)) in desired.iter().enumerate() {
        if at > 0 {
            shift += apart.get(at - 1).copied().unwrap_or_default();
        }
        shifts.push(shift);
        let mut block = ((position - shift) * weight, *weight, 1);
        while let Some(before) = blocks.pop() {
            if before.0 / before.1 <= block.0 / block.1 {
                blocks.push(before);
                break;
            }
            block = (before.0 + block.0, before.1 + block.1, before.2 + block.2);
        }
        blocks.push(block);
    }
    let settled = blocks.into_iter().flat_map(|(sum, weight, many)| std::iter::repeat_n(sum / weight, many));
    settled.zip(shifts).map(|(position, shift)| position + shift).collect()
}

/// The same, between two bounds, as far as there is room for all.
pub(super) fn spread_within(desired: &[(f64, f64)], apart: &[f64], bounds: (f64, f64)) -> Vec<f64> {
    let length: f64 = apart.iter().take(desired.len().saturating_sub(1)).sum();
    let mut shift = 0.0;
    spread(desired, apart)
        .into_iter()
        .enumerate()
        .map(|(at, position)| {
            if at > 0 {
                shift += apart.get(at - 1).copied().unwrap_or_default();
            }
            let (low, high) = (bounds.0 + shift, bounds.1 - length + shift);
            position.min(high).max(low)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(positions: &[f64]) -> Vec<(f64, f64)> {
        positions.iter().map(|position| (*position, 1.0)).collect()
    }

    #[test]
    fn what_has_room_stays_and_what_crowds_gives_way_evenly() {
        assert_eq!(spread(&at(&[0.0, 100.0]), &[10.0]), [0.0, 100.0]);
        assert_eq!(spread(&at(&[50.0, 50.0]), &[10.0]), [45.0, 55.0]);
        assert_eq!(spread(&at(&[9.0, 0.0, 30.0]), &[10.0, 10.0]), [-0.5, 9.5, 30.0]);
        assert_eq!(spread(&[(50.0, 3.0), (50.0, 1.0)], &[8.0]), [48.0, 56.0]);
    }

    #[test]
    fn bounds_hold() {
        assert_eq!(spread_within(&at(&[-50.0, -50.0, 90.0]), &[10.0, 10.0], (0.0, 60.0)), [0.0, 10.0, 60.0]);
        assert_eq!(spread_within(&at(&[7.0]), &[], (10.0, 20.0)), [10.0]);
    }
}
