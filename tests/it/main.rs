//! One integration binary: a module per promise.

mod architecture;
mod press;
mod publish;
mod serve;
mod store;
