//! Middleware: checks and headers that every request passes.

pub(super) mod framing;
