# Earshot: the rituals. Needs Python 3.11 or newer and Node.js 20 or newer; everything else is set up on demand.
#   make demo [SERVE=0]   the demonstration on the embedded default      make serve     the site and its worker
#   make test             every test, embedded and real services         make verify    format, lint, types, contracts
#   make services, services-stop   PostgreSQL, Redis, Elasticsearch, MinIO on loopback, without containers
#   make bench            what the pipeline costs                        make demo-calls    speaks the calls anew
#   make reader           trains the reader of risk and intent anew      make hostile    hostile hands at a running site
#   make drills           speaks the drills that changed
#   make build            environment and front end only                 make clean     away with what was built

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
export PYTHONDONTWRITEBYTECODE := 1
SERVE ?= 1
WORKERS ?= 2

# The locks were made for 3.11, so it is tried first.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
SETUP = $(PYTHON) -m deploy.setup
SERVICES = $(PYTHON) -m deploy.services
RUN = .venv/bin/python

.PHONY: help python build demo serve test hostile verify services services-stop services-status bench reader demo-calls drills clean

help:
	@sed -n '2,7s/^# *//p' Makefile

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing."; \
	  echo "  cure: install it (Debian: apt-get install python3), or name yours: make PYTHON=/path/to/python3"; exit 1; }

build: python
	@$(SETUP) product web

demo: build
	@SERVE=$(SERVE) $(RUN) manage.py demo

serve: build
	@$(RUN) manage.py serve

services: python
	@$(SERVICES) start

services-stop: python
	@$(SERVICES) stop

services-status: python
	@$(SERVICES) status

test: python
	@$(SETUP) dev web browser prompts
	@$(SERVICES) start
	@export SERVICES_ENV="$${EARSHOT_HOME:-var}/services/services.env"; \
	  $(RUN) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder $(ARGS)

hostile: python
	@$(SETUP) dev web
	@$(SERVICES) start
	@export SERVICES_ENV="$${EARSHOT_HOME:-var}/services/services.env"; $(RUN) -m pytest -q -s tests/hostile

verify: python
	@$(SETUP) dev web
	@echo "format"     && $(RUN) -m ruff format --check --quiet .
	@echo "lint"       && $(RUN) -m ruff check --quiet .
	@echo "types"      && $(RUN) -m mypy search policies detectors surveillance
	@echo "contracts"  && .venv/bin/lint-imports
	@echo "migrations" && $(RUN) manage.py makemigrations --check --dry-run
	@echo "policies"   && $(RUN) manage.py check_policies
	@echo "front end"  && npm run --silent typecheck

bench: python
	@$(SETUP) dev web prompts
	@set -e; for bench in deploy/bench/[a-z]*.py; do name=$$(basename $$bench .py); \
	  echo "== $$name"; $(RUN) -m deploy.bench.$$name; done

# Trains the reader anew and measures it: a GPU where there is one, else about half a day on two cores.
reader: python
	@$(SETUP) dev
	@$(RUN) -m detectors.intent.training
	@$(RUN) -m detectors.intent.phrase_training
	@$(RUN) -m detectors.intent.fitting
	@$(RUN) -m detectors.intent.card > /dev/null

demo-calls: python
	@$(SETUP) voices
	@.venv-voices/bin/python -m deploy.demo.speak $(ARGS)

drills: python
	@$(SETUP) voices product
	@.venv-voices/bin/python -m deploy.drills.speak $(ARGS)
	@$(RUN) -m deploy.drills.keep

# What was built goes; recordings, databases and services' data under var/ stay.
clean:
	@rm -rf .venv .venv-tools .venv-voices node_modules surveillance/web/static/web/build .stamps
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache test-results
	@echo "clean; var/ is untouched"
