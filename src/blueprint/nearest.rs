//! The nearest known name to one that is not: "did you mean".

/// Below this likeness (0 to 1) a name is no help but a riddle.
const ALIKE: f64 = 0.7;

/// The known name most like `written`, if any is alike.
pub fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Long names cost the square of their length to compare, and no name that we know is that long.
    if written.len() > 100 {
        return None;
    }
    let lower = written.to_lowercase();
    known
        .into_iter()
        .filter(|name| name.len() <= 100)
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, a_name), (b, b_name)| a.total_cmp(b).then_with(|| b_name.cmp(a_name)))
        .map(|(_, name)| name)
}

/// The sentence with the nearest name, if any is alike.
pub fn did_you_mean<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    nearest(written, known).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!(nearest("artsits", ["seats", "artists", "offices"]), Some("artists"));
        assert_eq!(nearest("Artists", ["artists"]), Some("artists"));
        assert_eq!(nearest("zzz", ["artists"]), None);
        assert_eq!(nearest(&"a".repeat(1000), ["aaaa"]), None);
    }
}
