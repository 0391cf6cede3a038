# What the gate checks.
check:
    .ci/run

# News from made-up papers, offline.
demo:
    cargo run --release -- demo

# Rewrites the sources as rustfmt likes them.
fmt:
    cargo fmt

# A short run of every fuzz target (needs cargo-fuzz and a nightly toolchain).
fuzz seconds="60":
    for target in $(cargo +nightly fuzz list); do cargo +nightly fuzz run $target -- -max_total_time={{seconds}}; done

# What takes long: two hundred crashes and power losses of the real daemon.
nightly:
    GAZETTED_ROUNDS=200 cargo test --release --test it crash

# Thirty days of much news with a week's retention; writes docs/churn.svg.
churn:
    cargo bench --bench churn
