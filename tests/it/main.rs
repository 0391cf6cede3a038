//! One integration binary: a module per promise.

mod architecture;
mod feed_corpus;
mod text_corpus;
