# Two targets matter: `make run` and `make test`. Both set up what they need and can be repeated.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.PHONY: run test test-slow check intake-table benchmarks verify backup restore messages format clean

run: $(VENV)/.run
	"$(BIN)/python" -m dashboard

# Two files of tests side by side; journeys in a browser one by one.
PYTEST := "$(BIN)/python" -m pytest
SIDE_BY_SIDE := -n 2 --dist loadfile

test: $(VENV)/.dev
	$(PYTEST) $(SIDE_BY_SIDE) -m "not slow and not e2e"
	$(PYTEST) -m "e2e and not slow"

# Campaigns of minutes: mutated files, power cuts, every shipped figure.
test-slow: $(VENV)/.dev
	$(PYTEST) $(SIDE_BY_SIDE) --no-loadscope-reorder -m slow

# What becomes of every file of a folder: make intake-table FOLDER=...
intake-table: $(VENV)/.dev
	@test -n "$(FOLDER)" || { echo "Say which folder: make $@ FOLDER=..."; exit 1; }
	"$(BIN)/python" -m benchmarks.intake_table "$(FOLDER)"

check: $(VENV)/.dev
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

verify: $(VENV)/.run
	"$(BIN)/python" -m dashboard verify

# make backup FOLDER=/mnt/safe/overread; put back by make restore where there is no database.
backup restore: $(VENV)/.run
	@test -n "$(FOLDER)" || { echo "Say which folder: make $@ FOLDER=..."; exit 1; }
	"$(BIN)/python" -m dashboard $@ "$(FOLDER)"

# Every published figure, on a machine that does nothing else; writes docs/performance.md.
benchmarks: $(VENV)/.dev
	"$(BIN)/python" -m benchmarks.all

# The template that translators start from, and the catalogues brought up to date with it.
messages: $(VENV)/.dev
	"$(BIN)/pybabel" -q extract -k N_ -k _ -k translate --no-location --sort-output --omit-header \
		-o "$(VENV)/messages.pot" core dashboard pages
	mv "$(VENV)/messages.pot" dashboard/translations/overread.pot
	"$(BIN)/pybabel" -q update -D overread -i dashboard/translations/overread.pot \
		-d dashboard/translations --no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap

format: $(VENV)/.dev
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

clean:
	rm -rf "$(VENV)" .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.run: requirements.txt
	test -x "$(BIN)/python" || $(PYTHON) -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch "$@"

$(VENV)/.dev: requirements.txt requirements-dev.txt
	test -x "$(BIN)/python" || $(PYTHON) -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch "$@" "$(VENV)/.run"
