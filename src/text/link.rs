//! Addresses: resolving them, and telling when two are the same page.

use crate::model::WebUrl;

/// The address under which two copies of a page count as the same: without
/// tracking parameters, fragment, `www.`, mobile twin; scheme folded.
///
/// For comparison only; readers get the address as published.
#[must_use]
pub fn canonical(_url: &WebUrl) -> String {
    todo!()
}

/// As [`canonical`], and without these query parameters as well.
#[must_use]
pub fn canonical_with(_url: &WebUrl, _extra: &[String]) -> String {
    todo!()
}
