SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8080
BIN := $(VENV)/bin
LOCKS := infra/requirements
# Tests wait for other processes about as long as they compute.
WORKERS ?= 3
export PYTHONPATH := shared:.
export PORT

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  %-15s %s\n", $$1, $$2}'

.PHONY: run
run: $(VENV)/.run ## Serve oqtopus with its demo agents on http://127.0.0.1:$PORT
	@exec $(BIN)/python -m infra.run

.PHONY: emulators
emulators: $(VENV)/.run ## Start Firestore, Pub/Sub and Secret Manager on this machine (needs Java and the gcloud SDK)
	@exec $(BIN)/python -m infra.emulators

.PHONY: run-emulators
run-emulators: $(VENV)/.run ## Serve oqtopus on the emulators, each function in a process of its own
	@exec $(BIN)/python -m infra.run_emulators

.PHONY: test
test: $(VENV)/.dev ## Run the tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

.PHONY: check
check: $(VENV)/.dev ## Check format, types, import contracts, the contract file, the locks, and for secrets and dangerous calls
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/openapi-spec-validator infra/openapi.yaml
	@$(BIN)/python -m infra.locks --check
	@$(BIN)/python -m infra.scanners code secrets
	@$(BIN)/python -m infra.scanners packages --may-be-offline

.PHONY: audit
audit: $(VENV)/.dev ## Ask which pinned versions have known vulnerabilities (needs the network; fails without an answer)
	@$(BIN)/python -m infra.scanners packages

.PHONY: format
format: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.dev ## Measure latency, processor time, throughput, streams and start (a table and JSON)
	@$(BIN)/python -m tests.bench

.PHONY: lighthouse
lighthouse: $(VENV)/.dev ## Judge the pages with Lighthouse (a table, and reports in build/lighthouse)
	@$(BIN)/python -m tests.browser.lighthouse

.PHONY: eval
eval: $(VENV)/.dev ## Judge the embedded router and the citations; DATA=file.jsonl takes questions of your own
	@$(BIN)/python -m infra.routing.evaluate $(DATA)
	@$(BIN)/python -m infra.citations.evaluate

.PHONY: package
package: $(VENV)/.dev ## Build each function's reproducible zip and bill of materials, and the gateway's document, into build/
	@$(BIN)/python -m infra.package
	@$(BIN)/python -m infra.gateway_document

.PHONY: check-terraform
check-terraform: package ## Check and test terraform/ and the gateway's document (needs terraform and npm)
	@infra/check-terraform

.PHONY: bootstrap
bootstrap: $(VENV)/.dev ## Make the key and the bucket of Terraform's state, once (PROJECT=…, REGION=europe-west1)
	@$(BIN)/python -m infra.deployment.bootstrap

.PHONY: plan
plan: package ## Say what a deployment would change (PROJECT=…)
	@$(BIN)/python -m infra.deployment.deploy plan

.PHONY: deploy
deploy: package ## Package, plan, show, ask, apply (PROJECT=…; YES=1 does not ask)
	@$(BIN)/python -m infra.deployment.deploy deploy

.PHONY: destroy
destroy: package ## Take the installation away, its data with it (PROJECT=…)
	@$(BIN)/python -m infra.deployment.deploy destroy

.PHONY: smoke
smoke: $(VENV)/.dev ## Ask an installation whether it does what it must (URL=…)
	@$(BIN)/python -m infra.deployment.smoke

.PHONY: install
install: $(VENV)/.dev ## Set up .venv with everything that developing needs

.PHONY: lock
lock: $(VENV)/.dev ## Resolve the locks anew from pyproject.toml
	@$(BIN)/python -m infra.locks

.PHONY: clean
clean: ## Remove .venv, caches and builds; data in .oqtopus stays
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "oqtopus needs Python 3.11 or later; name one with PYTHON=…"; exit 1; }
	@echo "Setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

# A lock names every package, so pip has nothing to resolve: its resolver (seen with 23.2) takes an extra of a pinned
# package for one that nobody pinned once there is a newer release, and then refuses to install anything.
$(VENV)/.run: $(LOCKS)/run.txt | $(BIN)/python
	@echo "Installing what running needs (about 80 packages) …"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r $< \
		| sed -unE 's/^(Collecting|Installing|Successfully)(.{0,80}).*/\1\2/p'
	@touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt | $(BIN)/python
	@echo "Installing what developing needs (about 160 packages) …"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r $< \
		| sed -unE 's/^(Collecting|Installing|Successfully)(.{0,80}).*/\1\2/p'
	@touch $@ $(VENV)/.run
