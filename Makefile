# All set-up is done by the targets that need it: Python 3.11 and make are enough.
#
#   make demo        open the demo firm
#   make test        everything a change must pass
#   make test-long   the large and slow tests
#   make format      let ruff put the code in order
#   make screenshots make the pictures of the screens from the demo firm
#   make bench       measure the screens beside a bare list, and neomutt if it is here
#   make bench-sync  measure a sync beside a bare floor, and mbsync and aerc if they are here
#   make messages    take the sentences out of the code, compile the translations
#   make lock        look for newer versions of what the project needs
#   make wheel       build the package into dist/
#   make clean       remove all that these targets made

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# The tools must see this folder and their own environment, nothing else.
unexport PYTHONPATH
unexport PYTHONHOME
unexport MYPYPATH

PYTHON ?= $(or $(shell command -v python3.11 2>/dev/null),$(shell command -v python3 2>/dev/null),python3.11)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python -P
INSTALL := $(PY) -m pip --quiet --no-input --disable-pip-version-check install
LOCKED := --require-hashes --only-binary :all:
JOBS ?= auto
TESTS ?=
CODE := actors providers store tui tests bench

.PHONY: help demo test test-long lint types contracts pytest format screenshots bench bench-sync messages lock wheel clean

help:
	@sed -n 's/^# \{3\}//p' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.ready
	@$(BIN)/postroom demo

test: lint types contracts pytest

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy
	$(BIN)/basedpyright --level error

contracts: $(VENV)/.ready-dev
	$(BIN)/lint-imports --no-logo --no-cache

# The closing lines count what passed, and what was skipped and why.
pytest: $(VENV)/.ready-dev
	$(BIN)/pytest -n $(JOBS) $(TESTS)

test-long: $(VENV)/.ready-dev
	$(BIN)/pytest -n $(JOBS) -m long --timeout 3600 $(TESTS)

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .

# ---------------------------------------------------------------- pictures and figures
ONLY ?=
THREADS ?= 100000
MESSAGES ?= 20000

screenshots: $(VENV)/.ready-dev
	@$(PY) -m tests.support.shoot screenshots $(ONLY)

bench: $(VENV)/.ready-dev
	@$(PY) -m bench.tui --threads $(THREADS)

bench-sync: $(VENV)/.ready-dev
	@$(PY) -m bench.sync --messages $(MESSAGES)

# ---------------------------------------------------------------- sentences
CATALOGUE := tui/locale/postroom.pot
TRANSLATIONS := $(wildcard tui/locale/*/LC_MESSAGES/postroom.po)

messages: $(VENV)/.ready-dev
	@$(PY) -m tests.support.messages

# ---------------------------------------------------------------- set-up
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "postroom needs Python 3.11 or newer ('$(PYTHON)' is none): make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, ssl, venv' 2>/dev/null || \
	  { echo "'$(PYTHON)' lacks venv, ensurepip or ssl (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON)" >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) $(LOCKED) -r requirements.lock -r requirements-build.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@$(INSTALL) $(LOCKED) -r requirements-dev.lock
	@touch $@

# ---------------------------------------------------------------- locks and packages
# A group of pyproject.toml as pip-compile reads it; wheels only, since an sdist runs its author's code.
define NEEDS
import sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))
groups = project["dependency-groups"] | {"run": project["project"]["dependencies"]}
print("--only-binary :all:", *groups[sys.argv[1]], sep="\n")
endef
export NEEDS

# What the public index says, never what this machine's own pip settings add to it.
COMPILE := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock" \
  $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
  --no-emit-find-links --no-emit-trusted-host --annotation-style=line

lock: $(VENV)/.ready-dev
	@$(PY) -c "$$NEEDS" run | $(COMPILE) -o requirements.lock -
	@$(PY) -c "$$NEEDS" build | $(COMPILE) -c requirements.lock -o requirements-build.lock -
	@$(PY) -c "$$NEEDS" dev | $(COMPILE) -c requirements.lock -c requirements-build.lock -o requirements-dev.lock -

wheel: $(VENV)/.ready
	@rm -rf dist
	@$(PY) -m pip --quiet --no-input --disable-pip-version-check wheel --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
