//! One integration binary: a module per promise, each through the real
//! program, real sockets and a real store.

mod architecture;
mod config;
mod corpus;
mod demo;
mod kill;
mod kinds;
mod outputs;
mod press;
mod publish;
mod reload;
mod restart;
mod serve;
mod stop;
mod store;
mod text_corpus;
mod trouble;
mod world;
