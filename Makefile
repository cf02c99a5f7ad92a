# Footfall's commands. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench mutants clean

help:  ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "footfall: $$($(PYTHON) --version 2>&1) is too old; Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "footfall: $(PYTHON) has no venv module: install it (Debian: apt install python3-venv) or name another Python: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "footfall: making its environment in $(VENV)/ (once; a minute or so)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)  ## play sessions through Locust, prove what arrived, detect an injected loss: half a minute
	@$(BIN)/footfall demo

test: $(STAMP)  ## run every test
	@# Compiled modules are kept, whatever the environment says: every process of a test would compile them again.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist worksteal

check: lint  ## lint, and the tests that start no process: the fast check while you edit
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n auto --dist worksteal -m 'not process'

lint: $(STAMP)  ## ruff, and mypy (strict) on generator/
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(STAMP)  ## the measured rows of the budget table, both sides in one run
	@$(BIN)/python -m tests.bench

mutants: $(STAMP)  ## weaken each rule and bend each line of generator/spec/; report what no test notices
	@$(BIN)/python -m tests.mutation

clean:  ## remove the environment and everything built
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis footfall-demo footfall-store
