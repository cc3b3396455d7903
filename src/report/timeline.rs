//! A run as a picture: its steps over time as an SVG chart, with waits hatched and the critical path marked. What there
//! are many of is folded into one row, so that a floor of a thousand seats is as readable as one of ten.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::recording::{End, Recording, Span};
use super::words;
use crate::plan::{OperationId, Step};
use crate::resource::Kind;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    title: String,
    groups: Vec<Group>,
    first_seat_s: Option<f64>,
    last_seat_s: Option<f64>,
    ended_s: f64,
}

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    name: String,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    label: String,
    bars: Vec<Bar>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bar {
    from: f64,
    to: f64,
    look: Look,
    critical: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    /// Nothing is called but looks, or a limit is waited for.
    Waits,
    Works,
    Failed,
}

/// Shorter waits for a permit aren't told from work.
const WORTH_SHOWING_S: f64 = 1.0;
/// A group has no more rows than this: those with the same words are folded, then neighbours.
const MOST_ROWS: usize = 24;
/// So many resources of one kind share a row.
const ALIKE: usize = 3;

impl Picture {
    /// From what was recorded. `busy_since` says, of a step's start and end, since when calls were under way.
    pub fn new(title: String, recording: &Recording, busy_since: impl Fn(f64, f64) -> f64) -> Self {
        let critical: BTreeSet<OperationId> = recording.critical_path().iter().map(|span| span.operation.id).collect();
        let spans: BTreeMap<OperationId, &Span> = recording.spans().map(|span| (span.operation.id, span)).collect();
        let mut kinds: BTreeMap<Kind, BTreeSet<&str>> = BTreeMap::new();
        for span in spans.values() {
            kinds.entry(span.operation.kind).or_default().insert(span.operation.address.as_str());
        }
        let mut groups: BTreeMap<(u8, String), BTreeMap<String, Row>> = BTreeMap::new();
        for span in spans.values() {
            let many = kinds.get(&span.operation.kind).is_some_and(|of| of.len() > ALIKE);
            let (place, key, label) = place(span, &spans, many);
            let row = groups.entry(place).or_default().entry(key).or_insert_with(|| Row { label, bars: Vec::new() });
            row.bars.extend(bars(span, critical.contains(&span.operation.id), &busy_since));
        }
        let groups = groups
            .into_iter()
            .map(|((_, name), rows)| Group { name, rows: folded(rows.into_values().map(Row::joined).collect()) })
            .collect();
        Self {
            title,
            groups,
            first_seat_s: recording.first_seat_s(),
            last_seat_s: recording.last_seat_s(),
            ended_s: recording.ended_s(),
        }
    }
}

/// Which group a step belongs to, which row of it, and what stands before that row.
fn place(span: &Span, spans: &BTreeMap<OperationId, &Span>, many: bool) -> ((u8, String), String, String) {
    let operation = &span.operation;
    let address = operation.address.as_str();
    let pool =
        || address.strip_prefix("workstation_pool.").unwrap_or(address).split(['[', '.']).next().unwrap_or(address);
    match &operation.step {
        Step::Launch(batch) => {
            let zone = batch.home.as_str().rsplit('/').next().unwrap_or_default();
            let label = format!("{} in {zone}", words::count_of(batch.seats.len(), Kind::Seat));
            return ((3, format!("Seats of {}", pool())), format!("{:08}", operation.id), label);
        }
        Step::AwaitRunning(seats) | Step::AwaitTerminated(seats) | Step::Terminate(seats) => {
            // What brought them here has the row.
            let first = operation.needs.iter().find(|id| {
                spans.get(*id).is_some_and(|one| matches!(one.operation.step, Step::Launch(_) | Step::Terminate(_)))
            });
            let id = first.copied().unwrap_or(operation.id);
            let label = words::count_of(seats.len(), Kind::Seat);
            return ((3, format!("Seats of {}", pool())), format!("{id:08}"), label);
        }
        Step::Label => {
            return ((5, "Afterwards".to_owned()), pool().to_owned(), format!("names and owners of {}", pool()));
        }
        Step::MarkBackups(_) => {
            let key = format!("{} backup", pool());
            return ((5, "Afterwards".to_owned()), key, format!("marks for backup of {}", pool()));
        }
        _ => {}
    }
    let group = match operation.kind {
        Kind::Seat | Kind::Volume => (4, "Single seats and volumes"),
        Kind::VpcEndpoint => (2, "Endpoints"),
        Kind::KmsKey | Kind::IamRole | Kind::InstanceProfile | Kind::LogGroup | Kind::AccountSwitch => {
            (0, "Keys, roles and records")
        }
        Kind::BackupVault | Kind::BackupPlan => (0, "Backup"),
        _ => (1, "Network"),
    };
    let (key, label) = if many && group.0 != 2 {
        let words = words::sentence(operation.kind.words().1);
        (words.clone(), words)
    } else {
        (address.to_owned(), address.to_owned())
    };
    ((group.0, group.1.to_owned()), key, label)
}

