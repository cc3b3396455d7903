//! Numbers of the blueprint language: 64-bit integers that never wrap, and finite doubles.

use std::cmp::Ordering;
use std::fmt;

/// A number: an integer where it has no fraction and fits 64 bits, a finite double otherwise.
///
/// Build one with [`Number::from_float`] or [`From<i64>`], so that equal numbers have one form.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    Integer(i64),
    Float(f64),
}

/// Integers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Why a calculation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncomputable {
    Overflow,
    DivisionByZero,
}

impl fmt::Display for Uncomputable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "the result does not fit a 64-bit number",
            Self::DivisionByZero => "division by zero",
        })
    }
}

impl Number {
    /// None for what is no finite number.
    pub fn from_float(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if value.fract() == 0.0 && value.abs() <= EXACT {
            // Exact: the value is integral and within 53 bits.
            #[expect(clippy::cast_possible_truncation)]
            return Some(Self::Integer(value as i64));
        }
        Some(Self::Float(value))
    }

    /// Reads a decimal number as Terraform converts a string to one: `12`, `-1.5`, `1e3`; no spaces, no `0x`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit())
            || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
        {
            return None;
        }
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            // An integer too long for 64 bits is refused, not rounded.
            return text.parse().ok().map(Self::Integer);
        }
        text.parse().ok().and_then(Self::from_float)
    }

    /// The nearest double.
    #[expect(clippy::cast_precision_loss)]
    pub fn as_float(self) -> f64 {
        match self {
            Self::Integer(n) => n as f64,
            Self::Float(n) => n,
        }
    }

    /// None where it has a fraction or is too large.
    pub fn as_integer(self) -> Option<i64> {
        match self {
            Self::Integer(n) => Some(n),
            Self::Float(_) => None,
        }
    }

    /// None where it is negative, has a fraction or is too large.
    pub fn as_index(self) -> Option<usize> {
        self.as_integer().and_then(|n| usize::try_from(n).ok())
    }

    pub fn plus(self, other: Self) -> Result<Self, Uncomputable> {
        self.combine(other, i64::checked_add, |a, b| a + b)
    }

    pub fn minus(self, other: Self) -> Result<Self, Uncomputable> {
        self.combine(other, i64::checked_sub, |a, b| a - b)
    }

    pub fn times(self, other: Self) -> Result<Self, Uncomputable> {
        self.combine(other, i64::checked_mul, |a, b| a * b)
    }

    /// Exact where both are integers and the quotient is one; a double otherwise.
    pub fn divide(self, other: Self) -> Result<Self, Uncomputable> {
        if other.is_zero() {
            return Err(Uncomputable::DivisionByZero);
        }
        if let (Self::Integer(a), Self::Integer(b)) = (self, other)
            && a.checked_rem(b) == Some(0)
        {
            return a.checked_div(b).map(Self::Integer).ok_or(Uncomputable::Overflow);
        }
        Self::from_float(self.as_float() / other.as_float()).ok_or(Uncomputable::Overflow)
    }

    /// The remainder bears the sign of the dividend, as in Terraform.
    pub fn remainder(self, other: Self) -> Result<Self, Uncomputable> {
        if other.is_zero() {
            return Err(Uncomputable::DivisionByZero);
        }
        match (self, other) {
            // The one case that wraps, i64::MIN % -1, is 0.
            (Self::Integer(a), Self::Integer(b)) => Ok(Self::Integer(a.checked_rem(b).unwrap_or(0))),
            (a, b) => Self::from_float(a.as_float() % b.as_float()).ok_or(Uncomputable::Overflow),
        }
    }

    pub fn negate(self) -> Result<Self, Uncomputable> {
        Self::Integer(0).minus(self)
    }

    pub fn is_zero(self) -> bool {
        self == Self::Integer(0)
    }

    fn combine(
        self,
        other: Self,
        exact: fn(i64, i64) -> Option<i64>,
        near: fn(f64, f64) -> f64,
    ) -> Result<Self, Uncomputable> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => exact(a, b).map(Self::Integer),
            (a, b) => Self::from_float(near(a.as_float(), b.as_float())),
        }
        .ok_or(Uncomputable::Overflow)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Self::Integer(a), Self::Float(b)) => compare_mixed(*a, *b),
            (Self::Float(a), Self::Integer(b)) => compare_mixed(*b, *a).reverse(),
        }
    }
}

/// Compares without rounding the integer to a double.
fn compare_mixed(integer: i64, float: f64) -> Ordering {
    // Both bounds are exact doubles: -2^63 and 2^63.
    if float < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    if float >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    // In range: the truncation fits.
    #[expect(clippy::cast_possible_truncation)]
    let whole = float.trunc() as i64;
    integer.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

impl fmt::Display for Number {
    /// Decimal digits without an exponent, as Terraform turns numbers into text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(n) => n.fmt(f),
            Self::Float(n) => n.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(value: f64) -> Number {
        Number::from_float(value).expect("finite")
    }

    #[test]
    fn integral_floats_are_integers() {
        assert!(matches!(float(3.0), Number::Integer(3)));
        assert!(matches!(float(-0.0), Number::Integer(0)));
        assert!(Number::from_float(f64::NAN).is_none());
        assert!(Number::from_float(f64::INFINITY).is_none());
    }

    #[test]
    fn arithmetic_is_checked() {
        let max = Number::from(i64::MAX);
        assert_eq!(max.plus(1.into()), Err(Uncomputable::Overflow));
        assert_eq!(max.times(2.into()), Err(Uncomputable::Overflow));
        assert_eq!(Number::from(i64::MIN).negate(), Err(Uncomputable::Overflow));
        assert_eq!(Number::from(1).divide(0.into()), Err(Uncomputable::DivisionByZero));
        assert_eq!(Number::from(5).remainder(0.into()), Err(Uncomputable::DivisionByZero));
        assert_eq!(Number::from(i64::MIN).remainder((-1).into()), Ok(0.into()));
        assert_eq!(Number::from(i64::MIN).divide((-1).into()), Ok(float(9_223_372_036_854_775_808.0)));
        assert_eq!(float(f64::MAX).times(float(f64::MAX)), Err(Uncomputable::Overflow));
    }

    #[test]
    fn division_is_exact_where_it_can_be() {
        assert_eq!(Number::from(6).divide(2.into()), Ok(3.into()));
        assert_eq!(Number::from(7).divide(2.into()), Ok(float(3.5)));
        assert_eq!(Number::from(-7).remainder(3.into()), Ok((-1).into()));
    }

    #[test]
    fn text_reads_as_terraform_reads_it() {
        assert_eq!(Number::parse("12"), Some(12.into()));
        assert_eq!(Number::parse("-1.5"), Some(float(-1.5)));
        assert_eq!(Number::parse("1e3"), Some(1000.into()));
        for refused in ["", " 12", "0x10", "nan", "inf", "1_000", ".5x", "9223372036854775808", "1e999"] {
            assert_eq!(Number::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn mixed_comparison_does_not_round() {
        let big = Number::from(9_007_199_254_740_993);
        assert!(big > float(9_007_199_254_740_992.0));
        assert!(Number::from(1) < float(1.5));
        assert!(Number::from(-1) > float(-1.5));
        assert!(Number::from(i64::MAX) < float(1e300));
        assert!(Number::from(i64::MIN) > float(-1e300));
    }

    #[test]
    fn display_has_no_exponent() {
        assert_eq!(float(1e21).to_string(), "1000000000000000000000");
        assert_eq!(float(0.1).to_string(), "0.1");
    }
}
