# Everything a person or CI needs: `make demo`, `make test`, `make lint`. Needs python3 (3.11+), make and the network.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
UV := .uv/bin/uv
BIN := $(VENV)/bin
DEMO ?= demo-region
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: help setup demo test test-spark validity lint format lock browser clean

help:  ## what can be made here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(UV):
	@PYTHON="$(PYTHON)" bash .ci/bootstrap_uv .uv

# Reinstalls only when the lock or the project's metadata changed.
$(VENV)/.synced: requirements.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" $(VENV)
	@echo "Installing the locked dependencies (a minute the first time) ..."
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.synced  ## the environment in .venv, from the lock

demo: setup  ## the demonstration region: made, refreshed, published, its headline shown
	@$(BIN)/care-transfer demo --workspace $(DEMO)

test: setup browser  ## every test, the browser's too
	@$(BIN)/python -m pytest

# An environment of its own: nothing else may come to need what the extra brings.
.venv-spark/.synced: requirements-spark.lock pyproject.toml | $(UV)
	@test -x .venv-spark/bin/python || $(UV) venv --quiet --python "$(PYTHON)" .venv-spark
	@echo "Installing Spark and the locked dependencies (a minute the first time) ..."
	@$(UV) pip sync --quiet --python .venv-spark/bin/python --require-hashes requirements-spark.lock
	@$(UV) pip install --quiet --python .venv-spark/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

test-spark: .venv-spark/.synced  ## the tests that count lines on a real Spark cluster (needs a Java 17)
	@.venv-spark/bin/python -m pytest -n 0 -m spark tests/pipelines/warehouse

validity: setup  ## published outcomes beside what the model makes of them (docs/validity.md)
	@$(BIN)/care-transfer case tests/validity/*.yaml

browser: setup  ## a Chrome or Chromium for the tests: finds one, else installs one
	@$(BIN)/python .ci/install_browser.py

lint: setup  ## formatting, rules, types, which room may know which, and whether every library is declared
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

format: setup  ## formats the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(UV)  ## renews requirements.lock (hashes, no package host)
	@$(UV) lock --quiet
	@$(UV) export --quiet --frozen --no-emit-project --format requirements-txt > requirements.lock
	@$(UV) export --quiet --frozen --no-emit-project --extra spark --format requirements-txt > requirements-spark.lock
	@rm uv.lock

clean:  ## removes what was made here, not the workspaces
	@rm -rf $(VENV) .venv-spark .uv .pytest_cache .ruff_cache .mypy_cache
