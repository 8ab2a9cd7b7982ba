# make demo   from jets to a proven circuit, in a virtual environment of its own
# make test   style, types and all tests, simulators included
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test docs notebooks fuzz mutations faults interoperability flows setup examples sample benchmarks clean

demo: setup
	$(BIN)/logicjsc demo

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist worksteal

# The documentation site, into site/; a broken link fails.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

notebooks: setup
	$(BIN)/python website/notebooks.py

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# Ten thousand made-up and damaged inputs of each kind, with limits of time and memory (an hour).
fuzz: setup
	$(BIN)/python tests/fuzz/run.py --tries 10000

# A thousand changes of emitted circuits: who finds them, and what the others change (minutes).
mutations: setup
	$(BIN)/python tests/mutations/run.py

# Every bit of every register flipped once, with and without copies: what is seen outside (minutes).
faults: setup
	$(BIN)/python tests/faults/run.py

# Flows that take long: FuseSoC with Verilator, and a bitstream for a Gowin device (minutes).
flows: setup
	LOGICJSC_ALL_FLOWS=1 $(BIN)/pytest tests/emit/targets/test_packages.py tests/check/board

# Tool by version by style: what reads, builds and simulates circuits of the zoo (an hour).
interoperability: setup
	$(BIN)/python tests/interoperability.py

# Emit the committed example again, after a change of the Verilog; a test compares byte for byte.
examples: setup
	$(BIN)/logicjsc export-verilog hw/examples/jsc-s/netlist.npz --out hw/examples/jsc-s

# Make the bundled jets again (a quarter of an hour), the same bytes with the same versions.
sample: setup
	$(BIN)/logicjsc data generate --jets 50000 --seed 1 --out runs/sample
	$(BIN)/python -m logicjsc.tasks.jets.generator.bundle runs/sample logicjsc/tasks/jets

benchmarks: setup
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/c_library.py

clean:
	rm -rf $(VENV) runs hw/build site
