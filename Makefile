# Sealane needs Python 3.11 or newer with venv, and make. Everything else is
# installed into $(VENV) from the hash-pinned lists in requirements/.
# On Windows without make, see CONTRIBUTING.md.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
LOCK_ARGS ?=
MINUTES ?= 10
BASE ?=
TEST_WORKERS ?= 2
MINUTES ?= 10
SEEDS ?= 200
START ?= 0
WORKERS ?= 0
SEED ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := --quiet --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-browser test-monitoring screenshots test-deep web simulate chaos mutate check docs bench docker test-postgres wheel lock clean fuzz

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Run a whole network and the corridor story (ARGS=--once to stop after it)
	@$(BIN)/sealane demo $(ARGS)

# Whoever asks Python to write no byte code would have it compile everything again for each of the
# hundred processes that tests start, and for the rewriting of assertions.
test test-slow test-deep: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.dev ## Run the suite, without the slow and the Docker tests (ARGS=... for pytest)
	$(BIN)/python -m pytest -n $(TEST_WORKERS) -m "not slow and not deep and not docker and not browser and not postgres and not prometheus" $(ARGS)

test-slow: $(VENV)/.dev ## Run the slow tests
	$(BIN)/python -m pytest -m "slow and not docker and not deep and not browser and not postgres and not prometheus" $(ARGS)

chaos: $(VENV)/.dev ## Hurt a network of real processes and check what clients were told (MINUTES=, SEED=)
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

test-browser: $(VENV)/.dev ## Run the tests that look at pages in Chromium
	$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

test-monitoring: $(VENV)/.dev ## Load dashboards and alerts into a real Prometheus
	$(BIN)/python -m pytest -m prometheus tests/monitoring $(ARGS)

web: ## Build the verify page and the verifier in it (needs node and npm; the rest works without)
	cd web && npm ci --silent && npm run --silent build

screenshots: $(VENV)/.dev ## Take the pictures of pages in docs/screenshots anew
	$(BIN)/python -m pytest -m browser tests/browser/test_screenshots.py --screenshots docs/screenshots $(ARGS)

test-deep: $(VENV)/.dev ## Fuzz every decoder, act and type at random, further than `make test` does
	$(BIN)/python -m pytest -n $(TEST_WORKERS) -m deep $(ARGS)

simulate: $(VENV)/.dev ## Simulate SEEDS=200 networks from START=0 (or random), or SEED=N again, with a transcript
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --start $(START) --workers $(WORKERS))

check: $(VENV)/.dev ## Lint, format, types, layers, purity, ceilings, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.check_purity
	$(BIN)/python -m tools.check_ceilings
	$(BIN)/python -m tools.docs --check

mutate: $(VENV)/.dev ## Change the rules in small ways and see that a test notices (ARGS="contracts/bill")
	$(BIN)/python -m tools.mutate $(ARGS)

fuzz: $(VENV)/.dev ## Fuzz every decoder (MINUTES=10 in all, ARGS="--target NAME")
	@$(PIP) install $(LOCKED) -r requirements/fuzz.txt || echo "going on without atheris" >&2
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(ARGS)

docs: $(VENV)/.dev ## Write the reference pages that are made from the code
	$(BIN)/python -m tools.docs --write

bench: $(VENV)/.dev ## Measure the budgets on this machine
	$(BIN)/python -m benchmarks $(ARGS)

docker: $(VENV)/.dev ## Build the images, play and hurt networks in containers, take all away (BASE=IMAGE to build from)
	BASE="$(BASE)" $(BIN)/python -m pytest -m docker tests/docker $(ARGS)

test-postgres: $(VENV)/.dev ## Run storage and whole nodes on a PostgreSQL server of their own
	tools/with_postgres.sh $(BIN)/python -m pytest tests/nodes/storage tests/e2e/test_postgres.py $(ARGS)

wheel: $(VENV)/.runtime ## Build the wheel into dist/
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: $(VENV)/.dev ## Resolve requirements/ again (LOCK_ARGS=--upgrade for newer versions)
	VENV=$(VENV) sh tools/lock.sh $(LOCK_ARGS)

clean: ## Remove the environment and everything that was built
	rm -rf $(VENV) build dist .fuzz .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# Each step leaves an empty file behind, so that it runs again only when what it
# was made from changes, and an interrupted one runs again in full.

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Sealane needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv is missing. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Creating $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.created requirements/build.txt requirements/runtime.txt pyproject.toml
	@echo "Installing Sealane and what it needs into $(VENV) (once) ..." >&2
	@$(PIP) install $(LOCKED) -r requirements/build.txt
	@$(PIP) install $(LOCKED) -r requirements/runtime.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "Installing the development tools into $(VENV) (once) ..." >&2
	@$(PIP) install $(LOCKED) -r requirements/dev.txt
	@touch $@
