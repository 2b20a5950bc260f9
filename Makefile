# Where the tools are that setup/ installs.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(shell pwd)/setup/node_modules/.bin:$(PATH)
# The built files are expected under target/.
unexport CARGO_TARGET_DIR

# Folders too: their times tell of files that came or went.
sources := $(shell find app frontend style Cargo.toml Cargo.lock rust-toolchain.toml 2>/dev/null)
built := target/.site-is-built

.PHONY: help run dev test site pictures bench crash simulate fuzz check clean

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 10

run: ## Build what changed and start Tender with the sandbox gateway and demo plans
	@setup/build
	@[ -e target/release/tender ] || echo "Building Tender; the first time takes some minutes"
	@cargo build --locked --release -p server --bin tender
	@$(MAKE) -s site
	@setup/serve

dev: ## Work on it: build, serve, and reload the page at each change
	@setup/dev
	@LEPTOS_SITE_ROOT=target/dev-site TENDER_SITE_ROOT=target/dev-site cargo leptos watch -- serve

test: ## Every check and test there is
	@setup/test
	@.ci/test

pictures: ## Take the pictures of each page in docs/ anew
	@setup/test
	@cargo build --locked --release -p server --bin tender
	@$(MAKE) -s site
	@npm --prefix end2end run --silent pictures

bench: ## Print the performance table
	@setup/test
	@$(MAKE) -s site
	@TENDER_TEST_FSYNC=on setup/postgres cargo bench --locked -p server --bench bench

# The tests of the server's half, as .ci/test builds them.
nextest := setup/postgres cargo nextest run --locked -p server -p billing -p sandbox -p app --features app/ssr --no-capture

crash: ## Kill the server at each named point, then a release N times at random moments under load
	@setup/test
	@cargo build --locked --release -p server --bin tender
	@$(nextest) -E 'test(/^crash::points/)'
	@TENDER_CRASH_CYCLES=$(or $(N),100) TENDER_TEST_PROGRAM=$(shell pwd)/target/release/tender \
	  $(nextest) -E 'test(/^crash::cycles/)'

simulate: ## Run N random histories against a gateway that misbehaves, or that of SEED
	@setup/test
	@TENDER_SIMULATE=$(or $(N),1000) TENDER_SIMULATE_SEED=$(SEED) \
	  cargo nextest run --locked -p billing --test simulation --cargo-profile simulate --no-capture -E 'test(the_laws)'

fuzz: ## Feed whatever takes something from outside with odd bytes, T seconds each
	@setup/test
	@BOLERO_RANDOM_TEST_TIME_MS=$(or $(T),60)000 $(nextest) -E 'test(/^fuzz::/)'

check: ## Formatting and lints, the quick part of test
	@setup/build
	@.ci/test quick

clean: ## Remove what was built; the database stays
	@rm -rf target setup/node_modules end2end/node_modules

site: $(built) ## What browsers load, in target/site

# A newer source makes cargo look; it builds only what changed.
$(built): $(sources) setup/site
	@setup/site
	@touch $@
