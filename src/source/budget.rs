//! Budget of a document: how much all selectors together may look at, so that no rule of an admin
//! holds a poll.
//!
//! XPath counts its steps as it goes. CSS and JSONPath are evaluated by libraries that do not stop:
//! the most that an expression can come to on the document is computed beforehand, and one that
//! might come to too much is not evaluated at all. Regexes take time in proportion to the text.

use std::cell::{Cell, RefCell};

use super::ReadError;

/// Steps that all selectors of one document may take: a second of CPU, or less. The rules of a list
/// with a thousand entries take some hundred thousand.
const MAX_STEPS: u64 = 20_000_000;

/// Bytes of text that are looked at in the time of one step.
const BYTES_PER_STEP: u64 = 8;

/// Budget of one document, shared by all that looks into it.
#[derive(Debug)]
pub struct Budget {
    left: Cell<u64>,
    /// First selector that would have taken more.
    costly: RefCell<Option<String>>,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            left: Cell::new(MAX_STEPS),
            costly: RefCell::default(),
        }
    }
}

impl Budget {
    /// Takes so many steps; returns whether they were left. If not, none is left any more.
    pub fn spend(&self, n_steps: u64) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(n_steps));
        left >= n_steps
    }

    /// Takes the steps that a text of so many bytes costs to look at.
    pub fn spend_bytes(&self, n_bytes: usize) -> bool {
        let n_bytes = u64::try_from(n_bytes).unwrap_or(u64::MAX);
        self.spend(1 + n_bytes / BYTES_PER_STEP)
    }

    /// Names the selector that the budget was not enough for, if it is the first.
    pub fn blame(&self, selector: &str) {
        let mut costly = self.costly.borrow_mut();
        costly.get_or_insert_with(|| selector.to_owned());
        self.left.set(0);
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Confirms that the budget was enough for all selectors.
    ///
    /// # Errors
    ///
    /// [`ReadError::Costly`], with the first that it was not enough for.
    pub fn check(&self) -> Result<(), ReadError> {
        match &*self.costly.borrow() {
            Some(selector) => Err(ReadError::Costly(selector.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_takes_too_much_is_named() {
        let budget = Budget::default();
        assert!(budget.spend(MAX_STEPS - 1));
        assert!(budget.check().is_ok());
        assert!(budget.spend_bytes(0) && budget.is_spent());
        assert!(!budget.spend(1));
        budget.blame("one");
        budget.blame("two");
        assert_eq!(budget.check(), Err(ReadError::Costly("one".to_owned())));
    }
}
