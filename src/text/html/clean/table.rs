//! Tables: cells and rows that a parser would add are written.

use super::Cleaner;
use crate::text::html::element::{Element, Kind};

impl Cleaner<'_> {
    /// Opens a cell for what stands in a table outside of its cells.
    pub(super) fn enter_cell(&mut self) {
        const MISSING: [Element; 3] = [
            Element {
                name: "tbody",
                kind: Kind::Rows,
            },
            Element {
                name: "tr",
                kind: Kind::Row,
            },
            Element {
                name: "td",
                kind: Kind::Cell,
            },
        ];
        let missing = match self.open.last().map(|open| open.kind) {
            Some(Kind::Table) => &MISSING[..],
            Some(Kind::Rows) => &MISSING[1..],
            Some(Kind::Row) => &MISSING[2..],
            _ => return,
        };
        for element in missing {
            self.write_open(*element);
        }
    }

    /// Ends and opens what has to be, so that a `part` of a table may follow. `false` if there is
    /// no table.
    pub(super) fn make_place_in_table(&mut self, part: Kind) -> bool {
        let Some(table) = self.open.iter().rposition(|open| open.kind == Kind::Table) else {
            return false;
        };
        let keep = |kind: Kind| match part {
            Kind::Cell => matches!(kind, Kind::Rows | Kind::Row),
            Kind::Row => kind == Kind::Rows,
            _ => false,
        };
        let n_kept = self.open[table + 1..]
            .iter()
            .take_while(|open| keep(open.kind))
            .count();
        self.end_from(table + 1 + n_kept);
        let body = Element {
            name: "tbody",
            kind: Kind::Rows,
        };
        let row = Element {
            name: "tr",
            kind: Kind::Row,
        };
        let last = self.open.last().map(|open| open.kind);
        match (part, last) {
            (Kind::Cell, Some(Kind::Table)) => [body, row]
                .into_iter()
                .for_each(|open| self.write_open(open)),
            (Kind::Cell, Some(Kind::Rows)) => self.write_open(row),
            (Kind::Row, Some(Kind::Table)) => self.write_open(body),
            _ => {}
        }
        true
    }
}
