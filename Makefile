# Two commands on a fresh machine: `make run` and `make test`. Both make .venv; nothing else to configure.
.PHONY: run test soak bench lint format

run:  ## serve with a demo household; PORT=8123 make run for another port
	@bin/run

test: ## lint, the suite on SQLite and on Postgres, the browser walks
	@bin/venv --dev
	@.venv/bin/python bin/test

soak: ## the long trials: kills and races, up to twenty minutes
	@bin/venv --dev
	@.venv/bin/python bin/test --soak

bench: ## docs/performance.md says what it measures
	@bin/venv --dev
	@bin/bench

lint: ## ruff, djlint, import-linter, migrations, mypy
	@bin/venv --dev
	@bin/lint

format:
	@bin/venv --dev
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .
