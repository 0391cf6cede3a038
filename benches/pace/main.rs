//! How long news waits to be found, polled by the habits of its source and at a
//! fixed interval with the same number of requests.
//!
//! ```sh
//! cargo bench --bench pace
//! ```

#![allow(clippy::print_stdout, reason = "a bench speaks to people")]

mod simulation;

fn main() {
    let outcomes = simulation::run();
    println!("habit      news  requests  interval   by habit      fixed   ratio");
    for one in &outcomes {
        println!(
            "{:<8} {:>6} {:>9} {:>6.0} min {:>6.1} min {:>6.1} min   {:.2}",
            one.habit,
            one.n_news,
            one.n_requests,
            simulation::interval(one).as_secs_f64() / 60.0,
            one.by_habit / 60.0,
            one.fixed / 60.0,
            one.by_habit / one.fixed,
        );
    }
    let by_habit = simulation::mean(&outcomes, |one| one.by_habit) / 60.0;
    let fixed = simulation::mean(&outcomes, |one| one.fixed) / 60.0;
    println!("all news: {by_habit:.1} min by habit, {fixed:.1} min at a fixed interval");
}