fn bars(span: &Span, critical: bool, busy_since: &impl Fn(f64, f64) -> f64) -> Vec<Bar> {
    let bar = |from, to, look| Bar { from, to, look, critical };
    let look = match span.end {
        End::Failed => Look::Failed,
        _ if span.operation.step.only_waits() => Look::Waits,
        _ => Look::Works,
    };
    if look == Look::Works {
        let sent = busy_since(span.from_s, span.to_s);
        if sent - span.from_s > WORTH_SHOWING_S {
            return vec![bar(span.from_s, sent, Look::Waits), bar(sent, span.to_s, Look::Works)];
        }
    }
    vec![bar(span.from_s, span.to_s, look)]
}

impl Row {
    /// With bars that touch made one, and the critical ones on top.
    fn joined(mut self) -> Self {
        self.bars.sort_by(|a, b| {
            (a.critical, a.look).cmp(&(b.critical, b.look)).then(a.from.total_cmp(&b.from)).then(a.to.total_cmp(&b.to))
        });
        let mut joined: Vec<Bar> = Vec::new();
        for bar in self.bars {
            match joined.last_mut() {
                Some(last) if (last.critical, last.look) == (bar.critical, bar.look) && bar.from <= last.to => {
                    last.to = last.to.max(bar.to);
                }
                _ => joined.push(bar),
            }
        }
        Self { bars: joined, ..self }
    }

    fn from(&self) -> f64 {
        self.bars.iter().map(|bar| bar.from).fold(f64::MAX, f64::min)
    }

    fn to(&self) -> f64 {
        self.bars.iter().map(|bar| bar.to).fold(0.0, f64::max)
    }
}

/// No more rows than fit: neighbours in time share one.
fn folded(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| a.from().total_cmp(&b.from()).then(a.to().total_cmp(&b.to())).then(a.label.cmp(&b.label)));
    let each = rows.len().div_ceil(MOST_ROWS).max(1);
    if each == 1 {
        return rows;
    }
    rows.chunks(each)
        .map(|several| {
            let label = match several {
                [one] => one.label.clone(),
                [first, rest @ ..] => format!("{} and {} more", first.label, rest.len()),
                [] => String::new(),
            };
            Row { label, bars: several.iter().flat_map(|row| row.bars.clone()).collect() }.joined()
        })
        .collect()
}

const WIDTH: f64 = 1160.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 76.0;
const ROW: f64 = 17.0;
const HEADING: f64 = 26.0;
/// Letters that fit before the bars, at the size that labels have.
const LABEL_LETTERS: usize = 46;

/// Draws it.
pub fn timeline_svg(picture: &Picture) -> String {
    let rows: usize = picture.groups.iter().map(|group| group.rows.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "a picture has hundreds of rows")]
    let height = TOP + rows as f64 * ROW + picture.groups.len() as f64 * HEADING + 56.0;
    let end = picture.ended_s.max(picture.last_seat_s.unwrap_or(0.0)).max(1.0);
    let scale = Scale { end, pixels: WIDTH - LEFT - RIGHT };
    let mut svg = String::new();
    // Writing to a string can't fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"11\">\n\
         <title>{}</title>\n{STYLE}\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"600\" fill=\"#1b1f24\">{}</text>\n",
        escaped(&picture.title),
        escaped(&words::shorten(&picture.title, 110)),
    );
    let bottom = height - 40.0;
    marks(picture, &scale, bottom, &mut svg);
    axis(&scale, bottom, &mut svg);
    let mut y = TOP;
    for group in &picture.groups {
        y += HEADING;
        let _ = writeln!(svg, "<text class=\"g\" x=\"16\" y=\"{:.1}\">{}</text>", y - 7.0, escaped(&group.name));
        for row in &group.rows {
            draw(row, y, &scale, &mut svg);
            y += ROW;
        }
    }
    legend(height - 14.0, &mut svg);
    svg.push_str("</svg>\n");
    svg
}

const STYLE: &str = "<style>.l{fill:#3d444d}.g{fill:#1b1f24;font-weight:600;font-size:12px}.t{fill:#6e7781;stroke:#ffffff;stroke-width:3px;paint-order:stroke}\
.w{fill:#2f74b5}.f{fill:#cf222e}.c{fill:#d9730d}.m{stroke:#1a7f37;stroke-dasharray:4 3}.s{fill:#1a7f37;font-weight:600}</style>\n\
<defs><pattern id=\"p\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"6\" height=\"6\" fill=\"#e3edf7\"/><rect width=\"2\" height=\"6\" fill=\"#8fb5d9\"/></pattern>\
<pattern id=\"q\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"6\" height=\"6\" fill=\"#fbe8d3\"/><rect width=\"2\" height=\"6\" fill=\"#e59a4f\"/></pattern></defs>\n";

struct Scale {
    end: f64,
    pixels: f64,
}

