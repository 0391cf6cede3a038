//! Tables: cells and rows that a parser would add are written.

use super::Cleaner;
use crate::text::html::element::{Element, ElementKind};

impl Cleaner<'_> {
    /// Opens a cell for what stands in a table outside of its cells.
    pub(super) fn enter_cell(&mut self) {
        const MISSING: [Element; 3] = [
            Element {
                name: "tbody",
                kind: ElementKind::Rows,
            },
            Element {
                name: "tr",
                kind: ElementKind::Row,
            },
            Element {
                name: "td",
                kind: ElementKind::Cell,
            },
        ];
        let missing = match self.open.last().map(|open| open.kind) {
            Some(ElementKind::Table) => &MISSING[..],
            Some(ElementKind::Rows) => &MISSING[1..],
            Some(ElementKind::Row) => &MISSING[2..],
            _ => return,
        };
        for element in missing {
            self.write_open(*element);
        }
    }

    /// Ends and opens what has to be, so that a `part` of a table may follow. `false` if there is
    /// no table.
    pub(super) fn make_place_in_table(&mut self, part: ElementKind) -> bool {
        let Some(table) = self
            .open
            .iter()
            .rposition(|open| open.kind == ElementKind::Table)
        else {
            return false;
        };
        let keep = |kind: ElementKind| match part {
            ElementKind::Cell => matches!(kind, ElementKind::Rows | ElementKind::Row),
            ElementKind::Row => kind == ElementKind::Rows,
            _ => false,
        };
        let n_kept = self.open[table + 1..]
            .iter()
            .take_while(|open| keep(open.kind))
            .count();
        self.end_from(table + 1 + n_kept);
        let body = Element {
            name: "tbody",
            kind: ElementKind::Rows,
        };
        let row = Element {
            name: "tr",
            kind: ElementKind::Row,
        };
        let last = self.open.last().map(|open| open.kind);
        match (part, last) {
            (ElementKind::Cell, Some(ElementKind::Table)) => [body, row]
                .into_iter()
                .for_each(|open| self.write_open(open)),
            (ElementKind::Cell, Some(ElementKind::Rows)) => self.write_open(row),
            (ElementKind::Row, Some(ElementKind::Table)) => self.write_open(body),
            _ => {}
        }
        true
    }
}
