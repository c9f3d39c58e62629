# Every target sets up by itself what it needs, in .state/ (see setup/README.md).
PYTHON = setup/python

.PHONY: help demo test lint docs i18n bench real backtest screenshots shell clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make demo [DATA=FILE]      Odoo with demo data, or with a purchase history, in the browser; Ctrl-C stops it
demo:
	@$(PYTHON) --runtime setup/demo.py $(if $(DATA),--data "$(DATA)")

## make test [T=WHAT] [JOBS=N] all tests; T: a path, a path::name, or a word in the names; N at once
test:
	@$(PYTHON) setup/test.py $(if $(T),"$(T)")

## make lint                  ruff, pylint-odoo, OCA's checks, XML
lint:
	@$(PYTHON) setup/lint.py

## make docs                  the guide's table of signs, from the signs' docstrings
docs:
	@$(PYTHON) setup/sign_table.py

## make i18n [CHECK=1]        the templates of translations, and the translations brought in line
i18n:
	@$(PYTHON) setup/translations.py $(if $(CHECK),--check)

## make bench [N=10000]       speed on a synthetic database of N customers
bench:
	@$(PYTHON) setup/bench.py $(if $(N),--customers $(N))

## make real DATA= TODAY= OUT= [H=90] [L=180]  score a real purchase history
real:
	@$(PYTHON) setup/real.py $(if $(DATA),--data "$(DATA)") $(if $(TODAY),--today "$(TODAY)") \
		$(if $(OUT),--out "$(OUT)") $(if $(H),--horizon $(H)) $(if $(L),--silence $(L))

## make backtest DATA= [FROM= TO= H=90]  what it would have seen of a real purchase history
backtest:
	@$(PYTHON) setup/backtest.py $(if $(DATA),--data "$(DATA)") $(if $(FROM),--from "$(FROM)") \
		$(if $(TO),--to "$(TO)") $(if $(H),--horizon "$(H)")

## make screenshots           pictures of the demo database's screens, in docs/screenshots
screenshots:
	@$(PYTHON) setup/screenshots.py

## make shell [D=demo]        Python prompt with env of a database
shell:
	@setup/odoo shell -d $(or $(D),demo)

## make clean                 remove all that was set up, with the databases
clean:
	@python3 setup/clean.py
