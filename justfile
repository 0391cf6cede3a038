# What the gate checks.
check:
    .ci/run

# News from made-up papers, offline.
demo:
    cargo run --release -- demo

# Rewrites the sources as rustfmt likes them.
fmt:
    cargo fmt

# A run of every fuzz target, or of those named.
fuzz seconds="60" *targets:
    fuzz/run {{seconds}} {{targets}}

# Attacks a daemon of its own with ten thousand sources, and prints what that costs.
attack:
    cargo build --release
    benches/attack.py

# What takes long: two hundred crashes and power losses of the real daemon.
nightly:
    GAZETTED_ROUNDS=200 cargo test --release --test it crash

# Thirty days of much news with a week's retention; writes docs/churn.svg.
churn:
    cargo bench --bench churn
