//! Colours: what each means, in one place. Where output is no terminal, or `NO_COLOR` is set, the printer strips them.

use anstyle::{AnsiColor, Style};

use crate::plan::Action;

/// No colour.
pub const PLAIN: Style = Style::new();
/// Headings, and what the eye looks for first.
pub const STRONG: Style = Style::new().bold();
/// What can be skipped.
pub const FAINT: Style = Style::new().dimmed();
/// Something went well, or comes.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Something changes, or deserves a second look.
pub const CAUTION: Style = AnsiColor::Yellow.on_default();
/// Something goes, or went wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What to do next.
pub const HINT: Style = AnsiColor::Cyan.on_default();
/// A change made behind the program's back.
pub const DRIFT: Style = AnsiColor::Magenta.on_default().bold();

/// The colour of an action's mark.
pub fn of_action(action: Action) -> Style {
    match action {
        Action::Create => GOOD,
        Action::Update | Action::Restart => CAUTION,
        Action::Replace => AnsiColor::Magenta.on_default(),
        Action::Delete => BAD,
        Action::Adopt => HINT,
        Action::None => FAINT,
    }
}
