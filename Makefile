# One command for each habit. `make demo` and `make test` do all their own set-up.
PYTHON ?= python3
GO ?= go
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
PIP     = $(BIN)/python -m pip --disable-pip-version-check --quiet
# A lock names everything: with --no-deps no newer release is looked at for what a package asks, and what is built
# from source is built with what locks/build.txt pins.
LOCKED  = $(PIP) install --require-hashes --no-deps --no-build-isolation -r

.PHONY: screening demo demo-consortium engine rules test test-long lint bench docs lock schemas clean

demo: $(VENV)/run.done
	$(BIN)/mufakat --home demo demo

demo-consortium: $(VENV)/run.done $(BIN)/cometbft
	$(BIN)/mufakat --home demo-consortium demo-consortium

# The consensus engine, from the Go module proxy, pinned with hashes in engine/go.sum.
engine: $(BIN)/cometbft

$(BIN)/cometbft: engine/go.mod engine/go.sum $(VENV)/python.done
	@command -v $(GO) >/dev/null || { echo "The consensus engine is built with Go 1.25 or newer, and '$(GO)' is not here. Install Go, or name it with: make GO=/path/to/go ..." >&2; exit 1; }
	cd engine && GOFLAGS=-mod=readonly $(GO) build -trimpath -o ../$(BIN)/cometbft github.com/cometbft/cometbft/cmd/cometbft

# What screens names: built from source, with a C++ compiler and the headers of ICU (libicu-dev).
screening: $(VENV)/screening.done

$(VENV)/screening.done: locks/screening.txt $(VENV)/run.done
	@[ -e /usr/include/unicode/utypes.h ] || echo "The headers of ICU are not in /usr/include: install libicu-dev if the next step fails." >&2
	$(LOCKED) locks/screening.txt
	touch $@

# The official rules of invoices, by Maven, and what runs them; SHA-256 pins each file.
rules: $(VENV)/rules.done

$(VENV)/rules.done: src/mufakat/messages/rules/official.py locks/invoices.txt $(VENV)/run.done
	$(LOCKED) locks/invoices.txt
	$(BIN)/mufakat message fetch-rules
	touch $@

# Without Maven the tests of official rules are left out, as those of other tools that are not here.
test: $(VENV)/dev.done $(BIN)/cometbft $(if $(shell command -v mvn 2>/dev/null),$(VENV)/rules.done)
	$(BIN)/python -m pytest -n $(WORKERS)

test-long: $(VENV)/dev.done $(BIN)/cometbft
	$(BIN)/python -m pytest -m long

lint: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.done $(BIN)/cometbft
	$(BIN)/python benchmarks/day.py --write docs/performance.md
	$(BIN)/python benchmarks/consensus.py --write docs/performance.md
	$(BIN)/python benchmarks/setoff.py --write docs/performance.md
	$(BIN)/python benchmarks/queues.py --write docs/performance.md
	$(BIN)/python benchmarks/ledger.py --write docs/performance.md
	$(BIN)/python benchmarks/messages.py --write docs/performance.md
	$(BIN)/python benchmarks/views.py --write docs/performance.md
	$(BIN)/python benchmarks/growth.py --write docs/performance.md
	$(BIN)/python benchmarks/screening.py --write docs/performance.md

docs: $(VENV)/dev.done
	$(BIN)/python tools/reference.py docs/reference

# The table of facts that the package ships, made anew from the official schemas, and the page of the real samples.
schemas: $(VENV)/dev.done $(VENV)/rules.done
	$(BIN)/python tools/schema_facts.py ../shared/data
	$(BIN)/python tools/samples.py ../shared/data
	$(BIN)/python tools/invoices_on_samples.py ../shared/data
	$(BIN)/python tools/engine_facts.py

$(VENV)/python.done: locks/build.txt
	@$(PYTHON) -c 'import sys; sys.exit("mufakat needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) locks/build.txt
	touch $@

$(VENV)/run.done: locks/run.txt pyproject.toml $(VENV)/python.done
	$(LOCKED) locks/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	$(BIN)/python -m mufakat.kernels
	touch $@

$(VENV)/dev.done: locks/dev.txt $(VENV)/run.done
	$(LOCKED) locks/dev.txt
	touch $@

# Hashes pin every file; no download address is recorded.
lock:
	for part in run invoices screening dev build; do \
	  case $$part in run) from=pyproject.toml;; invoices|screening) from="pyproject.toml --extra $$part -c locks/run.txt";; dev) from="pyproject.toml --extra dev --extra postgres --extra invoices --extra screening -c locks/run.txt";; build) from=locks/build.in;; esac; \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header -q -o locks/$$part.txt $$from; \
	done

clean:
	rm -rf $(VENV) demo demo-consortium build dist
