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

# The Debian package, in target/debian.
deb:
    contrib/debian/build.py

# The image of a container, from the package; by podman, buildah or docker, whichever is here.
image: deb
    contrib/container/build.sh

# All that is given to others: package, image where one can be built, book where mdbook is.
dist: deb
    contrib/container/build.sh
    if command -v mdbook >/dev/null; then mdbook build docs; else echo "no book: mdbook is not here"; fi

# The package in a Debian that is booted for it; takes root.
boot: deb
    tests/boot/run.sh target/debian/gazetted_*-1_*.deb

# Every kind of page of the demo in Chromium: axe-core, overflow, pictures, keyboard; screenshots go to /tmp.
browser:
    cargo build
    cd tests/browser && npm install --no-audit --no-fund
    node tests/browser/check.mjs target/debug/gazetted

# The API of the demo, driven by its description; needs schemathesis.
api:
    cargo build
    tests/api.sh target/debug/gazetted

# What takes long: two hundred crashes and power losses of the real daemon, kills of what looks after the store,
# flipped bits.
nightly:
    GAZETTED_ROUNDS=200 cargo test --release --test it crash
    GAZETTED_ROUNDS=200 GAZETTED_FLIPS=300 cargo test --release --test it -- killed folding_survives a_flipped_bit

# Polls with faults among them, for so many seconds: does anything grow?
endurance seconds="600":
    GAZETTED_ENDURANCE_SECONDS={{seconds}} cargo test --release --test it endurance -- --nocapture

# Sixty days of much news with a week's retention; writes docs/churn.svg.
churn:
    cargo bench --bench churn
