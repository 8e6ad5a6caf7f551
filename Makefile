# Everything a contributor needs, from a fresh clone: `make run` and `make test`.
#
# The environment is built once and remembered by stamp files inside .venv, so a second run starts
# at once and needs no network. The project itself is never installed: it runs from the tree.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
DATA ?= ../shared/data
PYTEST_ARGS ?= -n auto

UV := $(shell command -v uv)
PY := .venv/bin/python
export PORT
export PYTHONPATH := $(CURDIR)

.PHONY: help run demo test coverage check check-data migration mutation clients bench lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: .venv/.runtime ## Serve on 127.0.0.1:$PORT (8000) with a demonstration district
	@exec $(PY) -m service.cli run

demo: .venv/.runtime ## Walk one child's case through the service and show every answer
	@$(PY) -m service.cli demo

test: .venv/.dev ## Run the tests, on SQLite and PostgreSQL (PYTEST_ARGS="-k word" for some)
	@$(PY) -m pytest $(PYTEST_ARGS)

coverage: .venv/.dev ## Run the tests, show what they miss, and fail below the floor
	@$(PY) -m pytest $(PYTEST_ARGS) --cov --cov-report=term-missing:skip-covered

check: .venv/.dev ## Check style, types, the import contracts, the OpenAPI document and the pages
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) -m service.cli openapi --check
	@$(PY) -m service.cli docs --check

check-data: .venv/.runtime ## Take in real OneRoster and Ed-Fi files, and keep nothing (DATA=folder)
	@$(PY) -m service.cli check-data $(DATA)

migration: .venv/.dev ## Write the next migration from the models (MESSAGE="Add the plans")
	@$(PY) -m migrations "$(MESSAGE)"
	@.venv/bin/ruff format --quiet migrations

mutation: .venv-mutation/.dev ## Change the rules and the day counting, and see which tests notice
	@.venv-mutation/bin/python -m tests.mutation $(MUTATION_ARGS)

clients: .venv/.dev .venv-clients/.made ## Generate clients in Python and TypeScript, and run a job through each
	@$(PY) -m tests.clients

bench: .venv/.dev ## Measure requests per second, latencies, and how fast rosters and histories come in
	@$(PY) -m tests.bench
	@$(PY) -m tests.bench.roster
	@$(PY) -m tests.bench.history
	@$(PY) -m tests.bench.deadlines --students 5000

# --- dependencies -----------------------------------------------------------------------------

# One lock for all platforms and Python versions. Everything that could write the address of a
# package index, or a path of this machine, into the lock is switched off, and then looked for.
COMPILE = env -u UV_FIND_LINKS -u PIP_FIND_LINKS uv pip compile --quiet --no-config --universal \
	--python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

lock: ## Renew the requirements*.txt from pyproject.toml (LOCK_ARGS=--upgrade)
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv'; exit 1; }
	@command -v npm >/dev/null || { echo 'make lock needs npm'; exit 1; }
	@$(COMPILE) $(LOCK_ARGS) pyproject.toml --extra postgresql -o requirements.txt
	@$(COMPILE) $(LOCK_ARGS) pyproject.toml --extra postgresql --extra dev -c requirements.txt \
		-o requirements-dev.txt
	@$(COMPILE) $(LOCK_ARGS) --group pyproject.toml:mutation -c requirements-dev.txt \
		-o requirements-mutation.txt
	@$(COMPILE) $(LOCK_ARGS) --group pyproject.toml:clients -c requirements-dev.txt \
		-o requirements-clients.txt
	@! grep -nE '://|^-|file:|(^|[ =@])/' requirements.txt requirements-dev.txt \
		requirements-mutation.txt requirements-clients.txt
	@cd tests/clients/typescript && npm install --silent --package-lock-only && node -e "$$STRIP"
	@! grep -nE '://|resolved|file:' tests/clients/typescript/package-lock.json

# npm's lock has no address of a registry (.npmrc); those of who asks for funds go, too.
define STRIP
const fs = require("fs"), file = "package-lock.json", lock = JSON.parse(fs.readFileSync(file));
for (const one of Object.values(lock.packages)) delete one.funding;
fs.writeFileSync(file, JSON.stringify(lock, null, 2) + "\n");
endef
export STRIP

# Whatever was asked for, the lock is all that is installed: no index may answer with another file.
# The lock is whole, so nothing is resolved again: pip would look for extras beyond their pins.
INSTALL = $(call INSTALL_WITH,$(PY))
INSTALL_WITH = $(if $(UV),uv pip install --quiet --python $(1),$(1) -m pip install --quiet \
	--disable-pip-version-check) --no-deps --require-hashes -r

.venv/.runtime: requirements.txt | .venv/.made
	@echo 'Installing what the service needs into .venv ...'
	@$(INSTALL) $<
	@touch $@

# The development set contains the runtime set.
.venv/.dev: requirements-dev.txt requirements.txt | .venv/.made
	@echo 'Installing what the tests need into .venv ...'
	@$(INSTALL) $<
	@touch $@ .venv/.runtime

# mutmut is no tool of every day: it has an environment of its own, with Python as .venv has it.
.venv-mutation/.dev: requirements-mutation.txt requirements-dev.txt | .venv/.made
	@echo 'Installing what mutation testing needs into .venv-mutation ...'
	@$(if $(UV),test -x $(@D)/bin/python || uv venv --quiet --python $(PY) $(@D),$(PY) -m venv $(@D))
	@$(call INSTALL_WITH,$(@D)/bin/python) requirements-dev.txt
	@$(call INSTALL_WITH,$(@D)/bin/python) requirements-mutation.txt
	@touch $@

# The generator of Python clients, and what its clients run on.
.venv-clients/.made: requirements-clients.txt | .venv/.made
	@echo 'Installing what generates clients into .venv-clients ...'
	@$(if $(UV),test -x $(@D)/bin/python || uv venv --quiet --python $(PY) $(@D),$(PY) -m venv $(@D))
	@$(call INSTALL_WITH,$(@D)/bin/python) requirements-clients.txt
	@touch $@

.venv/.made:
	@$(if $(UV),$(MAKE_WITH_UV),$(MAKE_WITH_VENV))
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Childfind needs Python 3.11 or newer; .venv has $$($(PY) --version). Remove it, then"; \
		echo 'make PYTHON=/path/to/python3.13 ...'; exit 1; }
	@touch $@

# Left to itself, uv finds a fitting Python, or fetches one.
MAKE_WITH_UV = test -x $(PY) || uv venv --quiet --python \
	"$(if $(filter file default undefined,$(origin PYTHON)),>=3.11,$(PYTHON))" .venv

define MAKE_WITH_VENV
test -x $(PY) || { \
	command -v "$(PYTHON)" >/dev/null || { \
		echo 'No $(PYTHON) here. Install Python 3.11 or newer, or uv.'; exit 1; }; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Childfind needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version)."; \
		echo 'Name another one (make PYTHON=/path/to/python3.13 ...) or install uv.'; exit 1; }; \
	"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '$(PYTHON) cannot make virtual environments: a part of it is missing.'; \
		echo 'Install it (Debian and Ubuntu: apt install python3-venv), or install uv.'; exit 1; }; \
	"$(PYTHON)" -m venv .venv; }
endef
