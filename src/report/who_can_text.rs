//! What somebody may do, as people read it.

use super::palette::{BAD, CAUTION, FAINT, GOOD, PLAIN, STRONG};
use super::text::{Line, Table};
use super::who_can::{Answer, ArtistRights, FileRights, LineOf, SeatRights};
use crate::guest::lockdown::PERMISSIONS_FILE;

/// The rights of an artist, kept within `width` columns.
pub fn artist_text(rights: &ArtistRights, width: usize) -> String {
    let mut out = String::new();
    for (index, seat) in rights.seats.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        seat_text(seat, width, &mut out);
    }
    out
}

fn seat_text(seat: &SeatRights, width: usize, out: &mut String) {
    let style = if seat.access { GOOD } else { BAD };
    let mut line = Line::new(0).styled(style.bold(), &seat.access_words);
    if let Some(computer) = &seat.computer {
        line = line.plain(format!(" ({computer})"));
    }
    line.plain(".").write(width, out);
    Line::new(2)
        .styled(FAINT, place(&seat.access_because))
        .plain(" ")
        .plain(&seat.access_because.text)
        .write(width, out);
    if !seat.access {
        return;
    }
    out.push('\n');
    Line::new(2)
        .plain("By lockdown ")
        .styled(STRONG, &seat.lockdown)
        .plain(format!(" ({}), which the server reads as its {PERMISSIONS_FILE}:", place(&seat.lockdown_at)))
        .write(width, out);
    let mut table = Table::new(&["", "", "BLUEPRINT", "SERVER"]);
    for answer in &seat.capabilities {
        let because = answer.because.as_ref().map(|line| match line.line == seat.lockdown_at.line {
            true => line.text.clone(),
            false => format!("line {}: {}", line.line, line.text),
        });
        row(&mut table, answer, [because.unwrap_or_default(), permission(answer)]);
    }
    table.write(2, width, out);
    if seat.pen {
        out.push('\n');
        Line::new(2).plain("A pen's pressure and tilt are passed on as input, without USB.").write(width, out);
    }
}

/// The rights that a permission file gives, kept within `width` columns.
pub fn file_text(rights: &FileRights, width: usize) -> String {
    let mut out = String::new();
    Line::new(0)
        .plain("By ")
        .styled(STRONG, &rights.file)
        .plain(", for ")
        .styled(STRONG, &rights.actor)
        .plain(":")
        .write(width, &mut out);
    out.push('\n');
    let mut table = Table::new(&["", "", "BECAUSE"]);
    for answer in &rights.capabilities {
        let because = match &answer.permission {
            Some(line) => format!("{} {}", place(line), line.text),
            None => "no line allows it".to_owned(),
        };
        row(&mut table, answer, [because]);
    }
    table.write(2, width, &mut out);
    if rights.capabilities.iter().any(|answer| answer.can_be_undone) {
        out.push('\n');
        Line::new(2)
            .styled(CAUTION, "* ")
            .plain("A permission file that a session brings with it can allow this after all; only `deny` can't be undone.")
            .write(width, &mut out);
    }
    out
}

fn row<const N: usize>(table: &mut Table, answer: &Answer, cells: [String; N]) {
    let mark = if answer.can_be_undone { "no *" } else { "no" };
    let yes = if answer.allowed { "yes" } else { mark };
    let style = if answer.allowed { GOOD } else { PLAIN };
    let mut all = vec![answer.label.to_owned(), yes.to_owned()];
    all.extend(cells);
    if let (Some(note), Some(last)) = (answer.note, all.last_mut()) {
        last.push_str(", ");
        last.push_str(note);
    }
    table.row(style, all);
}

fn permission(answer: &Answer) -> String {
    answer.permission.as_ref().map(|line| format!("line {}", line.line)).unwrap_or_default()
}

fn place(line: &LineOf) -> String {
    format!("{}:{}", line.file, line.line)
}
