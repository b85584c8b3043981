# `make check` is what CI runs. Each part runs alone too: `make lint`, `make types`, ...
# Tools come from .venv, which is set up when it is not there or pyproject.toml is newer.
# To use another environment that holds them already: make lint BIN=/path/to/bin

BIN ?= .venv/bin
PYTHON ?= python3
PYTEST_ARGS ?= -n 2
ready := $(if $(filter .venv/bin,$(BIN)),.venv/dev-is-installed)

.PHONY: check rest format lint types tests doctests wheel fix docs versions hooks

check: format lint types tests doctests wheel

# What is left of `check` when the tests have run: .ci/run starts with the README's own test command.
rest: format lint types doctests wheel

.venv/dev-is-installed: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet -e ".[cpu,dev]"
	@touch $@

format: $(ready)
	$(BIN)/ruff format --check .

lint: $(ready)
	$(BIN)/ruff check .
	$(BIN)/python benchmarks/tables.py --check
	PYTHONPATH=src $(BIN)/python tools/compatibility.py --check

types: $(ready)
	$(BIN)/mypy

tests: $(ready)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

doctests: $(ready)
	$(BIN)/python -m pytest --doctest-modules src/gridfold

wheel: $(ready)
	$(BIN)/python tools/check_wheel.py

# Rewrite what `format` and `lint` complain of, where that is mechanical.
fix: $(ready)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Write the figures of the README from the result files, and docs/compatibility.md from the code.
docs: $(ready)
	$(BIN)/python benchmarks/tables.py
	PYTHONPATH=src $(BIN)/python tools/compatibility.py

# The suite on the oldest and the newest versions supported, in .venv-3.11 and .venv-3.12.
versions:
	$(PYTHON) tools/versions.py $(PYTEST_ARGS)

hooks: $(ready)
	$(BIN)/pre-commit install
