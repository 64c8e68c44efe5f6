# One command a habit. With another environment: make tests PYTHON=python
PYTHON ?= .venv/bin/python
SCRIPTS = $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("scripts"))')

.PHONY: tests kernels lint format types layers docs benchmarks

tests:
	$(PYTHON) -m pytest -q

kernels: # as plain Python
	NUMBA_DISABLE_JIT=1 $(PYTHON) -m pytest -q tests/kernels

lint:
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

format:
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

types:
	$(PYTHON) -m mypy

layers:
	$(SCRIPTS)/lint-imports

docs: # from scratch: every example is executed, every warning is an error, no page needs a network
	rm -rf docs/_build docs/reference/generated
	$(PYTHON) -m sphinx -q -n -W --keep-going -b html docs docs/_build/html
	! grep -rEo '<(script|link|img|iframe)[^>]*(src|href)="(https?:)?//[^>]*' docs/_build/html --include='*.html'

benchmarks:
	for file in benchmarks/*.py; do $(PYTHON) $$file || exit 1; done
