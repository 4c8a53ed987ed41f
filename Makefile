# Thin aliases: what each one does is the command beneath it.
#   make            set up: Python packages into .venv, and a CmdStan where there is none
#   make plan       what that would take: memory, disk and time of every fit
#   make report     run the analysis in config.yaml; the result is results/report.html
#   make test       the tests, in about ten minutes on two cores (the report's test needs Chromium)
#   make test-all   these and the long ones: what continuous integration runs
#   make docs       the documentation, into build/docs
# Another interpreter: make PYTHON=/path/to/python3.13. Fewer cores: make report CORES=2.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup report plan test test-all test-slow test-slurm docs docs-tutorial lint format bench bench-quick bench-sampler bench-scale validation corpus clean
.DELETE_ON_ERROR:

setup: $(VENV)/installed
	@$(BIN)/python -m stanmix.toolchain --install

report: setup
	@$(BIN)/snakemake --cores $(CORES)

plan: setup
	@$(BIN)/snakemake --cores $(CORES) plan

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n 2 -m "not long and not slow and not slurm"

# With what takes minutes of compiling or of whole runs: every family, faults at further stages, the shipped
# analysis in full. They share what `make test` has made, so that both together take less than one after the other.
test-all: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n 2 -m "not slow and not slurm"

# Needs root and Debian's packages: apt-get install munge slurmctld slurmd slurm-client
test-slurm: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m "slurm and not slow"

test-slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m slow

# Pages that come from the code are written first; every warning is an error.
docs: $(VENV)/installed-dev
	$(BIN)/python -m docs
	$(BIN)/python -m sphinx -W -n --keep-going -q docs build/docs

# The tutorial's pictures and tables, from the shipped analysis.
docs-tutorial: report
	$(BIN)/python -m docs.story

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/clang-format --dry-run --Werror stan/kernels/*.hpp stan/kernels/simd/*.hpp bench/programs/*.?pp

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile workflow
	$(BIN)/clang-format -i stan/kernels/*.hpp stan/kernels/simd/*.hpp bench/programs/*.?pp

validation: $(VENV)/installed-dev
	$(BIN)/python -m bench.validation

# Run after run, for hours; what was stopped goes on, and what was measured is kept.
corpus: $(VENV)/installed-dev
	$(BIN)/python -m bench.planted
	$(BIN)/python -m bench.corpus --groups
	$(BIN)/python -m bench.corpus --seeds 2
	$(BIN)/python -m bench.searches

# The peers live in an environment of their own; JAGS is Debian's (apt-get install jags).
bench: $(VENV)/installed-dev build/bench/peers/installed
	@command -v jags >/dev/null || { echo "JAGS is needed: apt-get install jags"; exit 1; }
	$(BIN)/python -m bench

bench-sampler: $(VENV)/installed-dev
	$(BIN)/python -m bench.settings

bench-scale: $(VENV)/installed-dev
	$(BIN)/python -m bench.scale

bench-quick: $(VENV)/installed-dev
	$(BIN)/python -m bench --quick

build/bench/peers/installed: bench/requirements.txt
	$(PYTHON) -m venv --clear build/bench/peers
	build/bench/peers/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r bench/requirements.txt
	@touch $@

clean:
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
