//! Middleware: checks and headers that every request passes.

pub(super) mod cors;
pub(super) mod count;
pub(super) mod finish;
pub(super) mod framing;