impl Scale {
    fn x(&self, seconds: f64) -> f64 {
        LEFT + seconds / self.end * self.pixels
    }
}

fn axis(scale: &Scale, bottom: f64, svg: &mut String) {
    const STEPS: [f64; 12] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
    let step = STEPS.into_iter().find(|step| scale.end / step <= 10.0).unwrap_or(7200.0);
    let mut at = 0.0;
    while at <= scale.end {
        let x = scale.x(at);
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"#e6e9ed\"/><text class=\"t\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            TOP - 2.0,
            TOP - 8.0,
            words::seconds(at)
        );
        at += step;
    }
}

fn draw(row: &Row, y: f64, scale: &Scale, svg: &mut String) {
    let middle = y + ROW / 2.0 + 4.0;
    let _ = writeln!(
        svg,
        "<text class=\"l\" x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
        LEFT - 10.0,
        escaped(&words::shorten(&row.label, LABEL_LETTERS))
    );
    for bar in &row.bars {
        let (from, to) = (scale.x(bar.from), scale.x(bar.to));
        let fill = match (bar.look, bar.critical) {
            (Look::Failed, _) => "class=\"f\"",
            (Look::Works, false) => "class=\"w\"",
            (Look::Works, true) => "class=\"c\"",
            (Look::Waits, false) => "fill=\"url(#p)\"",
            (Look::Waits, true) => "fill=\"url(#q)\"",
        };
        // What took no time is still to be seen.
        let width = (to - from).max(1.5);
        let _ = writeln!(
            svg,
            "<rect {fill} x=\"{from:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"1.5\"/>",
            y + 2.5,
            ROW - 5.0
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"t\" x=\"{:.1}\" y=\"{middle:.1}\">{}</text>",
        scale.x(row.to()) + 6.0,
        short(row.to())
    );
}

/// The first and the last seat, with their words on the sides that face away from each other.
fn marks(picture: &Picture, scale: &Scale, bottom: f64, svg: &mut String) {
    let (Some(first), Some(last)) = (picture.first_seat_s, picture.last_seat_s) else { return };
    for (at, words, anchor, aside) in [(first, "first seat", "end", -4.0), (last, "last seat", "start", 4.0)] {
        let x = scale.x(at);
        let _ = writeln!(
            svg,
            "<path class=\"m\" d=\"M{x:.1} 42V{bottom:.1}\"/><text class=\"s\" x=\"{:.1}\" y=\"50\" text-anchor=\"{anchor}\">{words} {}</text>",
            x + aside,
            short(at)
        );
    }
}

fn legend(y: f64, svg: &mut String) {
    let entries = [
        ("class=\"w\"", "calls"),
        ("fill=\"url(#p)\"", "waits for the cloud or for a limit"),
        ("class=\"c\"", "calls on the critical path"),
        ("fill=\"url(#q)\"", "waits on the critical path"),
        ("class=\"f\"", "failed"),
    ];
    let mut x = LEFT;
    for (fill, words) in entries {
        let _ = writeln!(
            svg,
            "<rect {fill} x=\"{x:.1}\" y=\"{:.1}\" width=\"18\" height=\"11\" rx=\"1.5\"/><text class=\"l\" x=\"{:.1}\" y=\"{y:.1}\">{words}</text>",
            y - 9.5,
            x + 23.0
        );
        #[expect(clippy::cast_precision_loss, reason = "a few words")]
        let wide = words.len() as f64 * 5.6;
        x += wide + 42.0;
    }
}

fn short(seconds: f64) -> String {
    if seconds < 100.0 { format!("{seconds:.1} s") } else { words::seconds(seconds) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, from: f64, to: f64) -> Row {
        Row { label: label.to_owned(), bars: vec![Bar { from, to, look: Look::Works, critical: false }] }
    }

    #[test]
    fn a_thousand_rows_are_folded_into_a_page() {
        let rows: Vec<Row> = (0..1000).map(|at| row("seat", f64::from(at), f64::from(at) + 1.5)).collect();
        let folded = folded(rows);
        assert!(folded.len() <= MOST_ROWS, "{}", folded.len());
        assert_eq!(folded[0].label, "seat and 41 more");
        assert_eq!(folded[0].bars.len(), 1, "bars that touch are one");
    }

    #[test]
    fn names_of_strangers_are_escaped() {
        let group = Group { name: "<b>".to_owned(), rows: vec![row("a & b", 0.0, 2.0)] };
        let picture = Picture {
            title: "\"x\"".to_owned(),
            groups: vec![group],
            first_seat_s: Some(1.0),
            last_seat_s: Some(2.0),
            ended_s: 2.0,
        };
        let svg = timeline_svg(&picture);
        assert!(svg.contains("&lt;b&gt;") && svg.contains("a &amp; b") && svg.contains("&quot;x&quot;"), "{svg}");
        assert!(!svg.contains("<b>"));
    }
}
