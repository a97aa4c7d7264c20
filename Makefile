# Two commands do everything: `make demo` and `make test`. Both set up `.venv` first, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PAIRED := $(VENV)/.paired
EXTRAS ?= demo,dev,interop,oidc,ray,transnet
FILMS ?=
OUT ?= demo

.PHONY: install demo test lint types layers unit browser bench lock clean

install: $(STAMP) $(PAIRED)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $@

# A torchvision that was built for another torch is made importable, and open_clip with it.
$(PAIRED): $(STAMP) pipelines/operators.py
	$(BIN)/python -m pipelines.operators
	touch $@

demo: install
	$(BIN)/artwork demo --out $(OUT) $(if $(FILMS),--films $(FILMS))

test: lint types layers unit

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

layers: install
	$(BIN)/lint-imports

unit: install
	$(BIN)/pytest -n 2

# The browser tests drive the system's Chromium and skip where there is none. This fetches it where that is possible,
# and says what to do where it is not; it never fails.
browser:
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  (apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium) >/dev/null 2>&1 \
	  && command -v chromium || echo "Chromium could not be installed: the browser tests will skip"; \
	else echo "No Chromium: install the system's package chromium (apt install chromium), or the browser tests skip"; fi

bench: install
	$(BIN)/python -m tests.benchmarks

# The lock: what a fresh environment resolves to, torch pinned to the release that has a CPU build.
lock: install
	$(BIN)/python -m pip freeze --exclude-editable --local | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf $(VENV) $(OUT)
