//! The nearest known name to one that is not: "did you mean".

/// Below this likeness (0 to 1) a name is no help but a riddle.
const ALIKE: f64 = 0.75;

/// The known name most like `written`, if any is alike.
pub fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Long names cost the square of their length to compare, and no name that we know is that long.
    if written.len() > 100 {
        return None;
    }
    let written = written.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in known.into_iter().filter(|name| name.len() <= 100) {
        let lower = name.to_lowercase();
        // Two letters that changed places in a short name are far apart for the one measure, but not for the other.
        let is_slip = strsim::osa_distance(&written, &lower) * 3 <= written.chars().count();
        let likeness = strsim::jaro_winkler(&written, &lower).max(if is_slip { 0.9 } else { 0.0 });
        if likeness >= ALIKE && best.is_none_or(|(most, found)| (likeness, found) > (most, name)) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
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
        assert_eq!(nearest("vra", ["local", "var"]), Some("var"));
        assert_eq!(nearest("zzz", ["artists"]), None);
        assert_eq!(nearest(&"a".repeat(1000), ["aaaa"]), None);
    }
}
