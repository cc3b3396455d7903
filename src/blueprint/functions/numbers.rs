//! Functions of numbers.

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::number::Number;
use crate::blueprint::value::Value;

/// As many elements as Terraform lets `range` make.
const LONGEST_RANGE: usize = 1024;

fn number(arguments: &Arguments<'_>, place: usize) -> Number {
    arguments.value(place).as_number().unwrap_or(Number::Integer(0))
}

pub(super) fn abs(arguments: &Arguments<'_>) -> Outcome {
    let number = number(arguments, 0);
    if number < Number::Integer(0) {
        return number.negate().map(Value::from).map_err(|problem| Failure::at(0, problem.to_string()));
    }
    Ok(number.into())
}

pub(super) fn ceil(arguments: &Arguments<'_>) -> Outcome {
    rounded(number(arguments, 0), f64::ceil)
}

pub(super) fn floor(arguments: &Arguments<'_>) -> Outcome {
    rounded(number(arguments, 0), f64::floor)
}

fn rounded(number: Number, round: fn(f64) -> f64) -> Outcome {
    match number {
        Number::Integer(_) => Ok(number.into()),
        Number::Float(value) => {
            Number::from_float(round(value)).map(Value::from).ok_or_else(|| Failure::at(0, "the number is too large"))
        }
    }
}

pub(super) fn max(arguments: &Arguments<'_>) -> Outcome {
    let largest = (0..arguments.len()).map(|place| number(arguments, place)).max();
    largest.map(Value::from).ok_or_else(|| Failure::new("expected a number at least"))
}

pub(super) fn min(arguments: &Arguments<'_>) -> Outcome {
    let smallest = (0..arguments.len()).map(|place| number(arguments, place)).min();
    smallest.map(Value::from).ok_or_else(|| Failure::new("expected a number at least"))
}

pub(super) fn sum(arguments: &Arguments<'_>) -> Outcome {
    let values = arguments.sequence(0);
    if values.is_empty() {
        return Err(Failure::at(0, "the list is empty"));
    }
    let mut total = Number::Integer(0);
    for (index, value) in values.iter().enumerate() {
        let number = value.as_number().ok_or_else(|| Failure::at(0, format!("element [{index}] is null")))?;
        total = total.plus(number).map_err(|problem| Failure::at(0, problem.to_string()))?;
    }
    Ok(total.into())
}

pub(super) fn range(arguments: &Arguments<'_>) -> Outcome {
    let (first, limit) = match arguments.len() {
        1 => (Number::Integer(0), number(arguments, 0)),
        _ => (number(arguments, 0), number(arguments, 1)),
    };
    let ascends = first <= limit;
    let step = match arguments.values.get(2) {
        Some(step) => step.as_number().unwrap_or(Number::Integer(1)),
        None if ascends => Number::Integer(1),
        None => Number::Integer(-1),
    };
    if step.is_zero() {
        return Err(Failure::at(2, "the step is zero"));
    }
    if first != limit && (step > Number::Integer(0)) != ascends {
        return Err(Failure::at(2, "the step leads away from the limit"));
    }
    let mut values = Vec::new();
    let mut next = first;
    while if ascends { next < limit } else { next > limit } {
        if values.len() == LONGEST_RANGE {
            return Err(Failure::new(format!("more than {LONGEST_RANGE} elements")));
        }
        values.push(Value::from(next));
        // A step too small to change the number ends at the limit of elements; one past the largest number ends here.
        match next.plus(step) {
            Ok(number) => next = number,
            Err(_) => break,
        }
    }
    Ok(Value::list(values))
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    #[test]
    fn numbers_are_terraforms() {
        assert_eq!(
            shown("[abs(-12.4), ceil(5.1), floor(-5.1), max(5, 12, 9), min([3, 1]...)]"),
            "[12.4, 6, -6, 12, 1]"
        );
        assert_eq!(shown("sum([10, 13, 6, 4.5])"), "33.5");
        assert_eq!(error_of("sum([])"), "`sum` has no result: the list is empty");
        assert_eq!(
            error_of("abs(-9223372036854775807 - 1)"),
            "`abs` has no result: the result does not fit a 64-bit number"
        );
    }

    #[test]
    fn ranges_are_terraforms() {
        assert_eq!(shown("range(3)"), "[0, 1, 2]");
        assert_eq!(shown("range(1, 4)"), "[1, 2, 3]");
        assert_eq!(shown("range(1, 8, 2)"), "[1, 3, 5, 7]");
        assert_eq!(shown("range(4, 1)"), "[4, 3, 2]");
        assert_eq!(shown("range(10, 5, -2)"), "[10, 8, 6]");
        assert_eq!(shown("range(0)"), "[]");
        assert_eq!(shown("length(range(1024))"), "1024");
        assert_eq!(error_of("range(1025)"), "`range` has no result: more than 1024 elements");
        assert_eq!(error_of("range(1, 5, 0)"), "`range` has no result: the step is zero");
        assert_eq!(error_of("range(1, 5, -1)"), "`range` has no result: the step leads away from the limit");
        assert_eq!(shown("range(9223372036854775806, 9223372036854775807, 5)"), "[9223372036854775806]");
    }
}
