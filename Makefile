# `make help` lists what there is to do. Everything that is made stays inside this folder.
PORT ?= 8000
CHAIN_PORT ?= 8545
NETWORK ?= local
EVENTS ?= 100000
LOANS ?= 100000
CASES ?= 60
KILLS ?= 1000
SEED ?= 1
SUITES ?= lint backend contracts invariants integration browser

.DEFAULT_GOAL := help
.PHONY: help setup requirements run demo-card test test-browser fuzz-api audit lint format abi deploy deploy-fund clean bench-schedules bench-portfolio bench-close bench-api bench-claims bench-http bench-indexer bench-growth bench-scoring bench-screening bench-warning bench-decisions soak screenshots analyze prove coverage soak-contracts

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

setup: requirements .venv/.ready node_modules/.ready ## install everything the project needs, below this folder

run: setup ## start chain, service, indexer and keeper; PORT= and CHAIN_PORT= move them
	@PORT=$(PORT) CHAIN_PORT=$(CHAIN_PORT) .venv/bin/python -m tallystick.stack

test: setup ## run every check and test, two suites at a time; SUITES="backend contracts" runs only those
	@tools/test.sh $(SUITES)

test-browser: setup ## look at every page in a real Chromium: errors, overflow, accessibility
	@cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent
	@PATH="$$PWD/.tools/bin:$$PATH" .venv/bin/python -m tests.browser

fuzz-api: setup ## ask for everything the API describes, valid and not: CASES=60 of each route, SEED=1, ROUTES=pattern of paths
	@tools/setup-analysis.sh schemathesis
	@ROUTES="$(ROUTES)" .venv/bin/python -m tests.fuzz $(CASES) $(SEED)

lint: setup ## check format, style, types, the direction of imports, secrets and grave findings
	@tools/test.sh lint

audit: setup ## look for secrets in tracked files, grave findings of bandit, advisories of PyPI; STRICT=1 if all must be asked
	@tools/setup-analysis.sh security
	@PATH="$$PATH:$$PWD/.tools/uv/bin" .venv/bin/python tools/audit.py $(if $(STRICT),--strict)

format: setup ## rewrite Python and Solidity files in the project's format
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
	@.tools/bin/forge fmt

clients: setup ## generate the typed Python and TypeScript clients below build/clients
	@tools/clients.sh

collection: setup ## make docs/tallystick.postman_collection.json from docs/openapi.json
	@.venv/bin/python tools/collection.py

abi: setup ## compile the contracts and export their interface for the backend
	@tools/brownie run scripts/export_abi.py

bench-gas: setup ## measure the gas of every step and write bench/gas.json
	@tools/brownie run scripts/bench_gas.py

deploy: setup ## deploy the loan book: make deploy NETWORK=<id>, see docs/operations.md
	@tools/brownie run scripts/deploy.py --network $(NETWORK)

deploy-fund: setup ## deploy a repair fund beside the book: make deploy-fund NETWORK=<id>, see docs/repair.md
	@tools/brownie run scripts/deploy_fund.py --network $(NETWORK)

bench-schedules: setup ## schedules per second, beside numpy-financial and a decimal loop
	@PATH="$$PWD/.tools/uv/bin:$$PATH" uv run --frozen --quiet --group bench python bench/schedules.py

bench-portfolio: setup ## classify up to a million loans: seconds and peak memory
	@.venv/bin/python bench/portfolio.py

bench-indexer: setup ## time the indexer on chains of EVENTS events: make bench-indexer EVENTS=100000
	@PYTHONPATH=. .venv/bin/python bench/indexer.py --events $(EVENTS)

bench-growth: setup ## index a made-up chain of EVENTS events: speed, memory and size as it grows
	@PYTHONPATH=. .venv/bin/python bench/growth.py --events $(EVENTS)

soak-indexer: setup ## kill the indexer KILLS times among random reorgs and look for a wrong state
	@PYTHONPATH=. .venv/bin/python bench/soak.py --kills $(KILLS) --seed $(SEED)

demo-card: setup ## train the scorecard of the demo anew, into lending/scorecard
	@.venv/bin/python -m tallystick.demo.scorecard

bench-scoring: setup ## AUC, calibration and speed of the scorecard beside other packages
	@tools/setup-analysis.sh scoring-bench
	@.venv/bin/python -m bench.scoring

bench-screening: setup ## sanctions lists: what is found, what in error, and milliseconds
	@PYTHONPATH=. .venv/bin/python bench/screening.py

bench-warning: setup ## early warning: AUC by months ahead, and on made-up loans
	@PYTHONPATH=. .venv/bin/python bench/warning.py

bench-close: setup ## close a business date of LOANS=100000 loans while payments are written
	@LOANS=$(LOANS) .venv/bin/python -m bench.close

bench-api: setup ## milliseconds of an API answer with 1,000 and with 100,000 loans
	@.venv/bin/python -m bench.api

bench-claims: setup ## milliseconds of a lender's figures with 1,000 and with 100,000 loans in the book
	@.venv/bin/python -m bench.claims

bench-http: setup ## requests per second and waiting times with LOANS=100000, beside a bare FastAPI route
	@LOANS=$(LOANS) .venv/bin/python -m bench.sockets
	@.venv/bin/python -m bench.signin

bench-decisions: setup ## waiting times of credit decisions at RATE=20 a second, over sockets
	@PYTHONPATH=. .venv/bin/python -m bench.decisions

screenshots: setup ## refresh the pictures of the README from a running stack (make run)
	@tools/screenshots.sh http://127.0.0.1:$(PORT)

analyze: setup ## analyse the contracts: format, solhint, slither, size; see docs/analysis.md
	@tools/setup-analysis.sh slither
	@tools/setup-analysis.sh solhint
	@.venv/bin/python tools/analyze.py

prove: setup ## prove the contracts' arithmetic for every input with halmos
	@tools/setup-analysis.sh halmos
	@rm -rf build/proofs build/proofs-cache # halmos would also run what was built from deleted files
	@PATH="$$PWD/.tools/bin:$$PATH" FOUNDRY_PROFILE=proofs .tools/halmos/bin/halmos \
		--forge-build-out build/proofs --solver-threads 1

coverage: setup ## lines and branches of the contracts that the forge tests reach; at least 95 % of the branches
	@.venv/bin/python tools/coverage.py

soak-contracts: setup ## a million random calls against the contracts' invariants
	@tools/soak.sh

clean: ## remove what is installed and built; keep the chain, the database and Brownie's accounts
	rm -rf .venv node_modules build .tools/bin .tools/solc .tools/uv .tools/halmos .tools/slither .tools/solhint
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

requirements:
	@tools/requirements.sh >/dev/null

.venv/.ready: pyproject.toml uv.lock tools/setup-python.sh | requirements
	@tools/setup-python.sh
	@touch $@

node_modules/.ready: package.json package-lock.json tools/setup-node.sh tools/link-binaries.mjs | requirements
	@tools/setup-node.sh
	@touch $@
