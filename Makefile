# Two commands do everything: `make run` and `make test`; `make explore` opens the same program in a browser, `make docs`
# builds the documentation into site/. Each sets up its own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-run
STAMP_DEV := $(VENV)/.installed-dev
STAMP_EXPLORE := $(VENV)/.installed-explore
STAMP_DOCS := $(VENV)/.installed-docs

.PHONY: run explore docs test check benchmark

run: $(STAMP)
	$(BIN)/regraft run atkins-2016 --out runs/atkins-2016

explore: $(STAMP_EXPLORE)
	$(BIN)/regraft explore

docs: $(STAMP_DOCS)
	$(BIN)/python scripts/site/build_site.py --out site

test: $(STAMP_DEV)
	@echo "compiling the model once, so that the tests find it ready"
	scratch=$$(mktemp -d) && $(BIN)/regraft run atkins-2016 --replicates 1 --out "$$scratch/first-run" --json > /dev/null && rm -r "$$scratch"
	$(BIN)/python -m pytest -n 2 -q

benchmark: $(STAMP)
	$(BIN)/python benchmarks/performance.py

check: $(STAMP_DEV)
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("regraft needs Python 3.11 or newer; try: make PYTHON=python3.12 run" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(STAMP_EXPLORE): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[explore]'
	@touch $@ $(STAMP)

$(STAMP_DOCS): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	@touch $@ $(STAMP)

$(STAMP_DEV): pyproject.toml constraints.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements-dev.txt --editable '.[cluster,docs,explore]'
	@touch $@ $(STAMP) $(STAMP_DOCS) $(STAMP_EXPLORE)
