# Everything one does here. A target that needs the libraries installs them first, from the lock file.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN := node_modules/.bin
TSX := node --import tsx
SETUP := node_modules/.setup
# What the tests depend on: while none of it changes, what has passed need not run again for the coverage gate.
SOURCES := $(shell find src test scripts crds config charts docs -name node_modules -prune -o -path test/e2e/rigs -prune -o -type f -print 2>/dev/null) $(wildcard README.md) package-lock.json
TESTED := coverage/tested

.PHONY: help
help: ## List all targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(SETUP) ## Install the libraries, when the lock file is newer than what is installed

$(SETUP): package-lock.json
	npm ci --no-fund --no-audit
	@touch $@

# --- try it

.PHONY: demo
demo: $(SETUP) ## Run the whole loop on this machine, against the embedded sandbox (KEEP=1 stays up)
	$(TSX) src/cli.ts demo $(if $(KEEP),--keep)

.PHONY: e2e
e2e: $(SETUP) ## The same against real HTCondor, sshd, OpenStack, cloud-init and kube-apiserver (root on Debian; REPORT=FILE: where the report goes)
	$(TSX) test/e2e/run.ts $(if $(REPORT),--report $(REPORT))

.PHONY: e2e-clean
e2e-clean: $(SETUP) ## Stop the real peers and remove what e2e downloaded and built
	$(TSX) test/e2e/run.ts --clean

.PHONY: bench
bench: $(SETUP) ## Measure speed, size and quality, each figure with its goal: planner, 10,000 nodes, and time to capacity where e2e is installed (ONLY=NAME,NAME for some)
	$(TSX) test/bench/run.ts $(if $(ONLY),--only $(ONLY))

# --- test it

.PHONY: test
test: $(SETUP) ## All tests that need no peer (unit, integration, contract, 300 simulated seeds), with coverage; ends with "N passed, N failed"
	@rm -rf coverage
	@NODE_V8_COVERAGE=$(CURDIR)/coverage/tmp/runner $(TSX) scripts/test.ts test/unit test/integration test/contract test/sim && touch $(TESTED)

$(TESTED): $(SETUP) $(SOURCES)
	@$(MAKE) --no-print-directory test

.PHONY: unit
unit: $(SETUP) ## Only the unit tests
	@$(TSX) scripts/test.ts test/unit

.PHONY: integration
integration: $(SETUP) ## Only the operator against the sandbox
	@$(TSX) scripts/test.ts test/integration

.PHONY: contract
contract: $(SETUP) ## Only the contract suite, against the sandbox
	@$(TSX) scripts/test.ts test/contract

.PHONY: sim
sim: $(SETUP) ## The operator on simulated time with everything going wrong (SEEDS=N FROM=N; SEED=N one, step by step; WALK=1 each crash point; SOAK=1 thirty days; REPORT=FILE)
	@node $(if $(SOAK),--expose-gc) --import tsx test/sim/run.ts $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FROM),--from $(FROM)) $(if $(WALK),--walk) $(if $(SOAK),--soak) $(if $(REPORT),--report $(REPORT))

.PHONY: mutants
mutants: $(SETUP) ## Put bugs of one line into the safety code, one at a time: the tests must notice each (ONLY=TEXT for some)
	@$(TSX) scripts/mutants.ts $(if $(ONLY),--only '$(ONLY)')

.PHONY: coverage
coverage: $(TESTED) ## Coverage by folder, and its gates; runs the tests if anything changed since they passed
	@$(TSX) scripts/coverage.ts

.PHONY: promtool
promtool: $(SETUP) ## Prometheus' own checker on alerts, their tests and the metrics of an operator that runs (gets it from Debian or Go once; fails where neither has it)
	@$(TSX) test/promtool/run.ts

# --- keep it clean

.PHONY: presubmit
presubmit: ## All that a change must pass: format, lint, types, verify, chart, unused code, documents, tests, coverage
	@for step in format-check lint types verify chart unused docs coverage; do \
	  echo "== $$step"; \
	  $(MAKE) --no-print-directory $$step || { echo "presubmit: $$step FAILED" >&2; exit 1; }; \
	done; echo "presubmit: all passed"

.PHONY: format
format: $(SETUP) ## Write all files in the one format
	$(BIN)/prettier --write --log-level warn .

.PHONY: format-check
format-check: $(SETUP) ## Say which files are not in the one format
	$(BIN)/prettier --check --log-level warn .

.PHONY: lint
lint: $(SETUP) ## ESLint with types: the house rules and the import layers
	$(BIN)/eslint --max-warnings 0 .

.PHONY: types
types: $(SETUP) ## TypeScript, strict
	$(BIN)/tsc --noEmit -p .

.PHONY: unused
unused: $(SETUP) ## Knip: files, exports and dependencies that nothing uses
	$(BIN)/knip

.PHONY: generate
generate: $(SETUP) ## Write types, reference, the schema of snapshots and the chart's files from crds/, config/rbac.yaml and values.yaml
	$(TSX) scripts/generate.ts
	$(TSX) scripts/chart-files.ts

.PHONY: verify
verify: $(SETUP) ## Fail when generated files or samples differ from what crds/ says
	$(TSX) scripts/generate.ts --check
	$(TSX) scripts/chart-files.ts --check
	@$(TSX) scripts/test.ts test/unit/config

.PHONY: chart
chart: $(SETUP) ## helm lint --strict, and the chart's rendered forms against their golden files (UPDATE=1 writes them); fetches helm
	$(TSX) scripts/chart.ts

.PHONY: docs
docs: $(SETUP) ## Fail on broken links and on make targets that documents name and nobody wrote
	$(TSX) scripts/docs.ts

# --- ship it

.PHONY: build
build: $(SETUP) ## Bundle the operator (dist/ehos.mjs) and the sandbox (dist/sandbox.mjs)
	$(TSX) scripts/build.ts

.PHONY: image
image: build ## The container image, with docker, podman or buildah, and its list of contents (IMAGE=NAME:TAG; BASE=debian: from Debian packages)
	$(TSX) scripts/image.ts $(if $(IMAGE),--name $(IMAGE)) $(if $(BASE),--base $(BASE))

.PHONY: clean
clean: ## Remove what was built and measured; the libraries stay
	rm -rf dist coverage
