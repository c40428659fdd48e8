# Thin: each target is the plain command, in an environment that make keeps in .venv.
BIN := .venv/bin
PYTHON ?= python3
PORT ?= 5000
PROCESSES ?= 3
TYPED = $(wildcard engage/*/rules.py) engage/core

.PHONY: demo demo-stripe test prove bench check audit parts screenshots translations

demo: .venv/run translations  ## sample data, web and worker; stop with Ctrl-C
	ENGAGE_MODE=demo $(BIN)/flask --app wsgi demo --port $(PORT)

demo-stripe: .venv/dev translations  ## the same against a stand-in for Stripe
	$(BIN)/python -m tests.fakes.stripe.demo --port $(PORT)

test: .venv/dev translations  ## the commit run, on SQLite and PostgreSQL
	$(BIN)/pytest --timeout 900 --numprocesses $(PROCESSES) --dist worksteal $(ARGS)

prove: .venv/dev translations  ## the long run; writes its results to docs/proof
	$(BIN)/python -m tests.prove $(ARGS)

bench: .venv/dev translations  ## prints a table of times and counts
	$(BIN)/python -m tests.bench $(ARGS)

screenshots: .venv/dev translations  ## the pictures of the README
	$(BIN)/python -m tests.screenshots

check: .venv/dev  ## style, types, templates and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/pytest -q --timeout 900 tests/test_house_rules.py tests/test_dangers.py

audit: .venv/dev  ## weaknesses known of the libraries; fails where it could not look
	$(BIN)/python -m tests.dependencies audit

parts: .venv/dev  ## what it is made of, as CycloneDX, into parts.cdx.json
	$(BIN)/python -m tests.dependencies parts parts.cdx.json

translations: .venv/run
	$(BIN)/python -m engage.core.catalogs

.venv/run: requirements.txt
	@echo "Installing what it needs, once ..."
	@began=$$(date +%s); $(PYTHON) -m venv .venv && \
	$(BIN)/pip install --quiet --requirement requirements.txt && \
	echo "Installed in $$(( $$(date +%s) - began )) seconds."
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(BIN)/pip install --quiet --requirement requirements-dev.txt
	@touch $@
