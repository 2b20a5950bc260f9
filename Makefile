# Where the tools are that setup/ installs.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(shell pwd)/setup/node_modules/.bin:$(PATH)
# The built files are expected under target/.
unexport CARGO_TARGET_DIR

# Folders too: their times tell of files that came or went.
sources := $(shell find app billing frontend migrations sandbox server style Cargo.toml Cargo.lock rust-toolchain.toml 2>/dev/null)
site := target/release/.site-is-built

.PHONY: help run dev test bench check clean

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 8

run: ## Build what changed and start Tender with the sandbox gateway and demo plans
	@setup/build
	@$(MAKE) -s $(site)
	@setup/serve

dev: ## Work on it: build, serve, and reload the page at each change
	@setup/dev
	@LEPTOS_SITE_ROOT=target/dev-site TENDER_SITE_ROOT=target/dev-site cargo leptos watch -- serve

test: ## Every check and test there is
	@setup/test
	@.ci/test

bench: ## Print the performance table
	@setup/test
	@$(MAKE) -s $(site)
	@TENDER_TEST_FSYNC=on setup/postgres cargo bench --locked -p server --bench bench

check: ## Formatting and lints, the quick part of test
	@setup/build
	@.ci/test quick

clean: ## Remove what was built; the database stays
	@rm -rf target setup/node_modules end2end/node_modules

# A newer source makes cargo look; it builds only what changed.
$(site): $(sources) setup/site
	@echo "Building Tender; the first time takes some minutes"
	@setup/site
	@touch $@
