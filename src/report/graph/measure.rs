//! How wide text is, whatever font it is shown in: by the widest of the common ones.

use unicode_width::UnicodeWidthChar;

/// Advance widths of DejaVu Sans from the space to `~`, in thousandths of the letter size. Arial, Helvetica and their
/// kin are narrower. Source: the font's `hmtx` table, version 2.37.
const REGULAR: [u16; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637,
    637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656, 558, 863,
    749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635,
    616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637,
    337, 637, 838,
];

/// Bold letters of the same font are at most so much wider.
const BOLD: f64 = 1.14;

/// A character outside of ASCII: the widest letter, for each column that a terminal would give it.
const OTHER: f64 = 1.0;

/// The width of a text at a letter size, in the unit of that size.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let letters: f64 = text.chars().map(letter).sum();
    letters * size * if bold { BOLD } else { 1.0 }
}

fn letter(c: char) -> f64 {
    let ascii = u32::from(c).checked_sub(32).and_then(|at| REGULAR.get(usize::try_from(at).ok()?));
    match ascii {
        Some(thousandths) => f64::from(*thousandths) / 1000.0,
        None if c.width() == Some(2) => 2.0 * OTHER,
        None => OTHER,
    }
}

/// Words in lines no wider than `most`; a word that is wider has a line of its own.
pub(super) fn wrapped(words: &[String], separator: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = if at + 1 < words.len() { format!("{word}{separator}") } else { word.clone() };
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, false) <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_wide() {
        assert!(width("MMM", 10.0, false) > width("iii", 10.0, false) * 2.0);
        assert!(width("stream", 12.0, true) > width("stream", 12.0, false));
        assert!(width("映画", 10.0, false) >= 20.0);
    }

    #[test]
    fn ports_are_wrapped_between_them() {
        let ports = ["tcp/4101-4102", "tcp/5053", "udp/8443"].map(str::to_owned);
        assert_eq!(wrapped(&ports, ",", 11.0, 150.0), ["tcp/4101-4102, tcp/5053,", "udp/8443"]);
        assert_eq!(wrapped(&ports, ",", 11.0, 1.0).len(), 3);
    }
}
