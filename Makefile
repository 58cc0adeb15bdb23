# Everything starts here: each target sets up what it needs, and a second run of anything costs nothing.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast lint messages bench lock clean browser

# The first Python that is new enough; another one with `make PYTHON=/path/to/python`.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(RUN)/python -m pip --disable-pip-version-check
# Three at a time, neighbours together: the tests start servers and browsers of their own, and wait for them much.
# More options for pytest with `make test ARGS="-k mail"`.
PYTEST := $(RUN)/python -m pytest -n 3 --dist worksteal $(ARGS)

help: ## show this
	@echo "Lumira Desk"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: $(READY) ## make .venv from requirements.lock

demo: setup ## run the whole Desk here, with data of its own; Ctrl-C stops it
	@exec $(RUN)/lumira demo

test: setup browser ## run every test, those in the browser included
	$(PYTEST)

test-fast: setup ## run the tests that need no browser and start no demo
	$(PYTEST) -m "not e2e" --ignore=tests/embedded

lint: setup ## ruff and mypy
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

messages: setup ## bring the French texts in step with the sources
	$(RUN)/python -m dashboard.locale.extract

bench: setup ## measure the screens (ARGS="--orders 1500 --quick" for a first look)
	$(RUN)/python -m benchmarks $(ARGS)

$(READY): requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Lumira Desk needs Python 3.11 or newer; none was found on PATH." >&2; exit 1; }
	@[ -x $(RUN)/python ] && $(PIP) --version >/dev/null 2>&1 || { \
		"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
		echo "Making $(VENV) with $$("$(PYTHON)" --version)"; \
		"$(PYTHON)" -m venv --clear $(VENV); }
	@echo "Installing what requirements.lock names (1 GB the first time)"
	@$(PIP) install --require-hashes --no-compile -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@# Else the first start would translate all of it, while somebody waits. With all processors, which pip does not do;
	@# a few packages carry files that are not for this Python.
	@$(RUN)/python -m compileall -qq -j 0 $(VENV)/lib dashboard lumira_db || true
	@touch $@

# A browser for the tests: Debian's without a window (it needs half the processor), else what is there, else Playwright's own.
browser: setup
	@command -v chromium-headless-shell >/dev/null 2>&1 && exit 0; \
	if command -v apt-get >/dev/null 2>&1 && as_root=$$([ "$$(id -u)" = 0 ] || { command -v sudo && sudo -n true; } 2>/dev/null); then \
		echo "Installing Chromium's headless shell"; \
		$$as_root apt-get update -qq && \
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null \
		&& exit 0; \
	fi; \
	for name in chromium chromium-browser; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	$(RUN)/playwright install chromium

lock: ## pin the newest allowed versions of everything in requirements.lock
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$(PYTHON)" -m venv "$$folder" && "$$folder/bin/python" -m pip install --quiet uv && \
	"$$folder/bin/uv" pip compile pyproject.toml --extra dev --python-version 3.11 --universal --generate-hashes \
		--no-emit-index-url --upgrade --custom-compile-command "make lock" --quiet --output-file requirements.lock

clean: ## remove .venv and caches; the demo's data in .lumira stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./.lumira/*" -prune -exec rm -rf {} +
