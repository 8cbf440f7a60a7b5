# Everything below makes its own environment in .venv; only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint bench clean

demo: $(VENV)/.app  ## install, fit the bundled sample, print the path of its report
	$(BIN)/topicmodel fit --demo --out reports/demo

test: $(VENV)/.dev  ## install with the development packages and run the tests
	$(BIN)/python -m pytest

check: lint test  ## format, lint, types, import contracts, and then the tests

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## the tree and its names beside other methods on the development data, as tables
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python scripts/benchmark_quality.py --own-encoder
	$(BIN)/python scripts/benchmark_names.py --own-encoder

clean:
	rm -rf $(VENV)

$(VENV)/.app: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.app
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
