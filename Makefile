# `make` alone lists the targets. A target's line of help is the text after `##`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo
# Arguments for `make run`, and for the test harness in `make test`: `make test ARGS='--test it kafka'`.
ARGS ?=
# Tests wait for servers most of the time: more of them run at once than there are cores.
export RUST_TEST_THREADS ?= 6

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup-demo ## the demo on this machine: Kafka's stand-in, Redis and the workers in one process tree
	$(CARGO) run --release -- demo $(ARGS)

.PHONY: test
test: setup ## every test, against a real Kafka and a real Redis
	$(CARGO) test $(ARGS)

.PHONY: check
check: setup-build ## format, lints and documentation, for each set of features
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --all-targets --no-default-features --features client -- -D warnings
	$(CARGO) clippy --all-targets --no-default-features --features publish -- -D warnings
	$(CARGO) clippy --features msk-iam -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --no-default-features --features client

.PHONY: bench
bench: setup ## one table of speed and memory, beside the limit and a bare consumer (about 8 minutes; LONG=1: 40)
	$(CARGO) bench --bench throughput

# Exit codes 98, 99 and 4 are results, and the report says them.
LOADED = code=$$?; [[ $$code =~ ^(0|4|98|99)$$ ]] || exit $$code

.PHONY: capacity
capacity: setup ## where this machine breaks, what its publisher does beyond, and a catch-up: reports in load-capacity, -backpressure and -catchup (at most an hour)
	$(CARGO) run --release -- load capacity --local --rate 500 --longest 30m --out load-capacity $(ARGS) || { $(LOADED); }
	$(CARGO) run --release -- load backpressure --local --out load-backpressure || { $(LOADED); }
	$(CARGO) run --release -- load catchup --local --rate 500 --outage 120s --out load-catchup || { $(LOADED); }

# Redis is measured and not the client: that takes no optimized build.
.PHONY: bench-notices
bench-notices: setup ## what the notice to readers costs Redis (about 5 minutes)
	$(CARGO) bench --profile dev --bench notices

.PHONY: bench-core
bench-core: ## what an event costs in the pure core, step by step (about 2 minutes and a build)
	$(CARGO) bench --no-default-features --bench core

.PHONY: bench-publish
bench-publish: setup ## publishes per second and their cost, beside a bare client (about 2 minutes and a build)
	$(CARGO) bench --bench publish

.PHONY: lag-table
lag-table: ## what the rules of lag make of traces whose truth is known, beside plain thresholds (a minute and a build)
	$(CARGO) test --no-default-features --test lag table -- --nocapture

.PHONY: prometheus-table
prometheus-table: setup-rules ## when the rules of deploy/prometheus fire on traces, beside ours (half a minute and a build)
	$(CARGO) test --no-default-features --test lag prometheus -- --nocapture

.PHONY: sabotage
sabotage: setup ## seeds bugs into the worker and expects the tests to see each (about 20 minutes)
	tests/sabotage.py $(ARGS)

.PHONY: fuzz
fuzz: setup-demo ## the properties of decoders, script, fold and reader on many more generated inputs (CASES=20000: about half an hour)
	PROPTEST_CASES=$(or $(CASES),20000) $(CARGO) test --lib -- core:: client::mirror store::contract store::exactness store::faults $(ARGS)

.PHONY: setup
setup: ## install what the tests need and Cargo does not bring (Redis, Java, Kafka's jars, redis-py, promtool, Chromium)
	@tests/setup.sh all

.PHONY: setup-build setup-demo setup-rules
setup-build setup-demo setup-rules: setup-%:
	@tests/setup.sh $*
