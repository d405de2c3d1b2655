//! Which piece is on which sheet, and where.

use super::blocks::Pieces;
use super::piece::{Mark, Piece};
use super::{BOTTOM, TOP};

/// One sheet: its marks, measured from its upper edge.
pub(super) type Sheet = Vec<Mark>;

/// Deals pieces out on sheets, in order, those that are kept together on one.
pub(super) fn deal(all: Pieces) -> Vec<Sheet> {
    let heads = all.heads;
    let mut sheets = vec![Sheet::new()];
    let mut y = TOP;
    let mut group: Vec<Piece> = Vec::new();
    for piece in all.pieces {
        let is_kept = piece.is_kept;
        group.push(piece);
        if !is_kept {
            place(std::mem::take(&mut group), &heads, &mut sheets, &mut y);
        }
    }
    place(group, &heads, &mut sheets, &mut y);
    sheets
}

fn height(group: &[Piece]) -> f64 {
    group.iter().map(|piece| piece.gap + piece.height).sum()
}

fn place(group: Vec<Piece>, heads: &[Piece], sheets: &mut Vec<Sheet>, y: &mut f64) {
    let is_at_top = |y: f64| y <= TOP;
    let needed = height(&group);
    // What no sheet can hold is broken where it has to be.
    let is_too_high = needed > BOTTOM - TOP;
    if !is_too_high && !is_at_top(*y) && *y + needed > BOTTOM {
        turn(group.first(), heads, sheets, y);
    }
    for piece in group {
        if is_too_high && !is_at_top(*y) && *y + piece.gap + piece.height > BOTTOM {
            turn(Some(&piece), heads, sheets, y);
        }
        if !is_at_top(*y) {
            *y += piece.gap;
        }
        set(piece, sheets, y);
    }
}

/// The next sheet, with the headings of the table that goes on there.
fn turn(next: Option<&Piece>, heads: &[Piece], sheets: &mut Vec<Sheet>, y: &mut f64) {
    sheets.push(Sheet::new());
    *y = TOP;
    if let Some(head) = next.and_then(|piece| heads.get(piece.repeats?)) {
        set(head.clone(), sheets, y);
    }
}

fn set(piece: Piece, sheets: &mut [Sheet], y: &mut f64) {
    if let Some(sheet) = sheets.last_mut() {
        sheet.extend(piece.marks.into_iter().map(|mark| mark.lowered(*y)));
    }
    *y += piece.height;
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Weight;
    use super::super::piece::{INK, Mark, Piece, Type};
    use super::{BOTTOM, Pieces, Sheet, TOP, deal};

    fn piece(name: &str, height: f64, is_kept: bool, repeats: Option<usize>) -> Piece {
        let style = Type::new(Weight::Regular, 9.0, INK);
        Piece {
            gap: 10.0,
            height,
            is_kept,
            repeats,
            marks: vec![Mark::Text((0.0, 0.0), style, name.to_owned())],
        }
    }

    fn names(sheets: &[Sheet]) -> Vec<Vec<String>> {
        let name = |mark: &Mark| match mark {
            Mark::Text(_, _, text) => text.clone(),
            _ => String::new(),
        };
        let of = |sheet: &Sheet| sheet.iter().map(name).collect();
        sheets.iter().map(of).collect()
    }

    #[test]
    fn what_is_kept_together_is_on_one_sheet() {
        let room = BOTTOM - TOP;
        let sheets = deal(Pieces {
            pieces: vec![
                piece("a", room - 30.0, false, None),
                piece("heading", 10.0, true, None),
                piece("text", 20.0, false, None),
            ],
            heads: Vec::new(),
            section: 0,
        });
        assert_eq!(names(&sheets), [vec!["a"], vec!["heading", "text"]]);
        // A gap at the upper edge is none: what fills a sheet to the point fits.
        let sheets = deal(Pieces {
            pieces: vec![piece("a", room, false, None), piece("b", room, false, None)],
            heads: Vec::new(),
            section: 0,
        });
        assert_eq!(names(&sheets), [["a"], ["b"]]);
    }

    #[test]
    fn a_table_that_goes_on_repeats_its_headings() {
        let head = piece("head", 20.0, true, None);
        let mut pieces = vec![head.clone()];
        pieces.extend((0..40).map(|_| piece("row", 30.0, false, Some(0))));
        let sheets = deal(Pieces {
            pieces,
            heads: vec![head],
            section: 0,
        });
        assert!(sheets.len() > 2);
        let mut rows = 0;
        for sheet in names(&sheets) {
            assert_eq!(sheet[0], "head");
            rows += sheet.iter().filter(|name| *name == "row").count();
        }
        assert_eq!(rows, 40, "none is lost, none is there twice");
    }

    #[test]
    fn what_no_sheet_can_hold_is_broken_and_whole() {
        let rows = (0..60).map(|_| piece("row", 30.0, true, Some(0)));
        let sheets = deal(Pieces {
            pieces: rows.collect(),
            heads: vec![piece("head", 20.0, true, None)],
            section: 0,
        });
        let all = names(&sheets).concat();
        assert_eq!(all.iter().filter(|name| *name == "row").count(), 60);
        assert!(sheets.len() > 2);
    }
}
