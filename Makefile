# Two commands do everything on a fresh machine: `make demo` and `make test`. Needs Python 3.11+, make and npm.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS := -n 3 --dist loadfile --no-loadscope-reorder
LOCK := --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --python-version 3.11 -q

.DEFAULT_GOAL := help
.PHONY: help setup demo style types lint suite test test-all bench tour docs notebooks lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed api/web/vendor/.copied ## Install everything into .venv, and the browser libraries beside the pages

# pip compiles what it installs; compiling the package too spares every start of the command line a second.
$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "fibermap needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q fibermap api
	@touch $@

api/web/vendor/.copied: package-lock.json tools/vendor.py | $(VENV)/.installed
	@command -v npm > /dev/null || { echo "npm is missing: install Node.js with npm, then run make again" >&2; exit 1; }
	npm ci --silent
	$(BIN)/python tools/vendor.py
	@touch $@

demo: setup ## Make the synthetic county, run it through everything and show its map until Ctrl-C
	$(BIN)/fibermap demo demo

style: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: style types ## Check style, types and the direction of imports

# In an order that the tests choose: by number of tests, the few long walks through the screens would come last.
suite: export SUITE_BEGAN := $(shell date +%s)
suite: setup
	$(BIN)/pytest $(WORKERS) -m "not slow" --durations 30 || { [ $$? -eq 1 ] && $(BIN)/python tools/second_look.py; }

# Types are checked by one core for a minute: beside the tests, which would leave the others waiting.
test: style ## Check everything but the slow sweeps
	@$(MAKE) --no-print-directory -j 2 suite types

test-all: lint ## Check everything, sweeps included, with databases of several threads
	FIBERMAP_DATABASE_THREADS=2 $(BIN)/pytest $(WORKERS)

bench: setup ## Measure against peers in the same run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@failed=0; for file in benchmarks/bench_*.py; do \
		name=$$(basename $$file .py); echo "== $$name"; $(BIN)/python -m benchmarks.$$name || failed=1; \
	done; exit $$failed

tour: setup ## Make the pictures of the tour, by the tests of the screens
	$(BIN)/pytest $(WORKERS) tests/ui

docs: setup ## Build the documentation into site/, with the pictures that there are
	$(BIN)/mkdocs build --strict

notebooks: setup ## Write the notebooks anew from their scripts
	cd notebooks && ../$(BIN)/jupytext --sync [0-9]*.py

lock: setup ## Pin every dependency anew, with hashes
	$(BIN)/uv pip compile pyproject.toml --extra fast --extra otel --extra notebook --extra docs --extra dev $(LOCK) -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras $(LOCK) -c requirements/dev.txt -o requirements/bench.txt

clean: ## Remove what can be made again
	rm -rf $(VENV) node_modules fibermap/web/vendor api/web/vendor site demo
