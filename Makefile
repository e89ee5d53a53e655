# Two commands are enough: `make run` and `make test`. Both set everything up first, and only when something changed.

HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= kb-data
ARTICLES ?= articles

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
# The pin lives in pyproject.toml only. It is installed on its own first, so that pip cannot settle on another build.
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
PIP := $(BIN)/python -m pip --disable-pip-version-check install

.PHONY: help run test check format widget clean
.DEFAULT_GOAL := help

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "make %-8s %s\n", $$1, $$2 }'

run: $(VENV)/.stamp-run ## Index articles/ and serve the help centre (HOST, PORT, DATA, ARTICLES)
	@$(BIN)/kb index "$(ARTICLES)" --data "$(DATA)" || [ $$? -eq 1 ]
	@exec $(BIN)/kb serve --data "$(DATA)" --host "$(HOST)" --port "$(PORT)"

test: $(VENV)/.stamp-test ## Run every test that this machine can run
	$(BIN)/python -m pytest -rs -n 2 --dist worksteal

check: $(VENV)/.stamp-test ## Lint, formatting, types and the import table
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/architecture/test_imports.py

format: $(VENV)/.stamp-test ## Rewrite the sources in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

widget: ## Build the question box for other pages again (needs Node.js 20 and npm; api/widget/)
	cd api/widget && npm install --no-package-lock --no-audit --no-fund && npm run check && npm run build

clean: ## Remove the environment and every cache; keeps the data folder
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it: make run PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment could be made; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }

# A stamp inside the environment goes away with it; an interrupted installation leaves none and is repeated.
$(VENV)/.stamp-run: pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV): this takes some minutes the first time."
	$(PIP) "$(TORCH)"
	$(PIP) --editable .
	@touch $@

$(VENV)/.stamp-test: $(VENV)/.stamp-run
	$(PIP) --editable ".[test]"
	@touch $@
