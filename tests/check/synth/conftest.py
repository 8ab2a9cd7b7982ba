from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from reference.tiny_ends import tiny_netlist

from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.map.mapper import map_netlist


def busy_netlist():
    """The tiny netlist with tables that are no wires."""
    netlist = tiny_netlist()
    (layer,) = netlist.layers
    tables = np.random.default_rng(3).integers(0, 8, layer.tables.shape)
    return replace(netlist, layers=(replace(layer, tables=tables),))


BOTH = CircuitOptions(encoder=True, argmax=True)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Logs and temporary folders, apart from anyone else's."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def table_circuit(tmp_path_factory):
    return write_circuit(busy_netlist(), tmp_path_factory.mktemp("table") / "circuit", BOTH)


@pytest.fixture(scope="session")
def mapped_circuit(tmp_path_factory):
    place = tmp_path_factory.mktemp("mapped")
    mapped = map_netlist(busy_netlist(), effort="low", jobs=1, cache=place / "cache")
    luts = [layer.network for layer in mapped.layers]
    return write_circuit(busy_netlist(), place / "circuit", BOTH, luts)


@pytest.fixture
def fake_yosys(program, monkeypatch):
    """Makes a Yosys that knows its version and then does what a script says."""

    def make(script, version="0.70"):
        path = program("yosys", f'[ "$1" = -V ] && echo "Yosys {version}" && exit\n{script}')
        monkeypatch.setenv("LOGICJSC_YOSYS", str(path))
        return path

    return make


@pytest.fixture
def fake_statistics():
    """Script of a Yosys that writes chosen statistics wherever its commands ask for some.

    Cells are those of a pattern that the file's name matches.
    """

    def make(cells_by_pattern, length=2):
        cases = "".join(
            f"{pattern}) cells='{json.dumps(cells)}' ;;\n"
            for pattern, cells in cells_by_pattern.items()
        )
        return (
            "grep -o '[^ ]*[.]json stat' \"$2\" | while read name rest; do\n"
            f"case $name in\n{cases}esac\n"
            'echo "{\\"design\\": {\\"num_cells_by_type\\": $cells}}" > $name\n'
            f'echo "Longest topological path in x (length={length}):" > ${{name%.json}}.txt\n'
            "done"
        )

    return make


@pytest.fixture
def fake_nextpnr(program, monkeypatch):
    """Makes an ECP5 nextpnr that knows its version and then does what a script says."""

    def make(script, version="0.11.1"):
        greeting = f'[ "$1" = --version ] && echo "(Version nextpnr-{version})" && exit\n'
        path = program("nextpnr-ecp5", greeting + script)
        monkeypatch.setenv("LOGICJSC_NEXTPNR_ECP5", str(path))
        return path

    return make
