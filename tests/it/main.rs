//! One integration binary: a module per promise.

mod architecture;
mod text_corpus;
