# Thin aliases: what each one does is the command beneath it. `make help` lists them.
# Another interpreter: make PYTHON=/path/to/python3.13. Fewer cores: make report CORES=2.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup help report plan test test-all test-slow test-slurm docs docs-tutorial lint format bench bench-quick bench-sampler bench-scale validation corpus clean
.DELETE_ON_ERROR:

setup: $(VENV)/installed ## Python packages into .venv, and a CmdStan where there is none (`make` alone)
	@$(BIN)/python -m stanmix.toolchain --install

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: setup ## the analysis in config.yaml, into results/report.html
	@$(BIN)/snakemake --cores $(CORES)

plan: setup ## memory, disk and time that every fit would take
	@$(BIN)/snakemake --cores $(CORES) plan

test: $(VENV)/installed-dev ## the tests, in about ten minutes on two cores (needs Chromium and rsync)
	$(BIN)/python -m pytest -n 2 -m "not long and not slow and not slurm"

# With what takes minutes of compiling or of whole runs: every family, faults at further stages, the shipped
# analysis in full. They share what `make test` has made, so that both together take less than one after the other.
test-all: $(VENV)/installed-dev ## all tests but the slow ones and those on Slurm: what continuous integration runs
	$(BIN)/python -m pytest -n 2 -m "not slow and not slurm"

# Debian's packages: apt-get install munge slurmctld slurmd slurm-client
test-slurm: $(VENV)/installed-dev ## the tests on a real Slurm, which they start (needs root and Slurm)
	$(BIN)/python -m pytest -m "slurm and not slow"

test-slow: $(VENV)/installed-dev ## the slow tests: oracles, set-up from nothing
	$(BIN)/python -m pytest -m slow

# Pages that come from the code are written first; every warning is an error.
docs: $(VENV)/installed-dev ## the documentation, into build/docs
	$(BIN)/python -m docs
	$(BIN)/python -m sphinx -W -n --keep-going -q docs build/docs

docs-tutorial: report ## the tutorial's pictures and tables, from the shipped analysis
	$(BIN)/python -m docs.story

lint: $(VENV)/installed-dev ## format, types and rules of all code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/clang-format --dry-run --Werror stan/kernels/*.hpp stan/kernels/simd/*.hpp stan/families/*/*.hpp bench/programs/*.?pp

format: $(VENV)/installed-dev ## rewrite all code but Stan programs in the common format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile workflow
	$(BIN)/clang-format -i stan/kernels/*.hpp stan/kernels/simd/*.hpp stan/families/*/*.hpp bench/programs/*.?pp

validation: $(VENV)/installed-dev ## how often verdicts are right: docs/validation.md
	$(BIN)/python -m bench.validation.results

# A stopped measurement goes on when it is typed again, and what was measured is kept.
corpus: $(VENV)/installed-dev ## how fits of ordinary data end by default (hours): docs/validation.md
	$(BIN)/python -m bench.validation.planted
	$(BIN)/python -m bench.validation.corpus --groups
	$(BIN)/python -m bench.validation.corpus --seeds 2
	$(BIN)/python -m bench.validation.searches

# The peers live in an environment of their own; JAGS is Debian's (apt-get install jags).
bench: $(VENV)/installed-dev build/bench/peers/installed ## speed and memory against other programs (needs JAGS): docs/benchmarks.md
	@command -v jags >/dev/null || { echo "JAGS is needed: apt-get install jags"; exit 1; }
	$(BIN)/python -m bench.speed

bench-sampler: $(VENV)/installed-dev ## the settings of the sampler: docs/sampler.md
	$(BIN)/python -m bench.sampler.settings

bench-scale: $(VENV)/installed-dev ## up to ten million observations, and 200 fits at once: docs/scale.md
	$(BIN)/python -m bench.scale.measure

bench-quick: $(VENV)/installed-dev ## a short form of `make bench` without the other programs, which writes nothing
	$(BIN)/python -m bench.speed --quick

build/bench/peers/installed: bench/requirements.txt
	$(PYTHON) -m venv --clear build/bench/peers
	build/bench/peers/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r bench/requirements.txt
	@touch $@

clean: ## delete results, logs and Snakemake's notes
	rm -rf results logs benchmarks .snakemake

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python 3.11 to 3.13 is needed, but $(PYTHON) is {v[0]}.{v[1]}. Name another one: make PYTHON=python3.13")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-dev.txt
	@touch $@
