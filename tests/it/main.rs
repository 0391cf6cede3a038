//! One integration binary: a module per promise.

mod architecture;
mod kill;
mod store;
