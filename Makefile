# The front door. Each command sets up what it needs: Python >= 3.11, git and make are enough.
.DEFAULT_GOAL := help
UV := .tools/bin/uv
RUN := $(UV) run --locked --quiet
DEMO := ATHD_ENVIRONMENT=demo ATHD_DATA_DIR=var
PORT ?= 8000
FAMILIES ?= 50000
HERE = ATHD_PUBLIC_URL=http://127.0.0.1:$(PORT)

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(UV):
	@python3 -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

setup: $(UV) ## Install the locked dependencies into .venv
	@$(UV) sync --locked --quiet

run: setup ## Serve the demonstration province on http://127.0.0.1:8000
	@$(DEMO) $(HERE) $(RUN) athd demo
	@$(DEMO) $(HERE) $(RUN) athd serve --port $(PORT)

test: setup ## Lint, types, layers, the tests on SQLite and PostgreSQL, 200 kills, a share of the largest proofs
	@$(RUN) python -m tests.run

check: setup ## The daily round: format, lint, types, layers, and the tests of the areas that changed, on SQLite
	@$(RUN) python -m tests.check

lint: setup ## Format, lint, types and layers
	@$(RUN) ruff format --check . && $(RUN) ruff check . && $(RUN) mypy && $(RUN) lint-imports

isolation: setup ## The access matrix: every operation, role and kind of object, both engines
	@$(RUN) pytest -s -m isolation tests/isolation

attack: setup ## Hostile tokens, malformed requests, schemathesis over the whole document, links of slips, editions
	@$(RUN) pytest -s -m attack tests/attack tests/commitments

season: setup ## Reminders of a campaign to 50,000 families (FAMILIES=…), day by day: nobody twice a day, at night, or after a refusal
	@ATHD_FAMILIES=$(FAMILIES) $(RUN) pytest -s -k postgresql tests/commitments/test_season.py

faults: setup ## kill -9 in a loop, power cuts, full disks, cut lines, a flood: nothing lost, nothing doubled
	@$(RUN) python -m tests.faults.run

kills: setup ## The kills of `faults` alone, at least 200: the small form for every change
	@$(RUN) python -m tests.faults.run kills

bench: setup ## HTTP and scope against naive baselines, as ratios; start and rest
	@missed=0; for part in scope "rest --rounds 1" "http --check"; do \
		$(RUN) --group bench python -m benchmarks.$$part || missed=1; \
	done; exit $$missed

bench-reports: setup ## Reports of 1,400 schools: sums and board against bare SQL, all of them submitted
	@$(RUN) --group bench python -m benchmarks.reports

bench-upload: setup ## A million learners by upload against \copy of the same rows; a flawed workbook; other requests meanwhile
	@$(RUN) --group bench python -m benchmarks.uploads

bench-signing: setup ## Commitments of 250,000 learners: opening, whole classes, single signatures, coverage, against bare SQL and ORM
	@$(RUN) --group bench python -m benchmarks.signing

openapi: setup ## Write openapi/openapi.json and operations.txt, and lint the document
	@$(DEMO) $(RUN) athd export-openapi
	@openapi/lint

nightly: test isolation attack season ## Everything, heavy proofs included; the benchmark last, so that a missed goal hides nothing
	@ATHD_FAULTS=3 ATHD_FAULTS_REQUIRED=1 $(RUN) python -m tests.faults.run
	@$(MAKE) --no-print-directory bench bench-reports bench-upload bench-signing

clean: ## Remove what the commands made
	@rm -rf .venv .tools var node_modules

.PHONY: help setup run test check lint isolation attack season faults kills bench bench-reports bench-upload bench-signing openapi nightly clean
