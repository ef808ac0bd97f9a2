# LocalChat's habits. `make` alone lists them. Everything sets itself up; see tests/setup_dev.sh.

PYTHON ?= python3
VENV = .venv/bin/python

# A search for rooms asks this computer only: nothing that is run from here speaks to the network.
export LOCALCHAT_DISCOVERY := 127.0.0.1

.PHONY: help run demo test check bench faults abuse fuzz soak screenshots zipapp clean setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start LocalChat
	$(PYTHON) localchat.py

demo: ## a server and three clients on this computer
	$(PYTHON) localchat.py demo

test: setup ## all tests, on every core (make test ARGS="-k name -x")
	$(VENV) -m pytest -n auto $(ARGS)

check: setup ## ruff, mypy --strict for each system and the newest Python, and who may import whom
	$(VENV) -m ruff check .
	$(VENV) -m mypy
	$(VENV) -m mypy --no-warn-unreachable --platform win32 --cache-dir .mypy_cache/win32 localchat.py netcore gui
	$(VENV) -m mypy --no-warn-unreachable --platform darwin --cache-dir .mypy_cache/darwin localchat.py netcore gui
	$(VENV) -m mypy --no-warn-unreachable --python-version 3.14 --cache-dir .mypy_cache/3.14 localchat.py netcore gui
	$(VENV) -m pytest tests/test_architecture.py

bench: setup ## speed beside other chat servers, as ratios (make bench ARGS="--quick --only fanout")
	$(VENV) -m tests.bench $(ARGS)

faults: setup ## a storm of faults, then each call failing once (make faults ROUNDS=100 SEED=1)
	$(VENV) -m tests.faults.storm --rounds $(or $(ROUNDS),100) --seed $(or $(SEED),1)
	$(VENV) -m tests.faults.nth_failure

abuse: setup ## what honest members feel while somebody attacks (make abuse SECONDS=10)
	$(VENV) -m tests.faults.abuse --seconds $(or $(SECONDS),10)

fuzz: setup ## bent bytes, and random walks through a room (make fuzz MINUTES=10 SEED=1)
	$(VENV) -m tests.faults.fuzz --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

soak: setup ## a hundred members who come and go (make soak MINUTES=10)
	$(VENV) -m tests.faults.soak --minutes $(or $(MINUTES),10)

screenshots: setup ## the README's pictures, made anew
	$(VENV) -m tests.screenshots

zipapp: ## all of it as one file to hand on: build/localchat.pyz
	rm -rf build/zipapp && mkdir -p build/zipapp
	cp -r localchat.py netcore gui build/zipapp && rm -r build/zipapp/gui/pictures
	find build/zipapp -name __pycache__ -prune -exec rm -rf {} +
	printf 'import sys\n\nimport localchat\n\nsys.exit(localchat.main())\n' > build/zipapp/__main__.py
	$(PYTHON) -m zipapp build/zipapp --compress --python "/usr/bin/env python3" --output build/localchat.pyz

clean: ## remove what tests and tools left (.venv stays)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

setup:
	@tests/setup_dev.sh $(PYTHON)
