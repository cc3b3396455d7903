//! How many of what, and which, in words: what every room says of resources.

/// `1 seat`, `12 seats`.
pub fn count(number: usize, (one, many): (&str, &str)) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `1 day`, `30 days`.
pub fn days(number: impl TryInto<usize>) -> String {
    count(number.try_into().unwrap_or(usize::MAX), ("day", "days"))
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_lists_end_in_and() {
        assert_eq!(count(1, ("seat", "seats")), "1 seat");
        assert_eq!(count(0, ("seat", "seats")), "0 seats");
        assert_eq!((days(1_u32), days(30_i64)), ("1 day".to_owned(), "30 days".to_owned()));
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
