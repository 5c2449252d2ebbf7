# Python >= 3.11, make and git are enough: uv comes through pip, everything else through uv.

UV := $(or $(shell command -v uv 2>/dev/null),$(CURDIR)/.uv/bin/uv)
RUN := $(UV) run --frozen

# Distributions compile Python with profiles, and pyenv does not unless told: a fifth of the time of
# an order. So theirs is taken where it is new enough, unless UV_PYTHON names another.
OF_SYSTEM := $(shell /usr/bin/python3 -c \
    'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null)
ifneq ($(OF_SYSTEM),)
    export UV_PYTHON ?= $(OF_SYSTEM)
endif

.DEFAULT_GOAL := help

.PHONY: help
help: ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Compiled once, since everything here is a process that begins with imports.
.PHONY: setup
setup: $(UV) ## Install everything into .venv (the other targets do it too)
	@$(UV) sync --frozen --compile-bytecode

.PHONY: demo
demo: setup ## Play a live-commerce evening, and end with books that balance
	@$(RUN) entrepot demo

.PHONY: up
up: setup ## Start PostgreSQL, Kafka and the six services; Ctrl-C stops them
	@$(RUN) entrepot up

.PHONY: down
down: $(UV) ## Stop what `entrepot up --detach` started; the data stay
	@$(RUN) entrepot down

.PHONY: test
test: setup hledger promtool postgres ## The whole suite (ARGS="-k ledger -x" passes through)
	$(RUN) pytest $(ARGS)

.PHONY: check
check: lint types test ## All that a change must pass

.PHONY: fmt
fmt: $(UV) ## Format, and repair what can be repaired
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .
	$(RUN) buf format --write --exclude-path protos/buf --exclude-path protos/google

.PHONY: lint
lint: $(UV) ## Style, imports between layers, protos, drift of generated code
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) lint-imports
	$(RUN) buf lint
	@$(MAKE) --no-print-directory breaking
	$(RUN) python -m libs.contracts.generate --check
	$(RUN) python -m libs.client.generate --check

.PHONY: types
types: $(UV) ## mypy, strict
	$(RUN) mypy

.PHONY: protos
protos: $(UV) ## Generate anew what follows from the protos
	$(RUN) python -m libs.contracts.generate
	$(RUN) python -m libs.client.generate

.PHONY: reference
reference: $(UV) ## Write the reference for callers anew, from the protos and a story on the fake
	$(RUN) python -m deploy.fake.reference

.PHONY: manifests
manifests: $(UV) ## Write what follows from the code in deploy/kubernetes anew
	$(RUN) python -m deploy.kubernetes.generate

# Without them the checks of the manifests are skipped; the project's own run insists on them.
.PHONY: tools
tools: $(UV) ## Install what checks manifests and examples, outside the tree (takes Go and npm)
	@PATH="$(dir $(UV)):$$PATH:/usr/local/go/bin" deploy/kubernetes/tools.sh

.PHONY: bench
bench: setup ## Benchmarks (CASE=saga runs one, SIZE=full more of it, PROFILE=1 says where time goes)
	$(RUN) python -m tests.benchmarks $(if $(CASE),--case $(CASE)) $(if $(SIZE),--size $(SIZE)) \
	    $(if $(SECONDS),--seconds $(SECONDS)) $(if $(PROFILE),--profile)

.PHONY: faults
faults: setup ## Kill, freeze and cut off parts under load (CASE=kill-order runs one, ARGS="--runs 20")
	$(RUN) python -m tests.faults $(if $(CASE),--case $(CASE)) $(ARGS)

.PHONY: fuzz
fuzz: setup ## 10,000 requests at random of every method (N=100 makes fewer, ARGS="-k order" chooses)
	ENTREPOT_FUZZ=$(or $(N),10000) $(RUN) pytest tests/system/test_fuzz.py $(ARGS)

# What a released message promised holds for ever: compared with the last release, or with main
# as long as there is none.
.PHONY: breaking
breaking: $(UV)
	@base=$$(git describe --tags --abbrev=0 2>/dev/null \
	    || git rev-parse --verify --quiet origin/main || git rev-parse --verify --quiet main); \
	if [ -n "$$base" ] && git cat-file -e "$$base:buf.yaml" 2>/dev/null; then \
	    old=$$(mktemp -d) && trap 'rm -rf "$$old"' EXIT \
	    && git archive "$$base" buf.yaml protos | tar -x -C "$$old" \
	    && echo "buf breaking --against $$base" && $(RUN) buf breaking --against "$$old"; \
	else \
	    echo "buf breaking: skipped, there is neither a release nor a main branch to compare with"; \
	fi

# One test has hledger read our export. Where it cannot be installed, that test is skipped.
.PHONY: hledger
hledger:
	@command -v hledger >/dev/null && exit; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing hledger"; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get -qq update && apt-get -qq install --yes hledger; } >/dev/null && exit; \
	fi; \
	echo "hledger is missing, so the test of its export is skipped. To run it:"; \
	echo "  sudo apt-get install hledger"

# Prometheus tries the dashboards, its own tool the alerts. The package would start a server, which
# nobody asked for.
.PHONY: promtool
promtool:
	@command -v promtool >/dev/null && exit; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing promtool"; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get -qq update && apt-get -qq install --yes --no-install-recommends prometheus; } \
	        >/dev/null || exit; \
	    if command -v systemctl >/dev/null; then \
	        systemctl disable --now prometheus >/dev/null 2>&1 || true; \
	    fi; exit; \
	fi; \
	echo "Prometheus is missing, so the tests of alerts and dashboards are skipped. To run them:"; \
	echo "  sudo apt-get install prometheus"

# One test has a database ask for certificates, and the PostgreSQL of .venv was built without TLS.
# Its programs are wanted, and no database on this machine that nobody asked for.
.PHONY: postgres
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit; \
	test -z "$$ENTREPOT_POSTGRES_BIN" || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing PostgreSQL with TLS"; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get -qq update \
	        && apt-get -qq install --yes --no-install-recommends postgresql-common \
	        && printf '%s\n' "create_main_cluster = false" \
	            >>/etc/postgresql-common/createcluster.conf \
	        && apt-get -qq install --yes --no-install-recommends postgresql; } >/dev/null && exit; \
	fi; \
	echo "A PostgreSQL with TLS is missing, so the tests of its certificates are skipped. To run them:"; \
	echo "  sudo apt-get install postgresql"

# Three ways to uv: a folder of its own made by venv; the same with the system's pip where
# ensurepip is missing, as on a bare Debian; or, as root, what Debian calls venv.
$(CURDIR)/.uv/bin/uv:
	@echo "installing uv into .uv"; rm -rf .uv; \
	{ python3 -m venv .uv && .uv/bin/python -m pip install --quiet uv; } >/dev/null 2>&1 && exit; \
	rm -rf .uv; \
	python3 -m pip install --quiet --target .uv uv 2>/dev/null && exit; \
	rm -rf .uv; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    export DEBIAN_FRONTEND=noninteractive; \
	    apt-get -qq update && apt-get -qq install --yes python3-venv >/dev/null \
	    && python3 -m venv .uv && .uv/bin/python -m pip install --quiet uv && exit; \
	fi; \
	echo "uv is missing, and this Python can install nothing. Do this, and try again:"; \
	echo "  sudo apt-get install python3-venv"; exit 1
